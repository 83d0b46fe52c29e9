package tty

import (
	"slices"
	"strings"
	"testing"
)

// press are the keys that bytes are, in words: a text for itself, anything else in
// brackets. | is a time in which nothing comes.
func press(d *Decoder, sent string) string {
	var b strings.Builder
	for i, part := range strings.Split(sent, "|") {
		if i > 0 {
			b.WriteString(words(d.Flush()))
		}
		b.WriteString(words(d.Feed([]byte(part))))
	}
	return b.String()
}

func words(keys []Key) (s string) {
	for _, k := range keys {
		switch {
		case k.Name == "paste":
			s += "<paste " + k.Text + ">"
		case k.Text != "":
			s += k.Text
		default:
			s += "<" + k.Name + ">"
		}
	}
	return s
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ sent, want string }{
		{"", ""},
		{"a Z~é漢👍", "a Z~é漢👍"},
		{"e\u0301", "e\u0301"},
		{"\r\n\t\x7f\b", "<enter><enter><tab><backspace><ctrl+h>"},
		{"\x00\x01\x03\x04\x1a\x1c\x1d\x1e\x1f", `<ctrl+@><ctrl+a><ctrl+c><ctrl+d><ctrl+z><ctrl+\><ctrl+]><ctrl+^><ctrl+_>`},

		// Escape, and what is pressed together with Alt.
		{"\x1b", ""},
		{"\x1b|", "<esc>"},
		{"\x1b|a", "<esc>a"},
		{"\x1ba", "<alt+a>"},
		{"\x1bé\x1b \x1bZ", "<alt+é><alt+ ><alt+Z>"},
		{"\x1b\x7f\x1b\r\x1b\t\x1b\x01", "<alt+backspace><alt+enter><alt+tab><ctrl+alt+a>"},
		{"\x1b[|\x1bO|\x1b]|\x1bP|\x1b_|\x1b^|\x1bX|a", "<alt+[><alt+O><alt+]><alt+P><alt+_><alt+^><alt+X>a"},
		{"\x1b\x1b|", "<esc><esc>"},
		{"\x1b\x1b\x1b|", "<esc><esc><esc>"},
		{"\x1b\x1ba", "<esc><alt+a>"},
		{"\x1b\x1b[|", "<esc><alt+[>"},
		{"\x1b\x1b]|", "<esc><alt+]>"},

		// Arrows, Home, End and Delete as xterm, VT220, rxvt and the Linux console have them.
		{"\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F\x1b[Z", "<up><down><right><left><home><end><shift+tab>"},
		{"\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF\x1bOM", "<up><down><right><left><home><end><enter>"},
		{"\x1b[1~\x1b[3~\x1b[4~\x1b[7~\x1b[8~", "<home><delete><end><home><end>"},
		{"\x1b[1;2A\x1b[1;3B\x1b[1;5C\x1b[1;8D\x1b[1;9H\x1b[1;1F", "<shift+up><alt+down><ctrl+right><ctrl+alt+shift+left><alt+home><end>"},
		{"\x1b[3;5~\x1b[1;3~\x1b[1;5Z", "<ctrl+delete><alt+home><ctrl+shift+tab>"},
		{"\x1bO5D\x1b[5C\x1bO1;3A", "<ctrl+left><ctrl+right><alt+up>"},
		{"\x1b[a\x1b[d\x1bOa\x1bOd\x1b[3^\x1b[3$\x1b[7@", "<shift+up><shift+left><ctrl+up><ctrl+left><ctrl+delete><shift+delete><ctrl+shift+home>"},
		{"\x1b\x1b[D\x1b\x1bOC\x1b\x1b[3~\x1b\x1b[1;5A", "<alt+left><alt+right><alt+delete><ctrl+alt+up>"},
		{"\x1bOp\x1bOy\x1bOj\x1bOn", "09*."},

		// Sequences that are no keys of a form are not typed.
		{"\x1b[2~\x1b[5~\x1b[15~\x1b[24;2~\x1bOP\x1b[1;2P\x1b[201~\x1b[~\x1b[^\x1b[$a", ""},
		{"\x1b[?62;22c\x1b[24;80R\x1b[?2026;2$y\x1b[<0;3;4M\x1b[I\x1b[O\x1b[27;5;9~\x1b[97;5u\x1b[>1A\x1b[1;2;3A\x1b[1:2A\x1b[-1A\x1b[99999999999999999999A", ""},
		{"\x1b[[Aa\x1b[M !\"b\x1b[M\xf0\xf0\xf0c", "abc"},
		{"\x1b]11;rgb:0000/0000/0000\x1b\\a\x1b]0;t\x07b\x1bP1$r0m\x1b\\c\x1b_Gi=1;OK\x1b\\d", "abcd"},
		{"\x1b[" + strings.Repeat("1;", 1000) + "Aa", "a"},
		{"\x1b]" + strings.Repeat("x", 5000) + "\x07a", "a"},

		// One that is not finished is over with a control character, or when nothing comes.
		{"\x1b[1;\r\x1bO1\x03\x1b]0\r\x1b[M \r", "<enter><ctrl+c><enter><enter>"},
		{"\x1b[1;\x1b[A\x1b]0\x1b[B", "<up><down>"},
		{"\x1b[1é", "é"},
		{"\x1b[1|a\x1bO1|b\x1b]0|c\x1b[[|d\x1b[M |e", "abcde"},
		{"\x1b]0\x1b|a", "<esc>a"},

		// What is not UTF-8 is dropped, and nothing else.
		{"a\x80b\xffc\xc3(\xe6\xbc|\xa2\xf0\x9f\x91", "abc(漢"},
		{"\xc3\x1b[A\xe6\xbc\r", "<up><enter>"},
		{"\xed\xa0\x80\ufffdx\x1b\xffy", "xy"},

		{"\x1b[200~a\r\n\x1b[A\x03 é\x1b[201\x1b[201~b", "<paste a\r\n\x1b[A\x03 é\x1b[201>b"},
		{"\x1b[200~\x1b[201~", "<paste >"},
		{"\x1b[200~a|b|\x1b|[201~", "<paste ab>"},
		{"\x1b[200~a\x03|b", "<ctrl+c>b"}, // its end was lost
		{"\x1b\x1b[200~a\x1b[201~", "<paste a>"},
		{"\x1b[200~" + strings.Repeat("x", maxPaste+9) + "\x1b[20\x1b[201~b", "<paste " + strings.Repeat("x", maxPaste) + ">b"},
	} {
		var d Decoder
		if got := press(&d, test.sent); got != test.want {
			t.Errorf("%.99q: %.99q, want %.99q", test.sent, got, test.want)
		}
	}
}

