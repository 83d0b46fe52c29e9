package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"target-s3/target/store"
)

func TestFailSaysWhatToDo(t *testing.T) {
	s := &Store{dir: "/out/bucket"}
	for _, c := range []struct {
		err  error
		want string
	}{
		{syscall.ENOSPC, "free some space, or use a folder on another disk"},
		{syscall.EDQUOT, "free some space, or use a folder on another disk"},
		{syscall.EFBIG, "set a smaller batch_size_bytes"},
		{syscall.EROFS, "mount it writable, or use another folder"},
		{syscall.EACCES, "give this user the right to read and write there, or use another folder"},
		{syscall.EMFILE, "raise the limit of open files: ulimit -n"},
	} {
		err := s.fail("object", "k", &fs.PathError{Op: "openat", Path: ".k.part", Err: c.err})
		want := fmt.Sprintf("object /out/bucket/k: %v (%s)", c.err, c.want)
		if filepath.ToSlash(err.Error()) != want || !errors.Is(err, c.err) {
			t.Errorf("error = %v, want %s", err, want)
		}
	}
	if err := s.fail("object", "k", errors.New("x")); filepath.ToSlash(err.Error()) != "object /out/bucket/k: x" {
		t.Errorf("error = %v", err)
	}
}

func TestAnd(t *testing.T) {
	one, two := errors.New("one"), errors.New("two")
	for _, c := range []struct{ err, then, want error }{{nil, nil, nil}, {one, nil, one}, {nil, two, two}} {
		if got := and(c.err, c.then); !errors.Is(got, c.want) {
			t.Errorf("and(%v, %v) = %v, want %v", c.err, c.then, got, c.want)
		}
	}
	both := and(&fs.PathError{Op: "sync", Path: "x", Err: one}, two)
	if both.Error() != "one, then two" || !errors.Is(both, one) || !errors.Is(both, two) {
		t.Errorf("and = %v", both)
	}
}

// A link whose answer was lost is there when it is tried again.
func TestLinkedAnyway(t *testing.T) {
	dir := t.TempDir()
	s, err := New(dir, "bucket")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	u := s.Create(store.Object{Key: "k"}).(*upload)
	if err := u.Write(t.Context(), store.Part{Number: 1, Size: 3, Body: strings.NewReader("abc")}); err != nil {
		t.Fatal(err)
	}
	if err := s.root.Link(u.staged, "k"); err != nil {
		t.Fatal(err)
	}
	if err := store.Commit(t.Context(), u, store.Part{}); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "bucket"))
	if err != nil || len(entries) != 1 || entries[0].Name() != "k" {
		t.Errorf("bucket holds %v, %v", entries, err)
	}
}

// What cannot be made durable must not be seen: a crash may undo it.
func TestNotVisibleIfNotDurable(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("folders are not synced on Windows")
	}
	if os.Geteuid() == 0 {
		t.Skip("root may do everything")
	}
	dir := t.TempDir()
	s, err := New(dir, "bucket")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.root.MkdirAll("a", dirMode); err != nil {
		t.Fatal(err)
	}
	// Files can be created and linked in such a folder, but it cannot be opened
	// to be synced.
	folder := filepath.Join(dir, "bucket", "a")
	if err := os.Chmod(folder, 0o300); err != nil {
		t.Fatal(err)
	}
	u := s.Create(store.Object{Key: "a/k"})
	err = store.Commit(t.Context(), u, store.Part{Number: 1, Size: 3, Body: strings.NewReader("abc")})
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Commit = %v", err)
	}
	if err := errors.Join(u.Abort(t.Context()), os.Chmod(folder, dirMode)); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestOnlyDurableFoldersAreRemembered(t *testing.T) {
	s, err := New(t.TempDir(), "bucket")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.root.MkdirAll("a/b/c", dirMode); err != nil {
		t.Fatal(err)
	}
	if err := s.sync("a/b/c"); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{".", "a", "a/b", "a/b/c"} {
		if !s.isDurable(d) {
			t.Errorf("%s is not durable", d)
		}
	}
	if err := s.sync("not/there"); err == nil || s.isDurable("not/there") || s.isDurable("not") {
		t.Errorf("sync of a folder that is not there: %v", err)
	}
}

// TestFewStayOpen makes more files wait for a commit than there may be descriptors:
// all but some are closed between their parts, and come out whole.
func TestFewStayOpen(t *testing.T) {
	dir := t.TempDir()
	s, err := New(dir, "bucket")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const files = mostOpen + 100
	var uploads []store.Upload
	for n := range files {
		u := s.Create(store.Object{Key: fmt.Sprintf("f%03d", n), Checksum: true})
		uploads = append(uploads, u)
		if err := u.Write(t.Context(), store.Part{Number: 1, Size: 3, Body: strings.NewReader("abc")}); err != nil {
			t.Fatal(err)
		}
	}
	if open := s.open.Load(); open != mostOpen {
		t.Errorf("%d files are open, want %d", open, mostOpen)
	}
	for n, u := range uploads {
		if err := store.Commit(t.Context(), u, store.Part{Number: 2, Offset: 3, Size: 2, Body: strings.NewReader("de")}); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(filepath.Join(dir, "bucket", fmt.Sprintf("f%03d", n))); string(text) != "abcde" {
			t.Fatalf("%q, %v", text, err)
		}
	}
	if open := s.open.Load(); open != 0 {
		t.Errorf("%d files are open in the end", open)
	}
}
