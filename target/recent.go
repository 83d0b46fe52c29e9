package target

import "container/list"

// recent keeps what was used last, of up to so many bytes, and drops the rest.
type recent[K comparable, V any] struct {
	most  int
	drop  func(V)
	bytes int
	order list.List // of *kept[K, V], the newest first
	byKey map[K]*list.Element
}

type kept[K comparable, V any] struct {
	key   K
	value V
	bytes int
}

func newRecent[K comparable, V any](most int, drop func(V)) *recent[K, V] {
	return &recent[K, V]{most: most, drop: drop, byKey: map[K]*list.Element{}}
}

// put keeps a value of so many bytes.
func (r *recent[K, V]) put(key K, value V, bytes int) {
	r.take(key)
	r.byKey[key] = r.order.PushFront(&kept[K, V]{key, value, bytes})
	r.bytes += bytes
	for r.bytes > r.most {
		r.drop(r.take(r.order.Back().Value.(*kept[K, V]).key))
	}
}

// get returns what is kept for the key, or zero.
func (r *recent[K, V]) get(key K) (value V) {
	e := r.byKey[key]
	if e == nil {
		return value
	}
	r.order.MoveToFront(e)
	return e.Value.(*kept[K, V]).value
}

// take returns what is kept for the key, and keeps it no longer, or zero.
func (r *recent[K, V]) take(key K) (value V) {
	e := r.byKey[key]
	if e == nil {
		return value
	}
	k := r.order.Remove(e).(*kept[K, V])
	r.bytes -= k.bytes
	delete(r.byKey, key)
	return k.value
}
