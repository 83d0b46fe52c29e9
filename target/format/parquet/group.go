package parquet

import (
	"fmt"
	"iter"
	"slices"

	"target-s3/target/format"
)

const magic = "PAR1"

// Group makes a row group. A panic is an error: the load ends, but in good order.
func (l *Layout) Group(rows iter.Seq[[]byte], size int64, batchedAt format.Timestamp) (g format.Group, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("parquet: %.500v", p)
		}
	}()
	c := l.columns()
	s := c.pages.spare.get()
	s.begin(c, size, batchedAt)
	for page := range rows {
		if err := s.write(page); err != nil {
			return g, fmt.Errorf("parquet: %w", err)
		}
	}
	if g, err = s.group(); err != nil {
		return g, fmt.Errorf("parquet: %w", err)
	}
	c.pages.spare.put(s)
	return g, nil
}

// group puts the columns together.
func (s *shredder) group() (g format.Group, err error) {
	encoders := s.encoders[:len(s.layout.leaves)]
	g.Pages = make([][]byte, 0, 2*len(encoders))
	s.bounds = s.bounds[:0]
	for _, e := range encoders {
		if s.bounds, err = e.finish(s.bounds); err != nil {
			return g, fmt.Errorf("column %q: %w", e.leaf.path, err)
		}
		g.Pages = append(g.Pages, e.chunk.parts...)
		g.Size += e.chunk.meta.size
	}
	size := g.Size
	for _, e := range encoders {
		if !e.leaf.bloom {
			continue
		}
		filter := e.bloomFilter()
		g.Pages = append(g.Pages, filter)
		e.chunk.meta.filter = int64(len(filter))
		g.Size += e.chunk.meta.filter
	}
	s.scratch = appendBinary(appendNumbers(s.scratch[:0], s.rows, size), s.bounds)
	for _, e := range encoders {
		s.scratch = e.chunk.meta.append(s.scratch)
		g.Footer += e.chunk.meta.inFooter(e.leaf)
	}
	g.Meta = slices.Clone(s.scratch)
	return g, nil
}
