package terminal

import (
	"testing"

	"target-s3/target/connect/setup/terminal/tty"
)

func TestTyping(t *testing.T) {
	t.Parallel()
	key := func(name string) tty.Key { return tty.Key{Name: name} }
	char := func(s string) tty.Key { return tty.Key{Name: s, Text: s} }
	const first = "one two  thrée"
	for _, test := range []struct {
		name string
		keys []tty.Key
		want string // with | before the cursor's place
	}{
		{"nothing", nil, "one two  thrée|"},
		{"typed", []tty.Key{char("é"), char(" ")}, "one two  thréeé |"},
		{"typed within", []tty.Key{key("left"), key("ctrl+b"), char("x")}, "one two  thrx|ée"},
		{"left of the start", []tty.Key{key("home"), key("left"), char("x")}, "x|one two  thrée"},
		{"right of the end", []tty.Key{key("right"), key("ctrl+f"), char("x")}, "one two  thréex|"},
		{"start and end", []tty.Key{key("ctrl+a"), char("x"), key("ctrl+e"), char("y"), key("home"), key("end")}, "xone two  thréey|"},
		{"backspace", []tty.Key{key("backspace"), key("ctrl+h")}, "one two  thr|"},
		{"backspace at the start", []tty.Key{key("ctrl+a"), key("backspace")}, "|one two  thrée"},
		{"delete", []tty.Key{key("ctrl+a"), key("delete"), key("ctrl+d")}, "|e two  thrée"},
		{"delete at the end", []tty.Key{key("delete")}, "one two  thrée|"},
		{"words back", []tty.Key{key("alt+b"), key("alt+left"), key("ctrl+left")}, "|one two  thrée"},
		{"words on", []tty.Key{key("ctrl+a"), key("alt+f"), key("ctrl+right"), char("x")}, "one twox|  thrée"},
		{"word on to the end", []tty.Key{key("alt+b"), key("alt+right"), key("alt+f")}, "one two  thrée|"},
		{"word deleted", []tty.Key{key("ctrl+w")}, "one two  |"},
		{"word and space deleted", []tty.Key{key("ctrl+w"), key("alt+backspace")}, "one |"},
		{"word after deleted", []tty.Key{key("ctrl+a"), key("alt+d"), key("alt+delete")}, "|  thrée"},
		{"before the cursor deleted", []tty.Key{key("alt+b"), key("ctrl+u")}, "|thrée"},
		{"after the cursor deleted", []tty.Key{key("ctrl+a"), key("alt+f"), key("ctrl+k")}, "one|"},
		{"pasted", []tty.Key{key("ctrl+a"), {Name: "paste", Text: "a\r\nb\tc\nd\x1b[2J\x00\xff"}}, "a b c d[2J|one two  thrée"},
		{"a key without text", []tty.Key{key("f1"), key("ctrl+x")}, "one two  thrée|"},
		{"no key", []tty.Key{{}}, "one two  thrée|"},
		{"accents", []tty.Key{char("e"), char("\u0301"), char("漢"), key("left"), key("left"), char("x")}, "one two  thréex|e\u0301漢"},
		{"accent deleted with its letter", []tty.Key{char("e"), char("\u0301"), key("backspace"), char("x")}, "one two  thréex|"},
		{"letter deleted with its accent", []tty.Key{char("e"), char("\u0301"), key("left"), key("delete"), char("x")}, "one two  thréex|"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := newText(first)
			for _, k := range test.keys {
				text.press(k)
			}
			if got := string(text.runes[:text.at]) + "|" + string(text.runes[text.at:]); got != test.want || text.String() != string(text.runes) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
