package target

import (
	"maps"
	"strings"
	"sync"
	"time"

	"target-s3/target/config"
	"target-s3/target/objectkey"
)

// keys gives each file of a run a key of its own. It may be used from any goroutine.
type keys struct {
	now func() time.Time

	mu   sync.Mutex
	last map[string]int64 // milliseconds in the last key of each kind: of each key without its moment
	most int              // of last, before what is over is forgotten
}

func newKeys(now func() time.Time) *keys {
	return &keys{now: now, last: map[string]int64{}, most: fewKinds}
}

const (
	fewKinds = 1000
	// settled is after how many milliseconds a key is in nobody's way, even if the clock
	// was set back by a little.
	settled = 60_000
)

// moment is the first millisecond, from the given one on, that no key of that kind
// has had.
func (k *keys) moment(kind string, from int64) int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	from = max(from, k.last[kind]+1)
	k.last[kind] = from
	if len(k.last) > k.most {
		k.forget(k.now().UnixMilli() - settled)
	}
	return from
}

// forget drops the kinds whose keys were all of before: there is one for each value of
// a [field:…], and a run may last for weeks.
func (k *keys) forget(before int64) {
	maps.DeleteFunc(k.last, func(_ string, last int64) bool { return last < before })
	k.most = max(fewKinds, 2*len(k.last))
}

// maxKeys bounds how many keys are tried for one object. More loads than that do
// not begin in one millisecond: something else is wrong.
const maxKeys = 1000

// objectKey is the key of one object. Where another load has taken it, it moves
// on to the next millisecond that is free; the rows keep the moment at which the
// file was opened.
type objectKey struct {
	keys     *keys
	template config.Keys
	kind     string
	values   objectkey.Values
	text     string
	tried    int
}

// next is a key that no other file of this run has, of now or a little later.
func (k *keys) next(template config.Keys, values objectkey.Values) (*objectKey, error) {
	values.Loaded = sameTime
	kind, err := template.Render(values) // two tables may share one: [table_name][table_version]
	if err != nil {
		return nil, err
	}
	// Nor do two names that differ in upper and lower case alone get one key each, which are
	// the same file in a folder on macOS and Windows.
	o := &objectKey{keys: k, template: template, kind: strings.ToLower(kind), values: values}
	return o, o.move(k.now().UnixMilli())
}

// sameTime stands for the moment where keys are compared without it.
var sameTime = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

func (o *objectKey) move(from int64) error {
	o.values.Loaded = time.UnixMilli(o.keys.moment(o.kind, from))
	text, err := o.template.Render(o.values)
	o.text = text
	o.tried++
	return err
}

// next is the Next of an Object.
func (o *objectKey) next() string {
	if o.tried >= maxKeys || o.move(o.values.Loaded.UnixMilli()+1) != nil {
		return ""
	}
	return o.text
}
