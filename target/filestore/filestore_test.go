package filestore_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"target-s3/target/filestore"
	"target-s3/target/store"
	"target-s3/target/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, dir string) *filestore.Store {
	t.Helper()
	s, err := filestore.New(dir, "bucket")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// files lists the files below a folder, with slashes.
func files(t *testing.T, dir string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, filepath.ToSlash(strings.TrimPrefix(p, dir+string(filepath.Separator))))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func isStaged(file string) bool {
	base := file[strings.LastIndex(file, "/")+1:]
	return strings.HasPrefix(base, ".") && strings.HasSuffix(base, ".part")
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Fixture {
		dir := t.TempDir()
		bucket := filepath.Join(dir, "bucket")
		return storetest.Fixture{
			Store: open(t, dir),
			Again: func(t *testing.T) store.Store { return open(t, dir) },
			Read: func(t *testing.T, key string) []byte {
				b, err := os.ReadFile(filepath.Join(bucket, filepath.FromSlash(key)))
				if err != nil {
					t.Fatal(err)
				}
				return b
			},
			Keys:    func(t *testing.T) []string { return slices.DeleteFunc(files(t, bucket), isHidden) },
			Failing: failures(dir),
			Staged: func(t *testing.T) []string {
				return slices.DeleteFunc(files(t, bucket), func(f string) bool { return !isStaged(f) })
			},
		}
	})
}

// isHidden tells what objects are made with from objects: what is staged, and the
// locks of records.
func isHidden(file string) bool { return isStaged(file) || strings.HasSuffix(file, ".json.lock") }

func part(number int, offset int64, s string) store.Part {
	return store.Part{Number: number, Offset: offset, Size: int64(len(s)), Body: strings.NewReader(s)}
}

func commit(t *testing.T, s store.Store, key string) error {
	t.Helper()
	u := s.Create(store.Object{Key: key})
	err := store.Commit(t.Context(), u, part(1, 0, "abc"))
	if err != nil {
		if abortErr := u.Abort(t.Context()); abortErr != nil {
			t.Error("Abort:", abortErr)
		}
	}
	return err
}

func wantError(t *testing.T, err error, is error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	if is != nil && !errors.Is(err, is) {
		t.Errorf("error %v does not match %v", err, is)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q lacks %q", err, w)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error of several lines: %q", err)
	}
}

// Who watches the folder for *.jsonl must not find what is not there yet.
func TestStagedFileIsHidden(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	u := s.Create(store.Object{Key: "a/1_2.jsonl"})
	if err := u.Write(t.Context(), part(1, 0, "abc")); err != nil {
		t.Fatal(err)
	}
	staged := files(t, dir)
	if len(staged) != 1 || !strings.HasPrefix(staged[0], "bucket/a/.1_2.jsonl.") || !strings.HasSuffix(staged[0], ".part") {
		t.Errorf("staged files: %q", staged)
	}
	if err := u.Abort(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestNewCreatesFoldersAndNoFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	s := open(t, dir)
	open(t, dir) // a second time is well
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	want := filepath.ToSlash(filepath.Join(dir, "bucket", "a", "b.jsonl"))
	if got := s.Location("a/b.jsonl"); got != want {
		t.Errorf("Location = %q, want %q", got, want)
	}
}

func TestRelativeDir(t *testing.T) {
	t.Chdir(t.TempDir())
	s := open(t, "out")
	t.Chdir(t.TempDir()) // the store stays where it was
	if err := commit(t, s, "k"); err != nil {
		t.Fatal(err)
	}
	if err := s.Head(t.Context(), "k"); err != nil {
		t.Error(err)
	}
}

func TestBucketIsAFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bucket"))
	_, err := filestore.New(dir, "bucket")
	wantError(t, err, syscall.ENOTDIR, filepath.ToSlash(filepath.Join(dir, "bucket")), "a file is where a folder is needed")

	_, err = filestore.New(filepath.Join(dir, "bucket"), "below")
	wantError(t, err, syscall.ENOTDIR, "a file is where a folder is needed")
}

func TestBucketIsNoName(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a/b", "/a", "../a", `a\b`} {
		if _, err := filestore.New(t.TempDir(), name); err == nil {
			t.Errorf("New with bucket %q: no error", name)
		}
	}
}

func TestPermissionDenied(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("root may do everything, and Windows has no such modes")
	}
	dir := t.TempDir()
	s := open(t, dir)
	bucket := filepath.Join(dir, "bucket")
	if err := os.Chmod(bucket, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(bucket, 0o755) //nolint:errcheck // the clean-up complains
	wantError(t, commit(t, s, "a/k"), fs.ErrPermission, filepath.Join(bucket, "a", "k"), "give this user the right to read and write there")
	_, err := filestore.New(dir, "bucket")
	wantError(t, err, fs.ErrPermission, bucket, "give this user the right to read and write there")
}

