package spans

// How says how a string is written, so that nobody has to look again. Of other values it
// says nothing.
type How int32

// A string may be written so.
const (
	AsItStands How = iota // without escapes
	Unknown

	escaped // and all above it: with escapes, which are noted
)

// How says how the value is written, which is no array.
func (s *Span) How() How { return How(s.more) }

// EscapesOf is where the escapes of a string begin, and those of strings after it. Those
// that follow each other are one. It is nil where they are not noted.
func (n *Notes) EscapesOf(how How) []int {
	if how < escaped {
		return nil
	}
	return n.Escapes[how-escaped:]
}

// Escaped is how a string is written whose first escape is so far in Escapes.
func Escaped(first int) How { return escaped + How(first) }
