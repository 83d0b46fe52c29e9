package tty

import (
	"strconv"
	"strings"
)

// mods are the keys that are held down with another one, with the bits by which xterm
// tells of them.
type mods int

const (
	shift mods = 1 << iota
	alt
	ctrl
	meta // which is taken for Alt
)

func (m mods) String() (s string) {
	if m&ctrl != 0 {
		s += "ctrl+"
	}
	if m&(alt|meta) != 0 {
		s += "alt+"
	}
	if m&shift != 0 {
		s += "shift+"
	}
	return s
}

// lookUp says which key a control sequence is: one of ESC O where single, or else of
// ESC [. Function keys and what no form has a use for are "".
func lookUp(single bool, final byte, params []byte) (base string, m mods) {
	numbers, ok := parse(params)
	if !ok {
		return "", 0
	}
	if n := len(numbers); n > 0 {
		m = mods(max(numbers[n-1], 1)-1) & (shift | alt | ctrl | meta)
	}
	if single {
		base, more := singles(final)
		return base, m | more
	}
	switch final {
	case 'A', 'B', 'C', 'D':
		return arrow(final), m
	case 'a', 'b', 'c', 'd': // of rxvt
		return arrow(final), shift
	case 'H':
		return "home", m
	case 'F':
		return "end", m
	case 'Z':
		return "tab", m | shift
	case '^': // this and the next two of rxvt
		return numbered(numbers), ctrl
	case '$':
		return numbered(numbers), shift
	case '@':
		return numbered(numbers), ctrl | shift
	case '~':
		if len(numbers) < 2 {
			m = 0
		}
		return numbered(numbers), m
	}
	return "", 0
}

// numbered are the keys of VT220 and rxvt.
func numbered(numbers []int) string {
	if len(numbers) == 0 {
		return ""
	}
	switch numbers[0] {
	case 1, 7:
		return "home"
	case 3:
		return "delete"
	case 4, 8:
		return "end"
	}
	return ""
}

// singles are the keys of ESC O, among them those of the keypad.
func singles(final byte) (base string, m mods) {
	const keypad = "*+,-./0123456789" // from j to y
	switch final {
	case 'A', 'B', 'C', 'D':
		return arrow(final), 0
	case 'a', 'b', 'c', 'd': // of rxvt
		return arrow(final), ctrl
	case 'H':
		return "home", 0
	case 'F':
		return "end", 0
	case 'M':
		return "enter", 0
	}
	if i := int(final) - 'j'; i >= 0 && i < len(keypad) {
		return keypad[i : i+1], 0
	}
	return "", 0
}

// arrow is the key of A to D, and of a to d.
func arrow(final byte) string {
	return [...]string{"up", "down", "right", "left"}[(final|0x20)-'a']
}

// parse reads the numbers of a sequence: one that says which key it is, and one that
// says what is held down, which old terminals send alone. Anything else is no key.
func parse(params []byte) (numbers []int, ok bool) {
	if len(params) == 0 {
		return nil, true
	}
	for field := range strings.SplitSeq(string(params), ";") {
		n, err := strconv.ParseUint(field, 10, 16)
		if err != nil || len(numbers) == 2 {
			return nil, false
		}
		numbers = append(numbers, int(n))
	}
	return numbers, true
}
