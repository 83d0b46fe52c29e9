package format

import "target-s3/singer/jsonscan"

// Members keeps what has no place in a row for _sdc_extra. The zero value is ready.
type Members struct {
	extra []byte // a JSON object without its end, or what was not taken of it
	any   bool
}

// Reset forgets what was put aside.
func (m *Members) Reset() { m.extra, m.any = m.extra[:0], false }

// PutAside keeps a value that has no column, or more than its column can hold.
func (m *Members) PutAside(name, value []byte) {
	if m.any {
		m.extra = append(m.extra, ',')
	} else {
		m.extra = append(m.extra, '{')
	}
	m.any = true
	m.extra = jsonscan.AppendString(m.extra, name)
	m.extra = append(m.extra, ':')
	m.extra = append(m.extra, value...)
}

// Len is how many bytes were put aside, without those that were taken.
func (m *Members) Len() int { return len(m.extra) }

// Take takes the beginning of the object, until more is put aside. There can be more of
// it than there should be twice.
func (m *Members) Take() []byte {
	piece := m.extra
	m.extra = m.extra[:0]
	return piece
}

// Aside is the JSON object of what was put aside, or the rest of it; it is empty where
// nothing was.
func (m *Members) Aside() []byte {
	if !m.any {
		return nil
	}
	m.extra = append(m.extra, '}')
	return m.extra
}
