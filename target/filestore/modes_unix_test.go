//go:build unix

package filestore_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMode(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o027))
	dir := t.TempDir()
	if err := commit(t, open(t, dir), "a/k"); err != nil {
		t.Fatal(err)
	}
	got := map[string]fs.FileMode{}
	for _, p := range []string{"bucket", "bucket/a", "bucket/a/k"} {
		info, err := os.Stat(filepath.Join(dir, p))
		if err != nil {
			t.Fatal(err)
		}
		got[p] = info.Mode().Perm()
	}
	want := map[string]fs.FileMode{"bucket": 0o750, "bucket/a": 0o750, "bucket/a/k": 0o640}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("modes (-want +got):\n", diff)
	}
}
