package parquet

import (
	"fmt"
	"iter"

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
	columns := make([]columnMeta, len(encoders))
	for i, e := range encoders {
		if columns[i], err = e.finish(); err != nil {
			return g, fmt.Errorf("column %q: %w", e.leaf.path, err)
		}
		g.Pages = append(g.Pages, e.chunk.parts...)
		g.Size += columns[i].size
	}
	for i, e := range encoders {
		if !e.leaf.bloom {
			continue
		}
		filter := e.bloomFilter()
		g.Pages = append(g.Pages, filter)
		columns[i].filter = int64(len(filter))
		g.Size += columns[i].filter
	}
	g.Meta = s.meta(columns)
	return g, nil
}
