package staging_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"target-s3/target/staging"
	"target-s3/target/storetest"
)

// TestRoom appends the same rows to two files, to one of them without a question
// where it has room: nothing else must differ after any of them.
func TestRoom(t *testing.T) {
	for _, compression := range []string{"none", "gzip"} {
		for _, size := range []int64{1, 100, 5_000, 1_000_000} {
			store := storetest.NewMemoryMinPart(partSize)
			a, _ := area(t, store, nil)
			s := spec(t, "asked", lines(), compression)
			s.Sizes.File = size
			asked := a.Open(s)
			s.Object.Key = "roomy"
			roomy := a.Open(s)
			unasked := 0
			for n := range 20_000 {
				r := row(n)
				if n%5_000 == 4_999 {
					r = append(bytes.Repeat([]byte("x"), 300_000), '\n')
				}
				if err := asked.Append(r, false); err != nil {
					t.Fatal(err)
				}
				if len(r) <= roomy.Room() {
					roomy.AppendMany(r, 1)
					unasked++
				} else if err := roomy.Append(r, false); err != nil {
					t.Fatal(err)
				}
				if got, want := looks(roomy), looks(asked); got != want {
					t.Fatalf("%s, files of %d, row %d: %s, want %s", compression, size, n, got, want)
				}
				if !asked.IsBlockFull() {
					continue
				}
				if err := errors.Join(asked.Flush(t.Context()), roomy.Flush(t.Context())); err != nil {
					t.Fatal(err)
				}
			}
			if size == 1_000_000 && compression == "gzip" && unasked < 19_900 {
				t.Errorf("there was room for %d rows", unasked)
			}
			commit(t, a, asked, roomy)
			first, err := store.Object("asked")
			second, err2 := store.Object("roomy")
			if err := errors.Join(err, err2); err != nil || !bytes.Equal(first, second) {
				t.Errorf("%s, files of %d: the objects differ (%v)", compression, size, err)
			}
		}
	}
}

func looks(f *staging.File) string {
	return fmt.Sprintf("%d rows, %d bytes held, %d unencoded, full %v", f.Rows(), f.Held(), f.Unencoded(), f.IsBlockFull())
}
