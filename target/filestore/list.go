package filestore

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"path"
	"strings"

	"target-s3/target/store"
)

// List implements store.Store.
func (s *Store) List(ctx context.Context, prefix string, most int) (keys []string, err error) {
	err = s.walk(ctx, prefix, func(name string, _ fs.DirEntry) error {
		if len(keys) == most {
			return fs.SkipAll
		}
		if _, isPart := keyOfPart(name); !isPart && !isLock(name) && strings.HasPrefix(name, prefix) {
			keys = append(keys, name)
		}
		return nil
	})
	if err != nil {
		return nil, s.fail("list", prefix, err)
	}
	return keys, nil
}

// Uploads implements store.Store.
func (s *Store) Uploads(ctx context.Context, prefix string) iter.Seq2[store.Staged, error] {
	return func(yield func(store.Staged, error) bool) {
		err := s.walk(ctx, prefix, func(name string, entry fs.DirEntry) error {
			key, isPart := keyOfPart(name)
			if !isPart || !strings.HasPrefix(key, prefix) {
				return nil
			}
			info, err := entry.Info()
			switch {
			case errors.Is(err, fs.ErrNotExist): // it was published, or aborted
				return nil
			case err != nil:
				return err
			case !yield(store.Staged{Key: key, Upload: name, Since: info.ModTime()}, nil):
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(store.Staged{}, s.fail("list", prefix, err))
		}
	}
}

// walk visits the files in and below the folder that a prefix is in.
func (s *Store) walk(ctx context.Context, prefix string, visit func(name string, entry fs.DirEntry) error) error {
	dir := path.Dir(prefix + ".") // a slash at the end makes the whole prefix a folder
	if dir != "." {
		if err := checkKey(dir); err != nil {
			return err
		}
	}
	return fs.WalkDir(s.root.FS(), dir, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, fs.ErrNotExist): // there is no such folder, or no longer
			return nil
		case err != nil:
			return err
		case !entry.Type().IsRegular():
			return nil
		}
		return visit(name, entry)
	})
}
