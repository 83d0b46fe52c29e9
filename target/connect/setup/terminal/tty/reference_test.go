package tty

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// rule is what a beginning of the input is.
type rule struct {
	is   *regexp.Regexp
	keys func(match []string) []Key
}

// The rules work on characters that stand for one byte each. The first one that matches
// applies.
var rules = []rule{
	{has(`\x1b?\x1b\[200~([^$]*?)\x1b\[201~`), func(m []string) []Key {
		return []Key{{Name: "paste", Text: bytesOf(m[1])}}
	}},
	{has(`\x1b?\x1b\[200~[^$]*\x03$`), names("ctrl+c")},
	{has(`\x1b?\x1b\[200~[^$]*$`), nil},

	{has(`\x1b\x1b([[O])$`), func(m []string) []Key { return []Key{{Name: "esc"}, {Name: "alt+" + m[1]}} }},
	{has(`\x1b([[O])$`), func(m []string) []Key { return []Key{{Name: "alt+" + m[1]}} }},
	{has(`\x1b?\x1b\[(\[|M)`), nil}, // its rest is taken off by after
	{has(`(\x1b?)\x1b(\[)([0-9][ -?]*?)(\$)`), sequence},
	{has(`(\x1b?)\x1b([[O])([ -?]*)([@-~])`), sequence},
	{has(`\x1b?\x1b[[O][ -?]*$`), nil}, // unfinished
	{has(`\x1b?\x1b[[O][ -?]*`), nil},  // broken off

	{has(`\x1b\x1b([\]P_^X])$`), func(m []string) []Key { return []Key{{Name: "esc"}, {Name: "alt+" + m[1]}} }},
	{has(`\x1b([\]P_^X])$`), func(m []string) []Key { return []Key{{Name: "alt+" + m[1]}} }},
	{has(`\x1b\x1b[\]P_^X][ -\x{ff}]*(\x07|\x1b\\|)`), names("esc")},
	{has(`\x1b[\]P_^X][ -\x{ff}]*(\x07|\x1b\\|)`), nil},

	{has(`\x1b(\x1b)`), names("esc")}, // the second one is put back by after
	{has(`\x1b$`), names("esc")},
}

func has(pattern string) *regexp.Regexp {
	// $ in a class stands for nothing: any byte.
	return regexp.MustCompile(`^(?s:` + strings.ReplaceAll(pattern, `[^$]`, `.`) + `)`)
}

func names(name string) func([]string) []Key {
	return func([]string) []Key { return []Key{{Name: name}} }
}

// reference reads all keys of the input, which ends with a time in which nothing comes.
func reference(data []byte) (keys []Key) {
	var b strings.Builder
	for _, c := range data {
		b.WriteRune(rune(c))
	}
	rest := b.String()
	for rest != "" {
		var more []Key
		more, rest = first(rest)
		keys = append(keys, more...)
	}
	return keys
}

func first(in string) (keys []Key, rest string) {
	for _, r := range rules {
		m := r.is.FindStringSubmatch(in)
		if m == nil {
			continue
		}
		if r.keys != nil {
			keys = r.keys(m)
		}
		return keys, after(m, in[len(m[0]):])
	}
	prefix := ""
	if in[0] == escape {
		prefix, in = "alt+", in[1:]
	}
	return plain(prefix, in)
}

// after is what follows a match.
func after(m []string, rest string) string {
	n := 0
	switch {
	case len(m) == 2 && m[1] == "[":
		n = 1
	case len(m) == 2 && m[1] == "M":
		n = 3
	case m[0] == "\x1b\x1b":
		return m[1] + rest
	}
	for ; n > 0 && rest != "" && rest[0] >= ' '; n-- {
		_, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
	}
	return rest
}

func bytesOf(s string) string {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}

// plain reads a key that is no sequence.
func plain(prefix, in string) (keys []Key, rest string) {
	c := in[0]
	if c >= utf8.RuneSelf { // of a character that stands for a byte
		runes := []rune(in)
		whole := bytesOf(string(runes[:min(len(runes), utf8.UTFMax)]))
		r, size := utf8.DecodeRuneInString(whole)
		if r != utf8.RuneError {
			key := Key{Name: prefix + string(r)}
			if prefix == "" {
				key.Text = string(r)
			}
			keys = []Key{key}
		} else if !utf8.FullRuneInString(whole) {
			size = len(whole) // which waits for the rest
		}
		return keys, string(runes[size:])
	}
	special := map[byte]string{'\r': "enter", '\n': "enter", '\t': "tab", 0x7f: "backspace"}
	switch {
	case special[c] != "":
		keys = []Key{{Name: prefix + special[c]}}
	case c < ' ':
		keys = []Key{{Name: "ctrl+" + prefix + strings.ToLower(string(rune(c)+'@'))}}
	case prefix != "":
		keys = []Key{{Name: prefix + string(c)}}
	default:
		keys = []Key{{Name: string(c), Text: string(c)}}
	}
	return keys, in[1:]
}

// sequence reads ESC [ and ESC O, as the table in TestKeys has them.
func sequence(m []string) []Key {
	params := []byte(m[3])
	base, held := lookUp(m[2] == "O", m[4][0], params[:min(len(params), maxParams)])
	if m[1] != "" {
		held |= alt
	}
	key := Key{Name: held.String() + base}
	switch {
	case base == "":
		return nil
	case held == 0 && len(base) == 1:
		key.Text = base
	}
	return []Key{key}
}
