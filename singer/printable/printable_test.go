package printable_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"target-s3/singer/printable"
)

func TestLine(t *testing.T) {
	for in, want := range map[string]string{
		"":                            "",
		"orders – Bestände ✓ 売上 😀":    "orders – Bestände ✓ 売上 😀",
		`C:\new`:                      `C:\new`,
		"a\nINFO METRIC: {}":          `a\nINFO METRIC: {}`,
		"a\r\tb":                      `a\r\tb`,
		"\x1b[31m\x07\x00\x7f":        `\u001b[31m\u0007\u0000\u007f`,
		"\u009b31m\u0085\u0080":       `\u009b31m\u0085\u0080`,
		"\u202eabc\u2066\u200e\u061c": `\u202eabc\u2066\u200e\u061c`,
		"a\u200bb\ufeff\u00ad":        `a\u200bb\ufeff\u00ad`,
		"a\u2028b\u2029\u00a0":        `a\u2028b\u2029\u00a0`,
		"\U000e0041":                  `\udb40\udc41`,
		"\x9b31m\xff":                 `\x9b31m\xff`,
		"\ufffd":                      "\ufffd",
	} {
		if got := printable.Line(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	for _, tt := range []struct {
		in   string
		most int
		want string
	}{
		{"0123456789", 10, "0123456789"},
		{"0123456789a", 10, "0123456…"},
		{"012345äöü", 10, "012345…"},
		{"01234\n\n\n", 10, `01234\n…`},
		{"0123\x1b", 10, "0123\\u001b"},
		{"01234\x1b", 10, "01234…"},
		{strings.Repeat("\n", 1<<20), 4, "…"},
	} {
		if got := printable.Short(tt.in, tt.most); got != tt.want {
			t.Errorf("%.40q, %d: %q, want %q", tt.in, tt.most, got, tt.want)
		}
	}
}

func TestError(t *testing.T) {
	err := fmt.Errorf("settings: %w", &fs.PathError{Op: "open", Path: "a\nb", Err: fs.ErrNotExist})
	if got := printable.Error(err); !errors.Is(got, fs.ErrNotExist) || got.Error() != `settings: open a\nb: file does not exist` {
		t.Errorf("%v", got)
	}
	if printable.Error(nil) != nil || printable.Error(fs.ErrNotExist) != fs.ErrNotExist {
		t.Error("what needs nothing was changed")
	}
}

// FuzzWriter holds for any text that nothing but visible characters and newlines
// comes out, those that went in, and that escaping twice is escaping once. Of a
// JSON document the meaning stays.
func FuzzWriter(f *testing.F) {
	for _, seed := range []string{"a\nb", "\x1b[0m", "\u009b\u202e", "\xff\xfe", "\U000e0041\U0010ffff", "ä"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var b bytes.Buffer
		if n, err := printable.NewWriter(&b).Write([]byte(text)); n != len(text) || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		got := b.String()
		if got != printable.Lines(text) || printable.Lines(got) != got {
			t.Errorf("%q became %q", text, got)
		}
		for i, r := range got {
			_, size := utf8.DecodeRuneInString(got[i:])
			if r != '\n' && (!unicode.IsPrint(r) || r == utf8.RuneError && size == 1) {
				t.Fatalf("%q became %q", text, got)
			}
		}
		if strings.Count(got, "\n") != strings.Count(text, "\n") || strings.Contains(printable.Line(text), "\n") {
			t.Errorf("%q became %q", text, got)
		}
		document, err := json.Marshal(text)
		var back, plain string
		if err != nil || json.Unmarshal(document, &plain) != nil || json.Unmarshal([]byte(printable.Lines(string(document))), &back) != nil || back != plain {
			t.Errorf("%s is not %s", printable.Lines(string(document)), document)
		}
	})
}
