package parquet

import (
	"fmt"
	"iter"

	pqformat "github.com/parquet-go/parquet-go/format"

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
	s := l.pages.spare.get()
	s.begin(l, size, batchedAt)
	for page := range rows {
		if err := s.write(page); err != nil {
			return g, fmt.Errorf("parquet: %w", err)
		}
	}
	if g, err = s.group(); err != nil {
		return g, fmt.Errorf("parquet: %w", err)
	}
	l.pages.spare.put(s)
	return g, nil
}

// group puts the columns together.
func (s *shredder) group() (g format.Group, err error) {
	row := pqformat.RowGroup{NumRows: s.rows, FileOffset: int64(len(magic)), Columns: make([]pqformat.ColumnChunk, len(s.layout.leaves))}
	end := int64(len(magic))
	for i, e := range s.encoders[:len(s.layout.leaves)] {
		parts, meta, err := e.finish(end)
		if err != nil {
			return g, fmt.Errorf("column %q: %w", e.leaf.path, err)
		}
		g.Pages = append(g.Pages, parts...)
		end += meta.TotalCompressedSize
		row.Columns[i].MetaData = meta
		row.TotalByteSize += meta.TotalUncompressedSize
		row.TotalCompressedSize += meta.TotalCompressedSize
	}
	for i, e := range s.encoders[:len(s.layout.leaves)] {
		if !e.leaf.bloom {
			continue
		}
		filter, err := e.bloomFilter()
		if err != nil {
			return g, err
		}
		g.Pages = append(g.Pages, filter)
		row.Columns[i].MetaData.BloomFilterOffset, row.Columns[i].MetaData.BloomFilterLength = end, int32(len(filter))
		end += int64(len(filter))
	}
	g.Size = end - int64(len(magic))
	g.Meta, err = s.meta(&row)
	return g, err
}
