package compress_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"target-s3/target/compress"
)

// zstdOf compresses with a window, in one frame that does not say how long the text is.
func zstdOf(t *testing.T, text []byte, window int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(window))
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNewDecoder(t *testing.T) {
	text := bytes.Repeat([]byte(`{"id": 12345, "text": "some text"}`+"\n"), 20_000)
	gz, zst := file(t, codec(t, "gzip", 1), text, 100_000), file(t, codec(t, "zstd", 1), text, 100_000)
	large := zstdOf(t, bytes.Repeat(text, 5), 4<<20)
	for name, v := range map[string]struct {
		compression string
		file        []byte
		want        []byte
		problem     string // of the whole, or of what comes after want
	}{
		"gzip":                     {"gzip", gz, text, ""},
		"zstd":                     {"zstd", zst, text, ""},
		"none":                     {"none", text, text, ""},
		"not named":                {"", text, text, ""},
		"not named, gzip":          {"", gz, text, ""},
		"not named, zstd":          {"", zst, text, ""},
		"none, gzip":               {"none", gz, text, ""},
		"empty":                    {"none", nil, nil, ""},
		"short":                    {"", []byte("{}"), []byte("{}"), ""},
		"two members":              {"gzip", append(bytes.Clone(gz), gz...), append(bytes.Clone(text), text...), ""},
		"a frame without text":     {"zstd", append([]byte("\x50\x2a\x4d\x18\x03\x00\x00\x00abc"), zst...), text, ""},
		"window at the limit":      {"zstd", large, bytes.Repeat(text, 5), ""},
		"window":                   {"zstd", zstdOf(t, bytes.Repeat(text, 20), 8<<20), nil, "to decompress it takes more than 4 MiB of memory"},
		"empty gzip":               {"gzip", nil, nil, "the file is empty"},
		"empty zstd":               {"zstd", nil, nil, "the file is empty"},
		"text as gzip":             {"gzip", text, nil, "does not begin as gzip"},
		"gzip as zstd":             {"zstd", gz, nil, "does not begin as zstd"},
		"text after gzip":          {"gzip", append(bytes.Clone(gz), "some text after it"...), text, "the file is damaged, or something else follows its compressed text (gzip: invalid header)"},
		"gzip with a wrong sum":    {"gzip", append(bytes.Clone(gz[:len(gz)-8]), "12345678"...), text, "the file is damaged, or something else follows its compressed text (gzip: invalid checksum)"},
		"gzip that is not gzip":    {"gzip", []byte("\x1f\x8babcdefghijkl"), nil, "gzip: invalid header"},
		"zstd that is not zstd":    {"", []byte("\x28\xb5\x2f\xfdabcdefghijklmnopq"), nil, "the file is "},
		"gzip that is cut off":     {"gzip", gz[:len(gz)/2], nil, "unexpected EOF"},
		"gzip without its last":    {"gzip", gz[:len(gz)-1], nil, "unexpected EOF"},
		"zstd that is cut off":     {"zstd", zst[:len(zst)/2], nil, "unexpected EOF"},
		"zstd without its last":    {"zstd", zst[:len(zst)-1], nil, "unexpected EOF"},
		"the first byte of a gzip": {"gzip", gz[:1], nil, "does not begin as gzip"},
	} {
		var got []byte
		r, err := compress.NewDecoder(v.compression, iotest.HalfReader(bytes.NewReader(v.file)), 4<<20)
		if err == nil {
			got, err = io.ReadAll(r)
			_ = r.Close()
		}
		fails := v.problem != ""
		if (err != nil) != fails || err != nil && !strings.Contains(err.Error(), v.problem) {
			t.Errorf("%s: error %v, want one with %q", name, err, v.problem)
		}
		if v.problem == "unexpected EOF" && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v is not an io.ErrUnexpectedEOF", name, err)
		}
		if v.want != nil && !bytes.Equal(got, v.want) {
			t.Errorf("%s: %d bytes, want %d", name, len(got), len(v.want))
		}
	}
}

func TestDecoderOfABrokenSource(t *testing.T) {
	broken := errors.New("broken")
	for _, compression := range []string{"", "gzip", "zstd"} {
		if _, err := compress.NewDecoder(compression, iotest.ErrReader(broken), 4<<20); !errors.Is(err, broken) {
			t.Errorf("%s: %v", compression, err)
		}
	}
}
