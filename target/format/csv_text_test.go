package format_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"target-s3/singer/jsonscan"
	"target-s3/target/format"
	"target-s3/target/schema"
)

// FuzzCSVText holds the bytes of fields against a simple statement of when a field
// has quotes. The text stands at all distances from the end of its record.
func FuzzCSVText(f *testing.F) {
	for _, text := range []string{
		``, ` `, `a`, ` a`, `a `, `\u0020a`, `a\u0020`, `\\.`, `\\.x`, `a,b`, `a|b`, `a\tb`, `a\u002cb`, `a\u007cb`, `\n`, `\r\n`, `\u000a`, `\"`, `\u0022`, `\\\"\/\b\f`,
		`12345678`, `1234567,`, `12345678,`, `1234567\"9`, `12345678\"`, `a long text, with a comma and \"quotes\" and \u00e9\ud83d\ude00\ud83d and é😀`, "\xff\x80,",
		`\u00E9\uABCD\uabcd\u0000`, `\ud83d\ude00`, `\ude00`, `\ud83d\u0041`,
	} {
		f.Add(text, "", byte(0))
		f.Add(text, "more than eight bytes", byte(4))
	}
	f.Add(strings.Repeat(`a\n`, 5000), `\u00e9`, byte(0)) // more escapes than are noted
	f.Add(`,`, strings.Repeat(`\u00e9 `, 5000), byte(0))
	f.Fuzz(func(t *testing.T, text, next string, options byte) {
		record := `{"a":"` + text + `","b":"` + next + `"}`
		var want [2]string
		if !isString(text) || !isString(next) {
			return
		}
		o := format.Options{Delimiter: ",|\t"[options%3], ForceQuote: options&4 != 0}
		s, err := new(schema.Compiler).Compile([]byte(`{"properties":{"b":{},"a":{}}}`), []string{"a"})
		if err != nil {
			t.Fatal(err)
		}
		l := format.NewCSV(s, o)
		for i, text := range []string{next, text} {
			want[i] = fieldOf(decoded(t, text), o)
		}
		for _, r := range append(proven(s, l, record), row(t, record)) {
			got, _ := l.AppendRow([]byte("before"), r, &format.Scratch{})
			if want := "before" + want[0] + string(o.Delimiter) + want[1] + "\n"; string(got) != want {
				t.Fatalf("%s\n got %q\nwant %q", record, got, want)
			}
		}
	})
}

// proven is the row of a record with what was noted of it while it was proven, if it was.
func proven(s *schema.Schema, l *format.CSV, record string) (rows []*format.Row) {
	s.NoteFor(l.Place)
	var p schema.Prover
	if _, ok := p.Prove(s, []byte(record), 0); ok && !p.Repeated() {
		rows = append(rows, &format.Row{Record: []byte(record), Notes: p.Notes()})
	}
	return rows
}

// isString reports whether the text is that of one JSON string.
func isString(text string) bool {
	var scan jsonscan.Scanner
	end, err := scan.String([]byte(`"`+text+`"`), 0)
	return err == nil && end == len(text)+2
}

// decoded is the text of a string. Bytes that are not UTF-8, which encoding/json would
// replace, stay as they are.
func decoded(t *testing.T, text string) string {
	t.Helper()
	var whole strings.Builder
	for len(text) > 0 {
		n := 0
		for n < len(text) && utf8.ValidString(text[n:n+1]) || n < len(text) && utf8.RuneStart(text[n]) && isValidRune(text[n:]) {
			_, size := utf8.DecodeRuneInString(text[n:])
			n += size
		}
		var valid string
		if err := json.Unmarshal([]byte(`"`+text[:n]+`"`), &valid); err != nil {
			t.Fatalf("%q: %v", text[:n], err)
		}
		whole.WriteString(valid)
		if n < len(text) {
			whole.WriteByte(text[n])
			n++
		}
		text = text[n:]
	}
	return whole.String()
}

func isValidRune(text string) bool {
	r, n := utf8.DecodeRuneInString(text)
	return r != utf8.RuneError || n > 1
}

// fieldOf is a string as a field.
func fieldOf(text string, o format.Options) string {
	if o.ForceQuote || text == "" || text == `\.` || strings.HasPrefix(text, " ") || strings.HasSuffix(text, " ") ||
		strings.ContainsAny(text, "\"\r\n"+string(o.Delimiter)) {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}

// FuzzCSVRemembers has one Scratch for rows of several layouts, in any order: what was
// kept of one must not show in the next.
func FuzzCSVRemembers(f *testing.F) {
	f.Add([]byte{0, 0, 1, 1, 17, 33, 65, 129, 255, 0, 31, 7})
	f.Add([]byte("any order of rows"))
	f.Fuzz(func(t *testing.T, rows []byte) {
		var kept format.Scratch
		for i, what := range rows {
			o := format.Options{Delimiter: ",|"[what&1], ForceQuote: what&2 != 0, Metadata: true, Subtables: true}
			keys := []string{"id"}
			if what&4 != 0 {
				keys = nil
			}
			r := row(t, `{"id":"a,b","list":[{"a":"1","in":[true,""]},{"in":[3]}]}`)
			r.Sequence = int64(i)*99_999_999 + int64(what>>6)*1_000_000_000_000
			r.Version = int64(what >> 3 & 1)
			r.TimeExtracted = [][]byte{nil, []byte(`"then"`), []byte(`"th,en"`), []byte("null")}[what>>4&3]
			if what&128 != 0 {
				r.Received[0] = '9'
			}
			l := format.NewCSV(schema.Describe([]byte(withArrays), keys), o)
			if got, want := rowsOf(l, r, &kept), rowsOf(l, r, &format.Scratch{}); got != want {
				t.Fatalf("row %d of %v\n got %q\nwant %q", i, rows, got, want)
			}
		}
	})
}

// rowsOf are the bytes of a record's rows, with the moment of the batch in them.
func rowsOf(l *format.CSV, r *format.Row, s *format.Scratch) string {
	start := 0
	dst := l.AppendRows(nil, r, s, func(dst []byte, _ int, mark format.Mark) []byte {
		copy(dst[start+mark.BatchedAt:], "the batch's own moment  ")
		start = len(dst)
		return dst
	})
	return string(dst)
}
