package singer

import (
	"bytes"
	"cmp"
	"slices"
)

// frame is what a line had on one side of its record: most lines have the same
// there as the one before them, but for texts such as the stream's name.
type frame struct {
	text  []byte
	begun []place
}

// place is where a frame has the value of a member.
type place struct {
	member   int // by its number
	from, to int
	varies   bool // any other text may stand there
}

// match reports whether b begins with the frame, and goes on, and then files its
// members.
func (f *frame) match(b []byte, m *Message) bool {
	n := len(f.text)
	if n == 0 || len(b) <= n || !bytes.Equal(b[:n], f.text) && !f.vary(b) {
		return false
	}
	for i := range f.begun {
		if *m.member(f.begun[i].member) != nil { // which is an error
			return false
		}
	}
	for i := range f.begun {
		at := &f.begun[i]
		*m.member(at.member) = b[at.from:at.to]
	}
	return true
}

// vary makes the frame that of b, if they differ in texts alone that may vary; else
// none.
func (f *frame) vary(b []byte) bool {
	at, done, by := 0, 0, 0 // in b, in the frame, and how far what follows moves
	for i := range f.begun {
		p := &f.begun[i]
		from, to := p.from, p.to
		p.from, p.to = from+by, to+by
		if !p.varies {
			continue
		}
		n := -1
		if same := f.text[done : from+1]; bytes.HasPrefix(b[at:], same) {
			n = plainText(b[p.from+1:])
		}
		if n < 0 {
			f.forget()
			return false
		}
		p.to = p.from + n + 2
		at, done, by = p.to-1, to-1, p.to-to
	}
	last := f.text[done:]
	if done == 0 || !bytes.HasPrefix(b[at:], last) || len(b) == at+len(last) {
		f.forget()
		return false
	}
	f.text = append(f.text[:0], b[:at+len(last)]...)
	return true
}

func (f *frame) forget() { f.text, f.begun = f.text[:0], f.begun[:0] }

// plainText returns how many bytes come before the quote, if they mean nothing but
// themselves; else -1.
func plainText(b []byte) int {
	for i, c := range b {
		if c < ' ' || c > '~' || c == '\\' {
			return -1
		}
		if c == '"' {
			return i
		}
	}
	return -1
}

// longestFrame is worth the memory, and the copying.
const longestFrame = 4 << 10

// remember makes the frame that of b[from:to], which has been found to be one.
func (f *frame) remember(b []byte, from, to int, m *Message) {
	f.forget()
	if to-from > longestFrame {
		return
	}
	f.text = append(f.text, b[from:to]...)
	for k := range members {
		member := m.member(k)
		v := *member
		at := cap(b) - cap(v) // both end where their common memory does
		if v == nil || at < from || at >= to {
			continue
		}
		varies := (member == &m.Stream || member == &m.TimeExtracted) && v[0] == '"' && plainText(v[1:]) == len(v)-2
		at -= from
		f.begun = append(f.begun, place{k, at, at + len(v), varies})
	}
	slices.SortFunc(f.begun, func(a, b place) int { return cmp.Compare(a.from, b.from) })
}
