// Package lazy has values that are made when they are needed, and that can be
// forgotten to save memory.
package lazy

import (
	"sync"
	"sync/atomic"
)

// Value is made when it is first asked for, and again after it was forgotten. Those who
// hold it meanwhile go on using it, so it must not change. It may be used from many
// goroutines, once Make and Made are set.
type Value[T any] struct {
	// Make makes the value. An error is returned to whoever asked, and not remembered.
	Make func() (*T, error)
	// Made is told of each value that was made, once, by the goroutine that made it,
	// when others have it already: it may forget this value or others. nil: nobody is.
	Made func(*T)

	value  atomic.Pointer[T]
	making sync.Mutex
}

// Get returns the value, which is made once for all who ask at the same time.
func (v *Value[T]) Get() (*T, error) {
	if value := v.value.Load(); value != nil {
		return value, nil
	}
	return v.get()
}

func (v *Value[T]) get() (*T, error) {
	value, made, err := v.make()
	if made && v.Made != nil {
		v.Made(value)
	}
	return value, err
}

func (v *Value[T]) make() (value *T, made bool, err error) {
	v.making.Lock()
	defer v.making.Unlock()
	if value := v.value.Load(); value != nil {
		return value, false, nil
	}
	if value, err = v.Make(); err != nil {
		return nil, false, err
	}
	v.value.Store(value)
	return value, true, nil
}

// Peek returns the value if it is there, or nil.
func (v *Value[T]) Peek() *T { return v.value.Load() }

// Set has it be this value, of which Made is not told.
func (v *Value[T]) Set(value *T) { v.value.Store(value) }

// Forget lets go of the value. It waits for nothing.
func (v *Value[T]) Forget() { v.value.Store(nil) }
