package schema

import "sync"

// Compiler compiles the schemas of many streams. Most of their columns say what others
// say, so what that comes to is made once. It may be used from many goroutines, and its
// zero value is ready.
type Compiler struct {
	mu     sync.Mutex // of what the leaves come to while it is made
	leaves *leaves
}

// compile calls f with the leaves, which nobody else has meanwhile.
func (c *Compiler) compile(f func(*leaves) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leaves == nil {
		c.leaves = newLeaves()
	}
	err := f(c.leaves)
	if len(c.leaves.byText) > maxLeaves || c.leaves.bytes > maxLeafBytes {
		c.leaves = nil
	}
	return err
}

// Compile prepares a schema from its JSON text, which must not change any more, for
// records that must have the given key properties.
func (c *Compiler) Compile(text []byte, keys []string) (*Schema, error) {
	s := newSchema(c, text, keys)
	p := &proof{}
	err := c.compile(func(l *leaves) error {
		d, err := read(text, l)
		if err == nil {
			p.plan, s.slow = plan(d.doc, d.names, d.rules, keys, len(text), l)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	s.proof.Set(p)
	if p.plan == nil || len(s.slow) > 0 { // else no record may ever be put to the library
		if _, err := s.library.Get(); err != nil {
			return nil, err
		}
	}
	return s, nil
}
