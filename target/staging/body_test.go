package staging

import (
	"bytes"
	"io"
	"testing"
)

// TestBody reads and writes a body from any place on.
func TestBody(t *testing.T) {
	t.Parallel()
	const text = "one, two, three"
	body := newBody([][]byte{[]byte("one"), nil, []byte(", two, "), []byte("three")})
	for from := range len(text) + 1 {
		for read := range len(text) - from + 1 {
			if at, err := body.Seek(int64(from), io.SeekStart); err != nil || at != int64(from) {
				t.Fatal(at, err)
			}
			before := make([]byte, read)
			if _, err := io.ReadFull(body, before); err != nil {
				t.Fatal(err)
			}
			var rest bytes.Buffer
			n, err := body.WriteTo(&rest)
			if got := string(before) + rest.String(); got != text[from:] || n != int64(rest.Len()) || err != nil {
				t.Errorf("from %d, %d read: %q, %d, %v", from, read, got, n, err)
			}
			if at, err := body.Seek(0, io.SeekCurrent); at != int64(len(text)) || err != nil {
				t.Errorf("from %d, %d read: at %d, %v", from, read, at, err)
			}
		}
	}
}
