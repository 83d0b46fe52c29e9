package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"target-s3/singer/jsonscan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// whole scans a text that must be one value and nothing else.
func whole(b []byte) (jsonscan.Scanner, error) {
	var s jsonscan.Scanner
	end, err := s.Value(b, 0)
	if err == nil && jsonscan.SkipSpace(b, end) != len(b) {
		err = &jsonscan.SyntaxError{Offset: end, Problem: "text after the value"}
	}
	return s, err
}

var texts = []string{
	`null`, `true`, `false`, `0`, `-0`, `1.5e+10`, `-12.0E-3`, `""`, `"a\"\\\/\b\f\n\r\tA"`,
	`{}`, `[]`, ` [ 1 , 2 ] `, `{"a":{"b":[{},[]]}}`, `[{"a":1},{"b":[null]}]`, "\"\u2028é😀\"",
	`{"a":1,"a":2}`, `"twelve bytes and more than that"`, "\"a\xffb\"", `"\ud800"`, "[1,\t2,\r\n3]",
	``, ` `, `nul`, `tru`, `01`, `-`, `1.`, `.5`, `1e`, `1e+`, `+1`, `"`, `"a`, `"\x"`, `"\u12g4"`, `"\`, `"\u12`,
	`{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,}`, `{1:2}`, `[`, `[1`, `[1,`, `[1,]`, `[1 2]`, `[1}`, `{"a":1]`,
	"\"a\nb\"", "\"\x00\"", `NaN`, `-Infinity`, `[Infinity]`, `'a'`, "\x00", `{"a" 1}`, `1 2`, "\xef\xbb\xbf1",
	strings.Repeat("[", 70) + strings.Repeat("]", 70), strings.Repeat(`{"a":[`, 100) + strings.Repeat("]}", 100),
	strings.Repeat("[", 130) + "}" + strings.Repeat("]", 129), "\"1234567\x80\"", "\"1234567\"",
}

func TestGrammarIsThatOfEncodingJSON(t *testing.T) {
	for _, text := range texts {
		_, err := whole([]byte(text))
		if got, want := err == nil, json.Valid([]byte(text)); got != want {
			t.Errorf("%q: accepted %v, encoding/json %v (%v)", text, got, want, err)
		}
	}
}

func FuzzGrammar(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	for _, text := range loadSuite(f) {
		if len(text) < 10_000 { // longer ones only nest
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := whole(text)
		if len(text) > jsonscan.MaxDepth && s.Unusual&jsonscan.TooDeep != 0 {
			return // encoding/json refuses what nests deeper
		}
		if got, want := err == nil, json.Valid(text); got != want {
			t.Fatalf("%q: accepted %v, encoding/json %v (%v)", text, got, want, err)
		}
		if err != nil {
			var syntax *jsonscan.SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) {
				t.Fatalf("%q: no place in %v", text, err)
			}
			return
		}
		if got, want := s.Unusual&jsonscan.InvalidUTF8 == 0, utf8.Valid(text); got != want {
			t.Fatalf("%q: UTF-8 %v, want %v", text, got, want)
		}
		if got, want := s.Unusual&jsonscan.LoneSurrogate != 0, holdsLoneSurrogate(text); got != want {
			t.Fatalf("%q: lone surrogate %v, want %v", text, got, want)
		}
		distinct, repeated := new(jsonscan.Distinct).Append(nil, bytes.TrimSpace(text))
		if !reflect.DeepEqual(decode(t, text), decode(t, distinct)) { // cmp is exponential in the depth
			t.Fatalf("%q: Distinct %q changes the value", text, distinct)
		}
		if again, _ := whole(distinct); again.Members != countMembers(decode(t, text)) || repeated != (again.Members < s.Members) {
			t.Fatalf("%q: Distinct %q has %d members, of %d, repeated %v", text, distinct, again.Members, s.Members, repeated)
		}
	})
}

