package target

import (
	"sync"
	"time"

	"target-s3/target/objectkey"
)

// moments keeps the keys of a run apart. It has the milliseconds in the last key
// of each kind: of each key without its moment.
type moments struct {
	mu   sync.Mutex
	last map[string]int64
}

// next is the first millisecond, from the given one on, that no key of that kind
// has had.
func (m *moments) next(kind string, from int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	from = max(from, m.last[kind]+1)
	m.last[kind] = from
	return from
}

// maxKeys bounds how many keys are tried for one object. More loads than that do
// not begin in one millisecond: something else is wrong.
const maxKeys = 1000

// objectKey is the key of one object. Where another load has taken it, it moves
// on to the next millisecond that is free; the rows keep the moment at which the
// file was opened.
type objectKey struct {
	load *load
	kind string

	mu     sync.Mutex
	values objectkey.Values
	text   string
	tried  int
}

// newKey gives a file a key that no other of this run has, of now or a little
// later.
func (l *load) newKey(values objectkey.Values) (*objectKey, error) {
	values.Loaded = sameTime
	kind, err := l.keys.Render(values) // two tables may share one: [table_name][table_version]
	if err != nil {
		return nil, err
	}
	k := &objectKey{load: l, kind: kind, values: values}
	return k, k.move(l.now().UnixMilli())
}

// sameTime stands for the moment where keys are compared without it.
var sameTime = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

func (k *objectKey) move(from int64) error {
	k.values.Loaded = time.UnixMilli(k.load.moments.next(k.kind, from))
	text, err := k.load.keys.Render(k.values)
	k.text = text
	k.tried++
	return err
}

// next is the Next of an Object.
func (k *objectKey) next() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.tried >= maxKeys || k.move(k.values.Loaded.UnixMilli()+1) != nil {
		return ""
	}
	return k.text
}

// String is the key as it is now.
func (k *objectKey) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text
}
