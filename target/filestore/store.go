package filestore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"target-s3/target/filestore/disk"
	"target-s3/target/pattern"
	"target-s3/target/store"
)

// Permissions of what is created, before the umask.
const (
	dirMode  = 0o755
	fileMode = 0o644
)

// Store keeps objects as files. All access goes through an os.Root, so that no
// key leaves the bucket's folder, not even by a symbolic link within it.
type Store struct {
	dir  string // the bucket's folder, for messages
	root disk.Disk
	// escapes is what root answers where a symbolic link leads out of it.
	escapes error

	open atomic.Int64 // staged files that are open

	mu sync.Mutex
	// durable holds the folders whose way down from the bucket's folder has been
	// synced in this run, as slash-separated paths.
	durable map[string]bool
}

var _ store.Store = (*Store)(nil)

// New opens the store of a bucket, which is a folder in dir. It creates both
// where they are missing, and proves by a probe that files can be created there
// the way an upload does it: better now than after hours of reading.
func New(dir, bucket string) (*Store, error) { return open(dir, bucket, openDisk) }

func open(dir, bucket string, openDisk func(string) (disk.Disk, error)) (*Store, error) {
	if bucket == "." || !filepath.IsLocal(bucket) || strings.ContainsAny(bucket, `/\`) {
		return nil, fmt.Errorf("bucket %q: not the name of a folder", bucket)
	}
	s := &Store{dir: filepath.Join(dir, bucket), durable: map[string]bool{".": true}}
	if err := makeDir(s.dir); err != nil {
		return nil, s.fail("bucket folder", "", err)
	}
	root, err := openDisk(s.dir)
	if err != nil {
		return nil, s.fail("bucket folder", "", err)
	}
	s.root = root
	_, err = root.Lstat("..")
	s.escapes = cause(err)
	if err := s.probe(); err != nil {
		return nil, and(s.fail("test file in bucket folder", "", err), s.Close())
	}
	return s, nil
}

// Close gives back the folder. Uploads must have ended.
func (s *Store) Close() error { return s.root.Close() }

// Create implements store.Store.
func (s *Store) Create(o store.Object) store.Upload {
	return &upload{store: s, key: o.Key, next: o.Next, durable: o.Durable, sums: o.Durable || o.Checksum}
}

// Head implements store.Store.
func (s *Store) Head(ctx context.Context, key string) error {
	if err := s.head(ctx, key); err != nil {
		return s.fail("head", key, err)
	}
	return nil
}

func (s *Store) head(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkKey(key); err != nil {
		return err
	}
	info, err := s.root.Stat(key)
	switch {
	case errors.Is(err, syscall.ENOTDIR): // a folder of the key is a file
		return fs.ErrNotExist
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fs.ErrNotExist
	}
	return nil
}

// Location implements store.Store. It has slashes on every system, as keys do.
func (s *Store) Location(key string) string {
	return filepath.ToSlash(filepath.Join(s.dir, filepath.FromSlash(key)))
}

// partName is the hidden name beside a key under which it is staged.
func partName(key string) string {
	// File systems take names of 255 bytes. The token and the dots are some 33 of
	// them.
	const longest = 200
	base := path.Base(key)
	base = base[:min(len(base), longest)]
	return path.Join(path.Dir(key), "."+base+"."+rand.Text()+".part")
}

// partToken is what partName puts between a name and the end: 26 characters of
// rand.Text.
var partToken = pattern.New(`^\.(.+)\.[A-Z2-7]{26}\.part$`)

// keyOfPart is the key that a hidden file is staged for, or its beginning if it is
// long.
func keyOfPart(name string) (key string, isPart bool) {
	m := partToken.Regexp().FindStringSubmatch(path.Base(name))
	if m == nil {
		return "", false
	}
	return path.Join(path.Dir(name), m[1]), true
}

// makeFolders creates the folders of a key. A file in their way must not look
// like an object that has the key.
func (s *Store) makeFolders(dir string) error {
	err := s.root.MkdirAll(dir, dirMode)
	if errors.Is(err, fs.ErrExist) {
		return syscall.ENOTDIR
	}
	return err
}

// ProbeKey is what the files are staged for that New tries the folder with. No object has
// that key. A process that is killed may leave one.
const ProbeKey = "probe"

// probe creates a file and links it, as an upload does, and leaves nothing.
func (s *Store) probe() error {
	staged, linked := partName(ProbeKey), partName(ProbeKey)
	f, err := s.root.OpenFile(staged, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = s.link(staged, linked)
	}
	for _, name := range []string{linked, staged} {
		removed := s.removeStaged(name)
		if err == nil {
			err = removed
		}
	}
	return err
}

// link is the hard link that makes an object visible.
func (s *Store) link(staged, name string) error {
	err := s.root.Link(staged, name)
	for _, no := range []error{syscall.EPERM, syscall.ENOTSUP, syscall.ENOSYS} {
		// Not a matter of permissions, whatever EPERM says: those were enough to
		// create the file that is to be linked.
		if errors.Is(err, no) {
			return fmt.Errorf("%w (the file system has no hard links, which are needed to create files "+
				"without ever overwriting one; use a folder on another file system)", no)
		}
	}
	return err
}

// sync makes the entries of a folder durable, and the way down to it.
func (s *Store) sync(dir string) error {
	if err := s.syncOne(dir); err != nil {
		return err
	}
	var way []string
	for d := dir; !s.isDurable(d); d = path.Dir(d) {
		if err := s.syncOne(path.Dir(d)); err != nil {
			return err
		}
		way = append(way, d)
	}
	// Not before the whole way is: another upload may rely on it at once.
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range way {
		s.durable[d] = true
	}
	return nil
}

func (s *Store) isDurable(dir string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.durable[dir]
}

func (s *Store) syncOne(dir string) error {
	f, err := s.root.Open(dir)
	if err != nil {
		return err
	}
	return syncAndClose(f)
}

// makeDir is os.MkdirAll, but durable.
func makeDir(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return syscall.ENOTDIR
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeDir(parent); err != nil {
		return err
	}
	// Another process may have been faster.
	if err := os.Mkdir(dir, dirMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := os.Open(parent)
	if err != nil {
		return err
	}
	return syncAndClose(f)
}

// syncAndClose syncs a folder. Windows cannot, and file systems that cannot say
// that the call is invalid or not supported; no more can be done there.
func syncAndClose(dir disk.File) error {
	err := dir.Sync()
	if runtime.GOOS == "windows" || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return and(err, dir.Close())
}