func TestKeysThatLeave(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for _, key := range []string{"", ".", "..", "../k", "a/../k", "a/../../k", "/k", "a//k", "a/", "./k"} {
		wantError(t, commit(t, s, key), nil, "not a relative path")
		wantError(t, s.Head(t.Context(), key), nil, "not a relative path")
	}
	if left := files(t, dir); len(left) > 0 {
		t.Errorf("files: %q", left)
	}
}

func TestSymbolicLinkLeadsOut(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	s := open(t, dir)
	secret := write(t, filepath.Join(outside, "secret"))
	symlink(t, outside, filepath.Join(dir, "bucket", "link"))
	symlink(t, secret, filepath.Join(dir, "bucket", "file"))

	wantError(t, commit(t, s, "link/k"), nil, "a symbolic link leads out of the bucket's folder")
	wantError(t, s.Head(t.Context(), "link/secret"), nil, "a symbolic link leads out of the bucket's folder")
	wantError(t, s.Head(t.Context(), "file"), nil, "a symbolic link leads out of the bucket's folder")
	wantError(t, commit(t, s, "file"), fs.ErrExist)

	if diff := cmp.Diff([]string{"secret"}, files(t, outside)); diff != "" {
		t.Error("outside (-want +got):\n", diff)
	}
	if b, err := os.ReadFile(secret); err != nil || string(b) != "untouched" {
		t.Errorf("outside: %q, %v", b, err)
	}
}

func TestSymbolicLinkWithin(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := commit(t, s, "real/1"); err != nil {
		t.Fatal(err)
	}
	symlink(t, "real", filepath.Join(dir, "bucket", "link"))
	if err := commit(t, s, "link/2"); err != nil {
		t.Fatal(err)
	}
	if err := s.Head(t.Context(), "real/2"); err != nil {
		t.Error(err)
	}
}

// S3 can hold both a and a/b, file systems cannot.
func TestFolderAndFileMeet(t *testing.T) {
	s := open(t, t.TempDir())
	if err := commit(t, s, "a/b"); err != nil {
		t.Fatal(err)
	}
	err := commit(t, s, "a")
	wantError(t, err, nil, "a folder of that name exists")
	if errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v matches fs.ErrExist, but there is no such object", err)
	}
	for _, key := range []string{"a/b/c", "a/b/c/d"} {
		err := commit(t, s, key)
		wantError(t, err, syscall.ENOTDIR, "a file is where a folder is needed")
		if errors.Is(err, fs.ErrExist) {
			t.Errorf("error %v matches fs.ErrExist, but there is no such object", err)
		}
	}
}

func TestNameTooLong(t *testing.T) {
	s := open(t, t.TempDir())
	wantError(t, commit(t, s, strings.Repeat("n", 256)), syscall.ENAMETOOLONG, "make the key template shorter")
}

func TestKeyTakenMessage(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := commit(t, s, "a/k"); err != nil {
		t.Fatal(err)
	}
	want := "object " + filepath.ToSlash(filepath.Join(dir, "bucket", "a", "k")) + ": file already exists, and is never overwritten"
	if err := commit(t, s, "a/k"); err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

// What was staged may be removed by somebody: target-s3 sweep takes what is old.
func TestStagedFileIsGone(t *testing.T) {
	dir := t.TempDir()
	u := open(t, dir).Create(store.Object{Key: "a/k"})
	if err := u.Stage(t.Context(), part(1, 0, "abc")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, files(t, dir)[0])); err != nil {
		t.Fatal(err)
	}
	wantError(t, u.Publish(t.Context()), fs.ErrNotExist, "its staged file is gone")
}

func TestPartsThatDoNotFit(t *testing.T) {
	s := open(t, t.TempDir())
	for name, c := range map[string]struct {
		parts []store.Part
		want  string
	}{
		"gap":        {[]store.Part{part(1, 0, "abc"), part(2, 5, "f")}, "parts of 4 bytes make a file of 6"},
		"overlap":    {[]store.Part{part(1, 0, "abc"), part(2, 2, "cd")}, "parts of 5 bytes make a file of 4"},
		"short body": {[]store.Part{{Number: 1, Size: 5, Body: strings.NewReader("abc")}}, "body of 3 bytes, not 5"},
	} {
		t.Run(name, func(t *testing.T) {
			u := s.Create(store.Object{Key: name})
			var err error
			for _, p := range c.parts {
				err = errors.Join(err, u.Write(t.Context(), p))
			}
			if err == nil {
				err = store.Commit(t.Context(), u, store.Part{})
			}
			wantError(t, err, nil, c.want, name)
			if err := u.Abort(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func write(t *testing.T, file string) string {
	t.Helper()
	if err := os.WriteFile(file, []byte("untouched"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func symlink(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Skip("symbolic links:", err)
	}
	if info, err := os.Lstat(name); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Skip("symbolic links are none here (Wine)")
	}
}

// What cannot even be begun was refused: nobody needs to look what came of it.
func TestReplaceRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "bucket", "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := s.Replace(t.Context(), "file/record", []byte("x"), "")
	wantError(t, err, store.ErrRefused, "file", syscall.ENOTDIR.Error())
}
