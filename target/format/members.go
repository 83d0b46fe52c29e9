package format

import "target-s3/singer/jsonscan"

// Members keeps what has no place in a row for _sdc_extra. The zero value is ready.
type Members struct {
	extra []byte // a JSON object without its end
}

// Reset forgets what was put aside.
func (m *Members) Reset() { m.extra = m.extra[:0] }

// PutAside keeps a value that has no column, or more than its column can hold.
func (m *Members) PutAside(name, value []byte) {
	if len(m.extra) == 0 {
		m.extra = append(m.extra, '{')
	} else {
		m.extra = append(m.extra, ',')
	}
	m.extra = jsonscan.AppendString(m.extra, name)
	m.extra = append(m.extra, ':')
	m.extra = append(m.extra, value...)
}

// Len is how many bytes were put aside.
func (m *Members) Len() int { return len(m.extra) }

// Aside is the JSON object of what was put aside; it is empty where nothing was.
func (m *Members) Aside() []byte {
	if len(m.extra) == 0 {
		return nil
	}
	m.extra = append(m.extra, '}')
	return m.extra
}
