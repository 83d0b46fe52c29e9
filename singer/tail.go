package singer

// maxAfter is enough for the members that a message has beside its record.
const maxAfter = 4 << 10

// tail follows a line that is too long to be held, to know what comes after the value
// in which the part that is held ends, and whether the line is whole.
type tail struct {
	depth    int // of the objects and arrays that are open
	inString bool
	escaped  bool

	after []byte // what follows the value, once that has ended
	known bool   // that it has
}

// held follows the part of the line that is held.
func (t *tail) held(b []byte) {
	for _, c := range b {
		t.byte(c)
	}
	t.known = false
}

// follow follows a further part of it.
func (t *tail) follow(b []byte) {
	for i, c := range b {
		if t.known {
			t.keep(b[i:])
			for _, c := range b[i:] {
				t.byte(c)
			}
			return
		}
		t.byte(c)
	}
}

// byte takes one byte. The value is known to have ended when the message is all that is
// open.
func (t *tail) byte(c byte) {
	switch {
	case t.escaped:
		t.escaped = false
	case t.inString:
		t.escaped = c == '\\'
		t.inString = c != '"'
	case c == '"':
		t.inString = true
	case c == '{' || c == '[':
		t.depth++
	case c == '}' || c == ']':
		t.depth--
		t.known = t.known || t.depth == 1
	}
}

// keep keeps what follows the value. More than a message can have is nothing that will
// be of use.
func (t *tail) keep(b []byte) {
	t.after = append(t.after, b[:min(len(b), maxAfter+1-len(t.after))]...)
}

// rest is what follows the value, or nil if it never ended, or if that is too long.
func (t *tail) rest() []byte {
	if !t.known || len(t.after) > maxAfter {
		return nil
	}
	return t.after
}
