package storetest

import (
	"context"
	"iter"

	"target-s3/target/store"
)

// Op names an operation of a store.
type Op string

// The operations that a Faulty asks its hooks about. Create is not among them:
// it cannot fail.
const (
	OpHead    Op = "head"
	OpWrite   Op = "write"
	OpStage   Op = "stage"
	OpPublish Op = "publish"
	OpRetract Op = "retract"
	OpAbort   Op = "abort"
	OpRead    Op = "read"
	OpReplace Op = "replace"
	OpList    Op = "list"
	OpUploads Op = "uploads"
)

// Call is one call of an operation.
type Call struct {
	Op   Op
	Key  string
	Part int // the part's number, for OpWrite and for OpStage with a tail
}

// Hook decides about one call. It may sleep, wait for ctx or a channel of the
// test, and return the error that the call is to fail with. It is called from
// whatever goroutine uses the store, so possibly from several at once.
type Hook func(ctx context.Context, call Call) error

// Faulty is a store.Store that fails, waits and loses answers on demand. With
// both hooks nil it does what the Store within does.
type Faulty struct {
	store.Store

	// Before is asked before each call; where it returns an error the Store
	// within is not called. It must not be changed once the store is in use.
	Before Hook
	// After is asked after each call that succeeded; its error is returned in
	// spite of that, as when an answer is lost on the way.
	After Hook
}

// Create implements store.Store.
func (f *Faulty) Create(o store.Object) store.Upload {
	return &faultyUpload{store: f, key: o.Key, upload: f.Store.Create(o)}
}

// Resume implements store.Store.
func (f *Faulty) Resume(r store.Receipt) store.Upload {
	return &faultyUpload{store: f, key: r.Key, upload: f.Store.Resume(r)}
}

// Read implements store.Store.
func (f *Faulty) Read(ctx context.Context, key string, most int64) (body []byte, version string, err error) {
	err = f.do(ctx, Call{Op: OpRead, Key: key}, func() error {
		body, version, err = f.Store.Read(ctx, key, most)
		return err
	})
	return body, version, err
}

// Replace implements store.Store.
func (f *Faulty) Replace(ctx context.Context, key string, body []byte, version string) (is string, err error) {
	err = f.do(ctx, Call{Op: OpReplace, Key: key}, func() error {
		is, err = f.Store.Replace(ctx, key, body, version)
		return err
	})
	return is, err
}

// List implements store.Store.
func (f *Faulty) List(ctx context.Context, prefix string, most int) (keys []string, err error) {
	err = f.do(ctx, Call{Op: OpList, Key: prefix}, func() error {
		keys, err = f.Store.List(ctx, prefix, most)
		return err
	})
	return keys, err
}

// Uploads implements store.Store. Its hooks are asked before the first one.
func (f *Faulty) Uploads(ctx context.Context, prefix string) iter.Seq2[store.Staged, error] {
	return func(yield func(store.Staged, error) bool) {
		err := f.do(ctx, Call{Op: OpUploads, Key: prefix}, func() error { return nil })
		if err != nil {
			yield(store.Staged{}, err)
			return
		}
		f.Store.Uploads(ctx, prefix)(yield)
	}
}

// Head implements store.Store.
func (f *Faulty) Head(ctx context.Context, key string) error {
	return f.do(ctx, Call{Op: OpHead, Key: key}, func() error { return f.Store.Head(ctx, key) })
}

func (f *Faulty) do(ctx context.Context, call Call, operation func() error) error {
	if err := f.Before.ask(ctx, call); err != nil {
		return err
	}
	if err := operation(); err != nil {
		return err
	}
	return f.After.ask(ctx, call)
}

func (h Hook) ask(ctx context.Context, call Call) error {
	if h == nil {
		return nil
	}
	return h(ctx, call)
}

type faultyUpload struct {
	store  *Faulty
	key    string
	upload store.Upload
}

func (u *faultyUpload) Write(ctx context.Context, p store.Part) error {
	call := Call{Op: OpWrite, Key: u.key, Part: p.Number}
	return u.store.do(ctx, call, func() error { return u.upload.Write(ctx, p) })
}

func (u *faultyUpload) Stage(ctx context.Context, tail store.Part) error {
	call := Call{Op: OpStage, Key: u.key}
	if tail.Size > 0 {
		call.Part = tail.Number
	}
	return u.store.do(ctx, call, func() error { return u.upload.Stage(ctx, tail) })
}

func (u *faultyUpload) Receipt() store.Receipt { return u.upload.Receipt() }

func (u *faultyUpload) Sums() store.Sums { return u.upload.Sums() }

func (u *faultyUpload) Publish(ctx context.Context) error {
	call := Call{Op: OpPublish, Key: u.key}
	return u.store.do(ctx, call, func() error { return u.upload.Publish(ctx) })
}

func (u *faultyUpload) Retract(ctx context.Context) error {
	call := Call{Op: OpRetract, Key: u.key}
	return u.store.do(ctx, call, func() error { return u.upload.Retract(ctx) })
}

func (u *faultyUpload) Abort(ctx context.Context) error {
	call := Call{Op: OpAbort, Key: u.key}
	return u.store.do(ctx, call, func() error { return u.upload.Abort(ctx) })
}
