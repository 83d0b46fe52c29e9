package singer

// What a message has beside its record needs no more.
const (
	maxOutline     = 16 << 10
	maxOutlineText = 4 << 10
)

// outline follows a line that is too long to be held, and keeps its own members, without
// what is in their objects and arrays, and without long strings.
type outline struct {
	depth    int // of the objects and arrays that are open
	inString bool
	escaped  bool

	text []byte
	from int  // where in text the contents of the string begin that is open
	long bool // that string is too long
}

func (o *outline) follow(b []byte) {
	for _, c := range b {
		o.byte(c)
	}
}

func (o *outline) byte(c byte) {
	switch {
	case o.inString:
		o.within(c)
	case c == '"':
		o.inString, o.long = true, false
		o.keep(c)
		o.from = len(o.text)
	case c == '{' || c == '[':
		o.keep(c)
		if o.depth == 1 {
			o.keep(c + 2) // which closes it: what is in it is left out
		}
		o.depth++
	case c == '}' || c == ']':
		o.depth--
		if o.depth != 1 {
			o.keep(c)
		}
	case c == ' ' || c == '\t' || c == '\r' || c == '\n':
	default:
		o.keep(c)
	}
}

// within takes a byte of a string.
func (o *outline) within(c byte) {
	switch {
	case o.escaped:
		o.escaped = false
	case c == '\\':
		o.escaped = true
	case c == '"':
		o.inString, o.long = false, false
	}
	if o.long {
		return
	}
	o.keep(c)
	if o.inString && o.depth < 2 && len(o.text)-o.from > maxOutlineText {
		o.text, o.long = o.text[:o.from], true
	}
}

// keep keeps what is not within a value of the message.
func (o *outline) keep(c byte) {
	if o.depth < 2 && len(o.text) < maxOutline {
		o.text = append(o.text, c)
	}
}
