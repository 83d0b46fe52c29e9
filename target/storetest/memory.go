package storetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"sync"
	"time"

	"target-s3/target/crc32c"
	"target-s3/target/store"
)

// Memory is a store.Store in memory. It is as strict as Amazon S3 about what
// the engine gives it: parts smaller than the minimum, gaps, overlaps and
// repeated numbers are errors.
//
// All methods may be called from several goroutines at once.
type Memory struct {
	minPart  int64
	retracts bool

	mu      sync.Mutex
	objects map[string]stored
	staged  map[*memoryUpload]bool // uploads that hold parts
}

type stored struct {
	content     []byte
	contentType string
	upload      string // that made it
}

// NewMemory returns an empty store that holds parts to store.MinPartSize.
func NewMemory() *Memory { return NewMemoryMinPart(store.MinPartSize) }

// NewMemoryMinPart returns an empty store with a minimum part size of its own,
// so that tests of many parts can do with few bytes.
func NewMemoryMinPart(size int64) *Memory {
	return &Memory{
		minPart:  size,
		retracts: true,
		objects:  map[string]stored{},
		staged:   map[*memoryUpload]bool{},
	}
}

// KeepPublished has Retract not supported, as on S3. It must not be called once
// the store is in use.
func (m *Memory) KeepPublished() *Memory {
	m.retracts = false
	return m
}

// Object returns a copy of a visible object, or an error matching fs.ErrNotExist.
func (m *Memory) Object(key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[key]
	if !ok {
		return nil, m.fail("read", key, fs.ErrNotExist)
	}
	return bytes.Clone(o.content), nil
}

// ContentType returns the media type that a visible object was created with.
func (m *Memory) ContentType(key string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.objects[key].contentType
}

// Keys returns the keys of all visible objects, sorted.
func (m *Memory) Keys() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.objects))
}

// Staged returns, sorted, the key of every upload that still holds parts: one
// that was written to or staged, and neither published nor aborted.
func (m *Memory) Staged() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var keys []string
	for u := range m.staged {
		keys = append(keys, u.object.Key)
	}
	slices.Sort(keys)
	return keys
}

// Create implements store.Store.
func (m *Memory) Create(o store.Object) store.Upload {
	return &memoryUpload{store: m, object: o, parts: map[int]piece{}, id: rand.Text(), since: time.Now()}
}

