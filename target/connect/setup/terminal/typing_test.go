package terminal

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestTyping(t *testing.T) {
	t.Parallel()
	ctrl := func(r rune) tea.Msg { return tea.KeyPressMsg{Code: r, Mod: tea.ModCtrl} }
	alt := func(r rune) tea.Msg { return tea.KeyPressMsg{Code: r, Mod: tea.ModAlt} }
	key := func(r rune) tea.Msg { return tea.KeyPressMsg{Code: r} }
	char := func(r rune) tea.Msg { return tea.KeyPressMsg{Code: r, Text: string(r)} }
	const first = "one two  thrée"
	for _, test := range []struct {
		name string
		keys []tea.Msg
		want string // with | before the cursor's place
	}{
		{"nothing", nil, "one two  thrée|"},
		{"typed", []tea.Msg{char('é'), char(' ')}, "one two  thréeé |"},
		{"typed within", []tea.Msg{key(tea.KeyLeft), ctrl('b'), char('x')}, "one two  thrx|ée"},
		{"left of the start", []tea.Msg{key(tea.KeyHome), key(tea.KeyLeft), char('x')}, "x|one two  thrée"},
		{"right of the end", []tea.Msg{key(tea.KeyRight), ctrl('f'), char('x')}, "one two  thréex|"},
		{"start and end", []tea.Msg{ctrl('a'), char('x'), ctrl('e'), char('y'), key(tea.KeyHome), key(tea.KeyEnd)}, "xone two  thréey|"},
		{"backspace", []tea.Msg{key(tea.KeyBackspace), ctrl('h')}, "one two  thr|"},
		{"backspace at the start", []tea.Msg{ctrl('a'), key(tea.KeyBackspace)}, "|one two  thrée"},
		{"delete", []tea.Msg{ctrl('a'), key(tea.KeyDelete), ctrl('d')}, "|e two  thrée"},
		{"delete at the end", []tea.Msg{key(tea.KeyDelete)}, "one two  thrée|"},
		{"words back", []tea.Msg{alt('b'), alt(tea.KeyLeft), ctrl(tea.KeyLeft)}, "|one two  thrée"},
		{"words on", []tea.Msg{ctrl('a'), alt('f'), ctrl(tea.KeyRight), char('x')}, "one twox|  thrée"},
		{"word on to the end", []tea.Msg{alt('b'), alt(tea.KeyRight), alt('f')}, "one two  thrée|"},
		{"word deleted", []tea.Msg{ctrl('w')}, "one two  |"},
		{"word and space deleted", []tea.Msg{ctrl('w'), alt(tea.KeyBackspace)}, "one |"},
		{"word after deleted", []tea.Msg{ctrl('a'), alt('d'), alt(tea.KeyDelete)}, "|  thrée"},
		{"before the cursor deleted", []tea.Msg{alt('b'), ctrl('u')}, "|thrée"},
		{"after the cursor deleted", []tea.Msg{ctrl('a'), alt('f'), ctrl('k')}, "one|"},
		{"pasted", []tea.Msg{ctrl('a'), tea.PasteMsg{Content: "a\r\nb\tc\nd\x1b[2J\x00\xff"}}, "a b c d[2J|one two  thrée"},
		{"a key without text", []tea.Msg{key(tea.KeyF1), ctrl('x')}, "one two  thrée|"},
		{"another message", []tea.Msg{tea.WindowSizeMsg{}}, "one two  thrée|"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := newText(first)
			for _, k := range test.keys {
				text.update(k)
			}
			if got := string(text.runes[:text.at]) + "|" + string(text.runes[text.at:]); got != test.want || text.String() != string(text.runes) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
