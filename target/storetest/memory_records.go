package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"target-s3/target/store"
)

// Resume implements store.Store.
func (m *Memory) Resume(r store.Receipt) store.Upload {
	return &memoryUpload{
		store: m, object: store.Object{Key: r.Key, Durable: true}, ended: "staged", id: r.Upload, resumed: true,
	}
}

// find looks for what was staged under the receipt's identifier: it is visible
// already, or is taken over from the upload that has it, or is gone.
func (u *memoryUpload) find() (done bool, err error) {
	object, visible := u.store.objects[u.object.Key]
	if u.visible = visible && object.upload == u.id; u.visible {
		return true, nil
	}
	other := u.stager()
	if other == nil || !other.ready {
		return false, store.ErrGone
	}
	u.object.ContentType, u.whole, u.ready = other.object.ContentType, other.whole, true
	other.visible = !u.isTaken()
	if other.visible {
		other.discard()
	}
	return false, nil
}

// stager is the upload that has what was staged under the identifier, or nil.
func (u *memoryUpload) stager() *memoryUpload {
	for other := range u.store.staged {
		if other.id == u.id {
			return other
		}
	}
	return nil
}

// List implements store.Store.
func (m *Memory) List(ctx context.Context, prefix string, most int) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, m.fail("list", prefix, err)
	}
	keys := slices.DeleteFunc(m.Keys(), func(key string) bool { return !strings.HasPrefix(key, prefix) })
	return keys[:min(most, len(keys))], nil
}

// Uploads implements store.Store.
func (m *Memory) Uploads(ctx context.Context, prefix string) iter.Seq2[store.Staged, error] {
	return func(yield func(store.Staged, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(store.Staged{}, m.fail("list uploads of", prefix, err))
			return
		}
		for _, s := range m.uploads() {
			if strings.HasPrefix(s.Key, prefix) && !yield(s, nil) {
				return
			}
		}
	}
}

func (m *Memory) uploads() (all []store.Staged) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for u := range m.staged {
		all = append(all, store.Staged{Key: u.object.Key, Upload: u.id, Since: u.since})
	}
	return all
}

// Read implements store.Store.
func (m *Memory) Read(ctx context.Context, key string, most int64) (body []byte, version string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[key]
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case !ok:
		err = fs.ErrNotExist
	case int64(len(o.content)) > most:
		err = fmt.Errorf("it has %d bytes, at most %d are read", len(o.content), most)
	}
	if err != nil {
		return nil, "", m.fail("read", key, err)
	}
	return bytes.Clone(o.content), versionOf(o.content), nil
}

// versionOf is the same for the same contents, as an ETag is.
func versionOf(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

// Replace implements store.Store.
func (m *Memory) Replace(ctx context.Context, key string, body []byte, version string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.objects[key]
	is := ""
	if ok {
		is = versionOf(o.content)
	}
	err := ctx.Err()
	if err == nil && is != version {
		err = store.ErrChanged
	}
	if err != nil {
		return "", m.fail("replace", key, err)
	}
	m.objects[key] = stored{content: bytes.Clone(body)}
	return versionOf(body), nil
}
