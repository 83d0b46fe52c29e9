package parquet

import (
	"slices"
	"sync"
)

// Spare is what groups were made in, for the next ones: to make it anew would take a
// large group a tenth of its time, to have the memory cleared, and a small one, as
// files have where schemas alternate, a quarter. The zero value is ready.
type Spare struct {
	mu   sync.Mutex
	free []*shredder
	size int // memory of these
}

const (
	// mostKept is how much memory waits for groups. It is not more on a machine of
	// many processors, for nobody counts it.
	mostKept = 12 << 20
	// mostOfOne is how much of that one shredder may have.
	mostOfOne = 8 << 20
)

// get returns a shredder for a group.
func (p *Spare) get() *shredder {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free)
	if n == 0 {
		return new(shredder)
	}
	s := p.free[n-1]
	p.free[n-1], p.free = nil, p.free[:n-1]
	p.size -= s.kept
	return s
}

// put keeps what the next group can use of a shredder.
func (p *Spare) put(s *shredder) {
	s.end()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.size+s.kept <= mostKept {
		p.free = append(p.free, s)
		p.size += s.kept
	}
}

// end forgets the group, and memory beyond what is kept for the next one.
func (s *shredder) end() {
	s.layout, s.page, s.kept = nil, nil, cap(s.scratch)+cap(s.bounds)
	if s.kept > mostOfOne/8 {
		s.scratch, s.bounds, s.kept = nil, nil, 0
	}
	for i, e := range s.encoders {
		e.chunk.reset()
		e.own.end()
		n := e.kept() + s.batches[i].kept()
		if s.kept+n > mostOfOne {
			s.encoders, s.batches = slices.Clone(s.encoders[:i]), slices.Clone(s.batches[:i])
			return
		}
		s.kept += n
	}
}

// kept is how much memory an encoder keeps for the next column.
func (e *encoder) kept() int {
	const itself = 1 << 10 // with its lists of pages
	d := &e.own
	return itself + cap(e.levels[0]) + cap(e.levels[1]) + cap(e.coded[0]) + cap(e.coded[1]) + cap(e.plain) + cap(e.packed) + 4*cap(e.places) + cap(e.seen) + 8*cap(e.hashes) +
		8*cap(d.slots) + cap(d.data) + 4*cap(d.starts) + 8*cap(d.numbers)
}

// kept is how much memory a batch keeps.
func (b *batch) kept() int { return 8*cap(b.values) + cap(b.definitions) + cap(b.repetitions) }