// Head implements store.Store.
func (m *Memory) Head(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return m.fail("head", key, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.objects[key]; !ok {
		return m.fail("head", key, fs.ErrNotExist)
	}
	return nil
}

// Location implements store.Store.
func (m *Memory) Location(key string) string { return "memory:" + key }

func (m *Memory) fail(step, key string, err error) error {
	return fmt.Errorf("%s %s: %w", step, m.Location(key), err)
}

// memoryUpload is one upload to a Memory, whose mutex guards its fields.
type memoryUpload struct {
	store  *Memory
	object store.Object

	ended   string // what ended the writing; empty while it is open
	parts   map[int]piece
	id      string // of its receipt
	since   time.Time
	whole   []byte // that is staged
	ready   bool   // it can be published
	visible bool   // it was
	resumed bool   // what it publishes another staged
}

type piece struct {
	offset  int64
	content []byte
}

func (u *memoryUpload) Write(ctx context.Context, p store.Part) error {
	content, err := readPart(ctx, p)
	if err != nil {
		return u.fail("write", err)
	}
	u.store.mu.Lock()
	defer u.store.mu.Unlock()
	if err := u.add(p, content); err != nil {
		return u.fail("write", err)
	}
	u.store.staged[u] = true
	return nil
}

// Stage implements store.Upload.
func (u *memoryUpload) Stage(ctx context.Context, tail store.Part) error {
	content, err := readTail(ctx, tail)

	u.store.mu.Lock()
	defer u.store.mu.Unlock()
	if err == nil {
		err = u.stage(tail, content)
	}
	// Even a Stage that did not work was the only one.
	if u.ended == "" {
		u.ended = "staged"
	}
	if err != nil {
		return u.fail("stage", err)
	}
	u.store.staged[u] = true
	return nil
}

// Receipt implements store.Upload.
func (u *memoryUpload) Receipt() store.Receipt {
	u.store.mu.Lock()
	defer u.store.mu.Unlock()
	return store.Receipt{Key: u.object.Key, Upload: u.id, Size: int64(len(u.whole))}
}

// Sums implements store.Upload.
func (u *memoryUpload) Sums() store.Sums {
	u.store.mu.Lock()
	defer u.store.mu.Unlock()
	return store.Sums{CRC32C: crc32c.Hex(crc32c.Of(u.store.objects[u.object.Key].content))}
}

// Publish implements store.Upload.
func (u *memoryUpload) Publish(ctx context.Context) error {
	u.store.mu.Lock()
	defer u.store.mu.Unlock()
	err := ctx.Err()
	if err == nil {
		err = u.publish()
	}
	if err != nil {
		return u.fail("publish", err)
	}
	return nil
}

// Retract implements store.Upload.
func (u *memoryUpload) Retract(context.Context) error {
	u.store.mu.Lock()
	defer u.store.mu.Unlock()
	if !u.store.retracts {
		return u.fail("retract", errors.ErrUnsupported)
	}
	if u.visible {
		delete(u.store.objects, u.object.Key)
		u.visible, u.ready = false, false
	}
	return nil
}

func (u *memoryUpload) Abort(context.Context) error {
	u.store.mu.Lock()
	defer u.store.mu.Unlock()
	u.ended, u.ready = "aborted", false
	if other := u.stager(); u.resumed && other != nil {
		other.ended, other.ready = "aborted", false
		other.discard()
	}
	u.discard()
	return nil
}

func (u *memoryUpload) fail(step string, err error) error {
	return u.store.fail(step, u.object.Key, err)
}

func (u *memoryUpload) discard() {
	u.parts, u.whole = nil, nil
	delete(u.store.staged, u)
}

// stage is Stage with the tail read and the mutex held.
func (u *memoryUpload) stage(tail store.Part, content []byte) error {
	if tail.Size > 0 {
		if err := u.add(tail, content); err != nil {
			return err
		}
	}
	if u.ended != "" {
		return u.endedError()
	}
	whole, err := u.join()
	if err != nil {
		return err
	}
	if u.object.Durable {
		if err := u.findFreeKey(); err != nil {
			return err
		}
	}
	u.whole, u.ready = whole, true
	return nil
}

func (u *memoryUpload) findFreeKey() error {
	for u.isTaken() {
		if !u.moveOn() {
			return fs.ErrExist
		}
	}
	return nil
}

// publish is Publish with the mutex held.
func (u *memoryUpload) publish() error {
	if u.resumed {
		if done, err := u.find(); done || err != nil {
			return err
		}
	}
	switch {
	case u.visible:
		return nil
	case !u.ready:
		return errors.New("the upload is not staged")
	case !u.object.Durable:
		if err := u.findFreeKey(); err != nil {
			return err
		}
	case u.isTaken():
		return fs.ErrExist
	}
	u.store.objects[u.object.Key] = stored{content: u.whole, contentType: u.object.ContentType, upload: u.id}
	u.visible = true
	u.discard()
	return nil
}

func (u *memoryUpload) isTaken() bool {
	_, taken := u.store.objects[u.object.Key]
	return taken
}

// moveOn takes the next key, if there is one.
func (u *memoryUpload) moveOn() bool {
	if u.object.Next == nil {
		return false
	}
	key := u.object.Next()
	if key == "" {
		return false
	}
	u.object.Key = key
	return true
}

func (u *memoryUpload) add(p store.Part, content []byte) error {
	if u.ended != "" {
		return u.endedError()
	}
	if p.Number < 1 || p.Number > store.MaxParts {
		return fmt.Errorf("part %d: not within 1 to %d", p.Number, store.MaxParts)
	}
	if _, twice := u.parts[p.Number]; twice {
		return fmt.Errorf("part %d: written twice", p.Number)
	}
	u.parts[p.Number] = piece{offset: p.Offset, content: content}
	return nil
}

// join puts the parts together and holds them to the contract of store.Part.
func (u *memoryUpload) join() ([]byte, error) {
	var whole []byte
	for number := 1; number <= len(u.parts); number++ {
		p, ok := u.parts[number]
		switch {
		case !ok:
			return nil, fmt.Errorf("part %d: missing", number)
		case p.offset != int64(len(whole)):
			return nil, fmt.Errorf("part %d: offset is %d, must be %d", number, p.offset, len(whole))
		case number < len(u.parts) && int64(len(p.content)) < u.store.minPart:
			return nil, fmt.Errorf("part %d: %d bytes, less than the minimum of %d", number, len(p.content), u.store.minPart)
		}
		whole = append(whole, p.content...)
	}
	return whole, nil
}

func (u *memoryUpload) endedError() error {
	return errors.New("the upload is already " + u.ended)
}

func readTail(ctx context.Context, tail store.Part) ([]byte, error) {
	if tail.Size == 0 {
		return nil, ctx.Err()
	}
	return readPart(ctx, tail)
}

func readPart(ctx context.Context, p store.Part) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	content := make([]byte, p.Size)
	if n, err := io.ReadFull(p.Body, content); err != nil {
		return nil, fmt.Errorf("part %d: body after %d of %d bytes: %w", p.Number, n, p.Size, err)
	}
	return content, ctx.Err()
}