// holdsLoneSurrogate has encoding/json decode the text with everything taken out
// that decodes to U+FFFD by other ways than a lone surrogate.
func holdsLoneSurrogate(text []byte) bool {
	text = bytes.ToValidUTF8(text, []byte("x"))
	text = bytes.ReplaceAll(text, []byte("\ufffd"), []byte("x"))
	text = regexp.MustCompile(`(?i)(^|[^\\])((?:\\\\)*)\\ufffd`).ReplaceAll(text, []byte("${1}${2}x"))
	text = regexp.MustCompile(`(?i)(^|[^\\])((?:\\\\)*)\\ufffd`).ReplaceAll(text, []byte("${1}${2}x")) // those that overlapped
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.Token() // also of keys
		if err != nil {
			return false
		}
		if s, ok := token.(string); ok && strings.Contains(s, "\ufffd") {
			return true
		}
	}
}

func TestLoneSurrogates(t *testing.T) {
	for text, want := range map[string]bool{
		`"\ud83d\ude00"`: false, `"\uD83D\uDE00"`: false, `"\ud83d"`: true, `"\ude00"`: true, `"\ude00\ud83d"`: true,
		`"\ud83d\ud83d\ude00"`: true, `"\ud83dx\ude00"`: true, `"\ud83d\n"`: true, `"\\ud83d"`: false, `"\ud7ff\ue000\ufffd"`: false,
		`{"\ud83d":1}`: true, `{"a":[{"b":["\uDBFF\u0041"]}]}`: true, `{"a":[{"b\udc00":1}]}`: true, `"\udbff\udfff"`: false,
	} {
		s, err := whole([]byte(text))
		if got := s.Unusual&jsonscan.LoneSurrogate != 0; err != nil || got != want {
			t.Errorf("%s: %v, want %v (%v)", text, got, want, err)
		}
	}
}

func FuzzUnquote(f *testing.F) {
	f.Add(`a\"\\\/\b\f\n\r\t\u0041\ud83d\ude00\ud800`)
	f.Add(`\ud800\ud800\udc00`)
	f.Add(`\uD83d\uDe00\u043f\u0440\uFFff\u07FF\u0800\u007f\u0080`)
	f.Add(strings.Repeat("plain", 20) + `\n` + strings.Repeat("plain", 3) + `\"\/seven b\\`)
	f.Fuzz(func(t *testing.T, text string) {
		quoted := []byte(`"` + text + `"`)
		var want string
		if !utf8.ValidString(text) || json.Unmarshal(quoted, &want) != nil {
			return
		}
		if got := string(jsonscan.Unquote([]byte(text))); got != want {
			t.Fatalf("%q: got %q, want %q", text, got, want)
		}
		if got := string(jsonscan.AppendUnquoted([]byte("before "), []byte(text))); got != "before "+want {
			t.Fatalf("%q: appended %q, want %q", text, got, want)
		}
		var back string
		if err := json.Unmarshal(jsonscan.AppendString(nil, []byte(want)), &back); err != nil || back != want {
			t.Fatalf("AppendString(%q) reads back as %q, %v", want, back, err)
		}
		if size := jsonscan.QuotedSize([]byte(want)); size != len(jsonscan.AppendString(nil, []byte(want))) {
			t.Fatalf("QuotedSize(%q) is %d", want, size)
		}
	})
}

func decode(t *testing.T, text []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("decode %q: %v", text, err)
	}
	return v
}

func countMembers(v any) int {
	n := 0
	switch v := v.(type) {
	case map[string]any:
		n = len(v)
		for _, e := range v {
			n += countMembers(e)
		}
	case []any:
		for _, e := range v {
			n += countMembers(e)
		}
	}
	return n
}

