package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// Publish implements store.Upload: the staged file gets its final name.
func (u *upload) Publish(ctx context.Context) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	err := u.publishOnce(ctx)
	if err != nil {
		return u.store.fail("object", u.key, err)
	}
	return nil
}

func (u *upload) publishOnce(ctx context.Context) error {
	if err := ctx.Err(); err != nil || u.visible {
		return err
	}
	if !u.ready {
		return errors.New("the upload is not staged")
	}
	if u.resumed {
		if err := u.find(ctx); err != nil || u.visible {
			return err
		}
	}
	err := u.publish()
	if err != nil && u.durable { // another process may be at it just as well
		if u.find(ctx) == nil && u.visible {
			return nil
		}
	}
	return err
}

// Retract implements store.Upload.
func (u *upload) Retract(context.Context) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.visible {
		return nil
	}
	err := u.takeBack()
	if err == nil {
		err = u.store.syncOne(path.Dir(u.key))
	}
	if err != nil {
		return u.store.fail("taking back", u.key, err)
	}
	return nil
}

// publish gives the staged file its final name, which is that of the first key
// that is free.
func (u *upload) publish() error {
	s := u.store
	err := u.link()
	for errors.Is(err, fs.ErrExist) && !u.durable && u.moveOn() {
		if err = s.makeFolders(path.Dir(u.key)); err == nil {
			err = u.link()
		}
	}
	if err != nil {
		return err
	}
	if u.durable { // it is promised already: what was staged goes last, and the object stays
		if err := s.sync(path.Dir(u.key)); err != nil {
			return err
		}
		err = u.discard()
		u.visible = err == nil
		return err
	}
	u.visible = true
	err = u.discard()
	if err == nil {
		err = s.sync(path.Dir(u.key))
	}
	if err != nil {
		// No state will cover what a crash may undo, so it must not stay.
		return and(err, u.takeBack())
	}
	return nil
}

// takeBack removes the object. Where that fails it can be tried again.
func (u *upload) takeBack() error {
	if err := u.store.removeStaged(u.key); err != nil {
		return err
	}
	u.visible, u.ready = false, false
	return nil
}

func (u *upload) link() error {
	err := u.store.link(u.staged, u.key)
	if err == nil {
		return nil
	}
	ours, unknown := u.linkedAnyway()
	switch {
	case ours:
		return nil
	case unknown != nil && errors.Is(err, fs.ErrExist): // it is not known whose that is
		return unknown
	}
	return u.conflict(err)
}

// moveOn takes the next key, if there is one.
func (u *upload) moveOn() bool {
	if u.next == nil {
		return false
	}
	key := u.next()
	if key == "" || checkKey(key) != nil {
		return false
	}
	u.key = key
	return true
}

// linkedAnyway reports whether the name exists because it is ours, whatever the
// system says: on a network file system a link whose answer was lost is tried again,
// and then finds itself.
func (u *upload) linkedAnyway() (bool, error) {
	staged, err := u.store.root.Lstat(u.staged)
	if err != nil {
		return false, err
	}
	object, err := u.store.root.Lstat(u.key)
	return err == nil && os.SameFile(staged, object), err
}

// conflict tells an object that has the name from a folder, which on S3 would be
// no obstacle.
func (u *upload) conflict(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("its staged file is gone; another process has removed it, such as target-s3 sweep with an --older-than that is shorter than the time between two checkpoints: %w", err)
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	if info, statErr := u.store.root.Lstat(u.key); statErr == nil && info.IsDir() {
		return errors.New("a folder of that name exists: use another key")
	}
	return fmt.Errorf("%w, and is never overwritten", fs.ErrExist)
}
