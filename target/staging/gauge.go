package staging

import (
	"context"
	"sync"
)

// Gauge counts bytes in use. The zero value is an empty one.
type Gauge struct {
	mu      sync.Mutex
	n       int64
	changed chan struct{} // closed at the next decrease, nil while nobody waits
}

// Add counts so many more, or less.
func (g *Gauge) Add(n int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n += n
	if n < 0 && g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
}

func (g *Gauge) now() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n
}

// Await returns when at most limit bytes are in use, or ctx ends.
func (g *Gauge) Await(ctx context.Context, limit int64) error {
	for {
		g.mu.Lock()
		if g.n <= max(0, limit) {
			g.mu.Unlock()
			return nil
		}
		if g.changed == nil {
			g.changed = make(chan struct{})
		}
		changed := g.changed
		g.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
