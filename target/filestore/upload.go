package filestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"sync"

	"target-s3/target/crc32c"
	"target-s3/target/filestore/disk"
	"target-s3/target/store"
)

// upload is one object on its way to its name.
type upload struct {
	store *Store
	next  func() string // see store.Object
	sums  bool          // the checksum is wanted

	mu      sync.Mutex
	key     string            // written by Stage and Publish alone
	durable bool              // see store.Object
	ended   string            // what ended the writing; empty while it is open
	ready   bool              // it can be published
	visible bool              // it was
	resumed bool              // it was staged by another Store, which may have published it
	staged  string            // hidden name of the staged file; empty while there was none
	file    disk.File         // the staged file; nil while there is none, and while it is closed
	writing int               // parts that are being written to it
	written int64             // bytes in all parts so far
	parts   map[int64]partSum // by their offset, where the checksum is wanted
	crc     string            // once it is staged, where it is known
}

func (u *upload) Write(ctx context.Context, p store.Part) error {
	if err := u.write(ctx, p); err != nil {
		return u.store.fail(fmt.Sprintf("part %d of", p.Number), u.key, err)
	}
	return nil
}

func (u *upload) write(ctx context.Context, p store.Part) error {
	u.mu.Lock()
	f, err := u.open(ctx)
	if err == nil {
		u.writing++
	}
	u.mu.Unlock()
	if err != nil {
		return err
	}
	sum, err := copyPart(ctx, f, p, u.sums)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.writing--
	if err != nil {
		return err
	}
	u.add(p, sum)
	if u.writing == 0 && u.store.open.Load() > mostOpen {
		return u.sync()
	}
	return nil
}

// Stage implements store.Upload: the whole file is written and on the disk, under
// a hidden name.
func (u *upload) Stage(ctx context.Context, tail store.Part) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	err := u.stage(ctx, tail)
	// Even a Stage that did not work was the only one.
	if u.ended == "" {
		u.ended = "staged"
	}
	if err != nil {
		return u.store.fail("object", u.key, err)
	}
	u.ready = true
	return nil
}

func (u *upload) stage(ctx context.Context, tail store.Part) error {
	f, err := u.open(ctx)
	if err != nil {
		return err
	}
	if tail.Size > 0 {
		sum, err := copyPart(ctx, f, tail, u.sums)
		if err != nil {
			return err
		}
		u.add(tail, sum)
	}
	if u.sums {
		u.crc = u.combined()
	}
	if err := u.seal(); err != nil {
		return err
	}
	if u.durable { // its entry must also survive
		if err := u.store.sync(path.Dir(u.key)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Receipt implements store.Upload.
func (u *upload) Receipt() store.Receipt {
	u.mu.Lock()
	defer u.mu.Unlock()
	return store.Receipt{Key: u.key, Upload: u.staged, Size: u.written, CRC32C: u.crc}
}

// Sums implements store.Upload. A file has no ETag.
func (u *upload) Sums() store.Sums {
	u.mu.Lock()
	defer u.mu.Unlock()
	return store.Sums{CRC32C: u.crc}
}

func (u *upload) Abort(context.Context) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended, u.ready = "aborted", false
	err := error(nil)
	if u.resumed {
		err = u.checkReceipt()
	}
	if err == nil {
		err = u.discard()
	}
	if err != nil {
		return u.store.fail("removal of what was staged for", u.key, err)
	}
	return nil
}

// open returns the staged file, which it creates at first. The mutex is held.
func (u *upload) open(ctx context.Context) (disk.File, error) {
	if u.ended != "" {
		return nil, errors.New("the upload is already " + u.ended)
	}
	if err := ctx.Err(); err != nil || u.file != nil {
		return u.file, err
	}
	if u.staged != "" {
		return u.use(u.store.root.OpenFile(u.staged, os.O_RDWR, fileMode))
	}
	if err := checkKey(u.key); err != nil {
		return nil, err
	}
	if err := u.findFreeKey(ctx); err != nil {
		return nil, err
	}
	if err := u.store.makeFolders(path.Dir(u.key)); err != nil {
		return nil, err
	}
	name := partName(u.key)
	f, err := u.use(u.store.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, fileMode))
	if err != nil {
		_ = u.store.removeStaged(name) // an answer that was lost may have been a good one
		return nil, err
	}
	u.staged = name
	return f, nil
}

// mostOpen is how many staged files stay open between their parts. There may be
// thousands that wait for a commit, and descriptors for fewer.
const mostOpen = 64

// use takes a file that was opened.
func (u *upload) use(f disk.File, err error) (disk.File, error) {
	if err != nil {
		return nil, err
	}
	u.file = f
	u.store.open.Add(1)
	return f, nil
}

// sync has on the disk what was written, and closes the file.
func (u *upload) sync() error {
	err := u.file.Sync()
	if closeErr := u.close(); err == nil {
		err = closeErr
	}
	return err
}

func (u *upload) close() error {
	err := u.file.Close()
	u.file = nil
	u.store.open.Add(-1)
	return err
}

// findFreeKey looks for a key that no file has yet, where the key must not change
// afterwards.
func (u *upload) findFreeKey(ctx context.Context) error {
	for u.durable {
		err := u.store.head(ctx, u.key)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if !u.moveOn() {
			return u.conflict(fs.ErrExist)
		}
	}
	return nil
}

// seal makes the staged file durable, and sees that it is whole.
func (u *upload) seal() error {
	info, err := u.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() != u.written {
		return fmt.Errorf("parts of %d bytes make a file of %d: they overlap or leave a gap", u.written, info.Size())
	}
	return u.sync()
}

// discard removes the staged file, if there is one.
func (u *upload) discard() error {
	if u.file != nil {
		_ = u.close() // what it holds is not wanted
	}
	if u.staged == "" {
		return nil
	}
	return u.store.removeStaged(u.staged)
}

// copyPart writes a part to its place in the file.
func copyPart(ctx context.Context, f disk.File, p store.Part, summed bool) (sum uint32, err error) {
	to, hash := io.Writer(io.NewOffsetWriter(f, p.Offset)), crc32c.New()
	if summed {
		to = io.MultiWriter(to, hash)
	}
	n, err := io.Copy(contextWriter{ctx, to}, p.Body)
	if err == nil && n != p.Size {
		err = fmt.Errorf("body of %d bytes, not %d: %w", n, p.Size, io.ErrUnexpectedEOF)
	}
	return hash.Sum32(), err
}

// partSum is the checksum of a part.
type partSum struct {
	size int64
	sum  uint32
}

// add notes a part that is written. The mutex is held.
func (u *upload) add(p store.Part, sum uint32) {
	u.written += p.Size
	if u.sums {
		if u.parts == nil {
			u.parts = map[int64]partSum{}
		}
		u.parts[p.Offset] = partSum{p.Size, sum}
	}
}

// combined is the checksum of the whole file, out of those of its parts. That these
// leave no gap is for seal to find.
func (u *upload) combined() string {
	var sum uint32
	for _, at := range slices.Sorted(maps.Keys(u.parts)) {
		p := u.parts[at]
		sum = crc32c.Combine(sum, p.sum, p.size)
	}
	return crc32c.Hex(sum)
}
