package jsonscan_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"target-s3/singer/jsonscan"
)

// loadSuite reads the texts of the JSONTestSuite by their names, whose first
// letter is the suite's verdict: y_ must be accepted, n_ must not, and i_ is for
// the implementation to decide.
func loadSuite(tb testing.TB) map[string][]byte {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "jsontestsuite", "*.json"))
	if err != nil || len(files) < 300 {
		tb.Fatalf("%d files of the suite were found, %v", len(files), err)
	}
	texts := map[string][]byte{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(file), ".json")] = text
	}
	return texts
}

func TestSuite(t *testing.T) {
	for name, text := range loadSuite(t) {
		s, err := whole(text)
		if want := json.Valid(text); (err == nil) != want {
			t.Errorf("%s: got %v, encoding/json %v", name, err, want)
		}
		switch kind := name[:2]; {
		case kind == "y_" && err != nil:
			t.Errorf("%s: %v", name, err)
		case kind == "y_" && s.Unusual&^jsonscan.EscapedKey != 0:
			t.Errorf("%s: findings %b, with which no record is valid", name, s.Unusual)
		case kind == "n_" && err == nil:
			t.Errorf("%s is accepted", name)
		case kind == "i_":
			checkOurChoice(t, name, s.Unusual, err)
		}
	}
}

// choice is what is made of a text about which RFC 8259 leaves a choice.
type choice struct {
	refused bool             // it is not JSON; encoding/json says the same
	unusual jsonscan.Unusual // if it is
}

var (
	// It is passed on as it is written: a number with all its digits.
	kept = choice{}
	// encoding/json takes these with U+FFFD for each lone surrogate, and readers of
	// files fail at them.
	loneSurrogate = choice{unusual: jsonscan.LoneSurrogate}
	// What compares keys has to decode them first.
	loneSurrogateKey = choice{unusual: jsonscan.LoneSurrogate | jsonscan.EscapedKey}
	// encoding/json takes these, with U+FFFD for each bad byte: the record would
	// not be what was sent.
	notUTF8 = choice{unusual: jsonscan.InvalidUTF8}
	// To compare or divide these takes seconds to hours.
	tooLarge = choice{unusual: jsonscan.HugeNumber}
	// Another encoding than UTF-8, or a byte order mark before it.
	otherEncoding = choice{refused: true}
)

var choices = map[string]choice{
	"i_number_double_huge_neg_exp":                   kept,
	"i_number_huge_exp":                              tooLarge,
	"i_number_neg_int_huge_exp":                      kept,
	"i_number_pos_double_huge_exp":                   kept,
	"i_number_real_neg_overflow":                     tooLarge,
	"i_number_real_pos_overflow":                     tooLarge,
	"i_number_real_underflow":                        tooLarge,
	"i_number_too_big_neg_int":                       kept,
	"i_number_too_big_pos_int":                       kept,
	"i_number_very_big_negative_int":                 kept,
	"i_object_key_lone_2nd_surrogate":                loneSurrogateKey,
	"i_string_1st_surrogate_but_2nd_missing":         loneSurrogate,
	"i_string_1st_valid_surrogate_2nd_invalid":       loneSurrogate,
	"i_string_UTF-16LE_with_BOM":                     otherEncoding,
	"i_string_UTF-8_invalid_sequence":                notUTF8,
	"i_string_UTF8_surrogate_U+D800":                 notUTF8,
	"i_string_incomplete_surrogate_and_escape_valid": loneSurrogate,
	"i_string_incomplete_surrogate_pair":             loneSurrogate,
	"i_string_incomplete_surrogates_escape_valid":    loneSurrogate,
	"i_string_invalid_lonely_surrogate":              loneSurrogate,
	"i_string_invalid_surrogate":                     loneSurrogate,
	"i_string_invalid_utf-8":                         notUTF8,
	"i_string_inverted_surrogates_U+1D11E":           loneSurrogate,
	"i_string_iso_latin_1":                           notUTF8,
	"i_string_lone_second_surrogate":                 loneSurrogate,
	"i_string_lone_utf8_continuation_byte":           notUTF8,
	"i_string_not_in_unicode_range":                  notUTF8,
	"i_string_overlong_sequence_2_bytes":             notUTF8,
	"i_string_overlong_sequence_6_bytes":             notUTF8,
	"i_string_overlong_sequence_6_bytes_null":        notUTF8,
	"i_string_truncated-utf-8":                       notUTF8,
	"i_string_utf16BE_no_BOM":                        otherEncoding,
	"i_string_utf16LE_no_BOM":                        otherEncoding,
	"i_structure_500_nested_arrays":                  kept,
	"i_structure_UTF-8_BOM_empty_object":             otherEncoding,
}

func checkOurChoice(t *testing.T, name string, unusual jsonscan.Unusual, err error) {
	t.Helper()
	want, ok := choices[name]
	if !ok {
		t.Errorf("%s: no choice was made; got %b, %v", name, unusual, err)
	} else if (err != nil) != want.refused || (err == nil && unusual != want.unusual) {
		t.Errorf("%s: got %b, %v, want %+v", name, unusual, err, want)
	}
}