// Keys are the same however they are split, and are those that a slow reader of the
// whole finds.
func FuzzKeys(f *testing.F) {
	for _, s := range []string{
		"aé漢\r\x1b[A\x1bOD\x1b[1;5C\x1b[3~\x1b\x1b[D\x1b", "\x1b[200~a\x1b[201~\x1b\x1b\x1b]0;x\x07y\x1b\\",
		"\x1b[[A\x1b[M \xff!\x1bO1;2\x1b[?1$y\x1b[3$\xe6\xbc\xa2\xc3(", "\x1b[200~\x03", "\x1bPq\x1b\\\x1b_\x1b[\x1bO\x1b\x7f\x1b\x01\x1b\xc3\xa9",
	} {
		f.Add([]byte(s), byte(3))
	}
	f.Fuzz(func(t *testing.T, data []byte, piece byte) {
		const most = 300 // the reference is slow
		data = data[:min(len(data), most)]
		want := reference(data)
		for _, n := range []int{1, int(piece)%7 + 2, len(data) + 1} {
			var d Decoder
			var got []Key
			for part := range slices.Chunk(data, n) {
				got = append(got, d.Feed(part)...)
			}
			got = append(got, d.Flush()...)
			if !slices.Equal(got, want) {
				t.Fatalf("%q in pieces of %d: %q, want %q", data, n, got, want)
			}
		}
	})
}