func TestUnusual(t *testing.T) {
	deep := strings.Repeat("[", jsonscan.MaxDepth)
	for text, want := range map[string]jsonscan.Unusual{
		`{"a":1}`:          0,
		`{"\u0061":1}`:     jsonscan.EscapedKey,
		`{"a":"\u0061"}`:   0,
		"{\"a\":\"\xff\"}": jsonscan.InvalidUTF8,
		"{\"\xff\":1}":     jsonscan.InvalidUTF8,
		`1e9999`:           0,
		`1e-9999`:          0,
		`1e0000010000`:     jsonscan.HugeNumber,
		`1e-10000`:         jsonscan.HugeNumber,
		strings.Repeat("1", jsonscan.MaxNumberBytes+1):       jsonscan.HugeNumber,
		deep + strings.Repeat("]", jsonscan.MaxDepth):        0,
		deep + "{}" + strings.Repeat("]", jsonscan.MaxDepth): jsonscan.TooDeep,
	} {
		s, err := whole([]byte(text))
		if err != nil || s.Unusual != want {
			t.Errorf("%.40q: got %b, %v, want %b", text, s.Unusual, err, want)
		}
	}
}

func TestSyntaxErrorsNameThePlace(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":NaN}`:     "5: NaN is not JSON (the tap must write null or a string)",
		`[1,-Infinity]`: "3: -Infinity is not JSON (the tap must write null or a string)",
		`{"a":1`:        "6: the text ends where ',' or the end of the object must follow",
		`[1}`:           "2: must be ',' or the end of the array, is '}'",
		`{a:1}`:         "1: must be a member name in double quotes, is 'a'",
		"\"a\x01\"":     `2: control character 0x01 in a string (it must be written \u0001)`,
	} {
		_, err := whole([]byte(text))
		var syntax *jsonscan.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: got %v", text, err)
			continue
		}
		if got := strconv.Itoa(syntax.Offset) + ": " + syntax.Problem; got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestMembers(t *testing.T) {
	var got []string
	for k, v := range jsonscan.Members([]byte(` { "a" : 1 , "b\n":{"c":[ ]} , "d":"x" } `)) {
		got = append(got, string(k)+"="+string(v))
	}
	if diff := cmp.Diff([]string{"a=1", `b\n={"c":[ ]}`, `d="x"`}, got); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkValue(b *testing.B) {
	text := []byte(`{"id": 123456, "name": "a name of some length", "email": "someone@example.com", "created_at": "2021-01-01T00:00:00Z", "amount": 12.75, "note": null, "tags": ["a","b"], "ok": true}`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var s jsonscan.Scanner
	for b.Loop() {
		s.Reset()
		if _, err := s.Value(text, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// TestDistinctOfMany has objects whose keys come again before they end, and holds that
// what is noted of them does not grow with how often.
func TestDistinctOfMany(t *testing.T) {
	for _, keys := range []int{1, 3, 3000, 5000, 100_000} {
		var text, want bytes.Buffer
		text.WriteString(`{"first":[`)
		for i := range 5_000 {
			fmt.Fprintf(&text, `{"a": %d,"\u0061":{"b":1,"b":%d}},`, i, i)
		}
		text.WriteString(`0],`)
		const members = 60_000
		for i := range members {
			fmt.Fprintf(&text, `"k%d" : [{"x":1, "x":%d}],`, i%keys, i)
		}
		text.WriteString(`"last":0}`)
		d := new(jsonscan.Distinct)
		got, repeated := d.Append(nil, text.Bytes())
		var value any // of repeated keys the last counts
		if err := json.Unmarshal(text.Bytes(), &value); err != nil {
			t.Fatal(err)
		}
		if err := json.NewEncoder(&want).Encode(value); err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		value = nil
		if err := json.Unmarshal(got, &value); err != nil {
			t.Fatal(err)
		}
		if err := json.NewEncoder(&again).Encode(value); err != nil {
			t.Fatal(err)
		}
		var s jsonscan.Scanner
		_, _ = s.Value(got, 0)
		if left := 2*min(keys, members) + 2 + 5_000*2; again.String() != want.String() || !repeated || s.Members != left {
			t.Errorf("%d keys: %d members are left, want %d; repeated %v", keys, s.Members, left, repeated)
		}
		if grown := cap(got); keys < 5000 && grown > len(got)+1<<20 {
			t.Errorf("%d keys: room for %d bytes was made for %d", keys, grown, len(got))
		}
	}
}
