package schema

import (
	"strings"
	"testing"
	"time"

	"github.com/xeipuuv/gojsonschema"
)

// FuzzMoment holds that a date-time is what the library and package time take for
// one once what is taken beyond is spelled as they have it, that moments are read
// as package time reads them, and that what is quick is right.
func FuzzMoment(f *testing.F) {
	for _, seed := range []string{
		"2024-02-29", "2024-02-29T23:59:59.9999999+05:30", "1900-02-29 00:00:00", "0000-03-01T00:00:00-08", "9999-12-31 23:59:59,5Z",
		"1969-12-31T23:59:59.000001Z", "2000-01-01T00:00:00+2460", "2023-13-01", "2023-01-01T24:00:00Z", "2024-01-0110:00:00", "2024-01-01T10:00:00.Z",
		"2024-01-01t10:00:00z", "2024-01-01  10:00:00", "10:00:00", "10:00:00z", "1:00:00+01:00", "10:00:00+01", "2024-01-01T1:00:00Z", "24:00:00",
		"10:00:00.5+0000", "2024-01-01 10:00:00 Z", "2024-01-01T10:00:00+24:60",
	} {
		f.Add(seed)
	}
	f.Fuzz(checkMoment)
}

// TestMomentByByte puts every byte into every place of usual ones.
func TestMomentByByte(t *testing.T) {
	for _, text := range []string{"2024-02-28T23:59:59.790373+00:00", "2023-12-30 09:19:00Z", "2000-10-19T20:00:00.123456789"} {
		for at := range text {
			for c := range 256 {
				changed := []byte(text)
				changed[at] = byte(c)
				checkMoment(t, string(changed))
				checkMoment(t, string(changed[:at]))
			}
		}
	}
}

func checkMoment(t *testing.T, text string) {
	t.Helper()
	layouts := []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07"}
	plain := []byte(text)
	if n := len(plain); n > 0 && plain[n-1] == 'z' {
		plain[n-1] = 'Z'
	}
	if len(plain) > 10 && strings.IndexByte("t ", plain[10]) >= 0 {
		plain[10] = 'T'
	}
	micros, exact, ok := Moment([]byte(text))
	moment := false
	for _, layout := range layouts {
		want, err := time.Parse(layout, string(plain))
		if err != nil {
			continue
		}
		moment = true
		if !ok || micros != want.UnixMicro() || (len(text) < 30 && exact != (want.Nanosecond()%1000 == 0)) {
			t.Fatalf("%q: %d %v %v, want %d", text, micros, exact, ok, want.UnixMicro())
		}
		break
	}
	if ok && !moment {
		t.Fatalf("%q: %d, package time does not know it", text, micros)
	}
	want := moment || (gojsonschema.DateTimeFormatChecker{}).IsFormat(string(plain))
	if got := (dateTime{}).IsFormat(text); got != want {
		t.Fatalf("%q is a date-time: %v, want %v", text, got, want)
	}
	if got := (uuid{}).IsFormat(text); got != (gojsonschema.UUIDFormatChecker{}).IsFormat(strings.ToLower(text)) {
		t.Fatalf("%q is a uuid: %v", text, got)
	}
	registerFormats()
	for name, quick := range quickFormats {
		if quick([]byte(text)) && !gojsonschema.FormatCheckers.IsFormat(name, text) {
			t.Fatalf("%q is quickly taken for a %s", text, name)
		}
	}
}
