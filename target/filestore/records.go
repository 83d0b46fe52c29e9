package filestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"target-s3/target/filestore/disk"
	"target-s3/target/store"
)

// Read implements store.Store. The version of a file is a digest of its contents.
// What was read survives a crash of the machine: whoever replaced it may not have
// come as far as that.
func (s *Store) Read(ctx context.Context, key string, most int64) (body []byte, version string, err error) {
	body, err = s.read(ctx, key, most)
	if err == nil {
		err = s.sync(path.Dir(key))
	}
	if err != nil {
		return nil, "", s.fail("read", key, err)
	}
	return body, versionOf(body), nil
}

func versionOf(body []byte) string {
	digest := sha256.Sum256(body)
	return hex.EncodeToString(digest[:])
}

// openRecord opens a regular file.
func (s *Store) openRecord(ctx context.Context, key string) (disk.File, error) {
	if err := s.head(ctx, key); err != nil {
		return nil, err
	}
	return s.root.Open(key)
}

func (s *Store) read(ctx context.Context, key string, most int64) ([]byte, error) {
	f, err := s.openRecord(ctx, key)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	body, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(body)) > most {
		err = fmt.Errorf("it has more than %d bytes", most)
	}
	return body, err
}

// version is that of the file there is, empty where there is none.
func (s *Store) version(ctx context.Context, key string) (string, error) {
	f, err := s.openRecord(ctx, key)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it was only read
	digest := sha256.New()
	if _, err := io.Copy(digest, contextReader{ctx, f}); err != nil {
		return "", err
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// Replace implements store.Store: the new file gets the old one's name while no
// other program may do the same.
func (s *Store) Replace(ctx context.Context, key string, body []byte, version string) (string, error) {
	if err := s.replace(ctx, key, body, version); err != nil {
		return "", s.fail("replacement of", key, err)
	}
	return versionOf(body), nil
}

func (s *Store) replace(ctx context.Context, key string, body []byte, version string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	dir := path.Dir(key)
	if err := s.makeFolders(dir); err != nil {
		return store.Refused(err)
	}
	unlock, err := s.lock(ctx, key)
	if err != nil {
		return store.Refused(err)
	}
	defer unlock()
	switch old, err := s.version(ctx, key); {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return store.Refused(err)
	case old != version:
		return store.ErrChanged
	}
	staged := partName(key)
	if err := s.writeFile(staged, body); err != nil {
		return store.Refused(and(err, s.removeStaged(staged)))
	}
	if err := s.root.Rename(staged, key); err != nil {
		return s.notRenamed(staged, err)
	}
	return s.sync(dir)
}

// notRenamed tells a file that has not got its name from one that may or may not have
// it, as on a network file system whose answer was lost.
func (s *Store) notRenamed(staged string, err error) error {
	if _, there := s.root.Lstat(staged); there == nil {
		err = store.Refused(err)
	}
	return and(err, s.removeStaged(staged))
}

// lock keeps other programs from replacing the record meanwhile. The system lets
// go of the lock when its holder ends; the hidden file stays.
func (s *Store) lock(ctx context.Context, key string) (unlock func(), err error) {
	hidden := path.Join(path.Dir(key), "."+path.Base(key)+lockSuffix)
	l, err := s.root.Lock(ctx, hidden, fileMode)
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", path.Base(hidden), err)
	}
	return func() { _ = l.Close() }, nil
}

const lockSuffix = ".lock"

func isLock(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, ".") && strings.HasSuffix(base, lockSuffix)
}

func (s *Store) writeFile(name string, body []byte) error {
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	if err == nil {
		err = f.Sync()
	}
	return and(err, f.Close())
}

func (s *Store) removeStaged(name string) error {
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
