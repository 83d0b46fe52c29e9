package terminal

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"target-s3/target/connect/setup"
	"target-s3/target/connect/setup/terminal/tty"
)

// typed is a page with one question that has been answered by keys.
func typed(width, height int, text string, names ...string) *model {
	p := &page{title: "Title", text: "Explanation of it all.", questions: []*question{{label: "Label", help: strings.Repeat("help ", 9)}}}
	p.begin()
	m := newModel(p)
	m.width, m.height = width, height
	m.update(tty.Key{Name: "paste", Text: text})
	for _, name := range names {
		m.update(tty.Key{Name: name})
	}
	return m
}

// The cursor is at the character that it stands before, however wide that is.
func TestCursor(t *testing.T) {
	t.Parallel()
	left := func(n int) []string { return slices.Repeat([]string{"left"}, n) }
	for _, test := range []struct {
		text string
		keys []string
		want string
	}{
		{"", nil, "  \x1b[7m \x1b[m"},
		{"ab", nil, "  ab\x1b[7m \x1b[m"},
		{"ab", left(1), "  a\x1b[7mb\x1b[m "},
		{"漢字", left(1), "  漢\x1b[7m字\x1b[m "},
		{"e\u0301x", left(2), "  \x1b[7me\u0301\x1b[mx "},
		{"👍🏽\u202e", left(2), "  \x1b[7m👍🏽\x1b[m\\u202e "},
	} {
		m := typed(80, 24, test.text, test.keys...)
		if lines := m.view(); !slices.Contains(lines, test.want) {
			t.Errorf("%q: %q, want %q among them", test.text, lines, test.want)
		}
	}
}

// However small the window is, no line is longer, there are no more of them than fit,
// and what is typed is among them.
func TestSmallWindow(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("漢a", 200)
	for width := 4; width < 40; width++ {
		for height := 1; height < 30; height++ {
			for name, m := range map[string]*model{
				"short": typed(width, height, "x"), "long": typed(width, height, long),
				"start": typed(width, height, long, "home"),
			} {
				lines := m.view()
				if len(lines) > max(height-1, 1) {
					t.Errorf("%s, %d by %d: %d lines", name, width, height, len(lines))
				}
				if all := strings.Join(lines, "\n"); !strings.Contains(all, "\x1b[7m") {
					t.Errorf("%s, %d by %d: no cursor in\n%s", name, width, height, all)
				}
				_, focus := m.lines()
				all, _ := m.lines()
				for _, line := range all[focus.from+1 : focus.to] { // the label may be cut off
					if tty.Width(line) > width {
						t.Errorf("%s, %d by %d: %q is too long", name, width, height, line)
					}
				}
			}
		}
	}
}

// What others wrote is shown, and not acted upon.
func TestWildTexts(t *testing.T) {
	t.Parallel()
	const wild = "a\x1b[2J\nb"
	p := &page{title: wild, place: wild, text: wild, notes: []string{wild}, below: []string{wild}, sample: func() string { return wild }}
	p.questions = []*question{
		{label: wild, help: wild, choices: []setup.Choice{{Value: "1", Label: wild}, {Value: "2", Label: wild}}},
		{label: wild, help: wild, value: wild, put: func(string) error { return errors.New(wild) }},
	}
	p.begin()
	m := newModel(p)
	for range 2 {
		all := strings.Join(m.view(), "")
		if strings.ContainsAny(all, "\n") || strings.Contains(all, "\x1b[2J") {
			t.Errorf("%q", all)
		}
		m.update(tty.Key{Name: "tab"})
	}
}
