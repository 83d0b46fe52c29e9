package parquet

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	pqformat "github.com/parquet-go/parquet-go/format"

	"target-s3/target/format"
)

// Meta of a group is how long its page index is in 8 bytes, the page index, and its
// metadata as it would be in the footer of a file of this one group. It is kept
// encoded: decoded it would take ten times the memory, for as long as the file is open.

// meta is that of the group that was made.
func (s *shredder) meta(row *pqformat.RowGroup) ([]byte, error) {
	meta := binary.LittleEndian.AppendUint64(nil, 0)
	for i, e := range s.encoders[:len(s.layout.leaves)] {
		bounds, places, err := e.indexes()
		if err != nil {
			return nil, err
		}
		c := &row.Columns[i]
		c.ColumnIndexOffset, c.ColumnIndexLength = int64(len(meta)), int32(len(bounds))
		meta = append(meta, bounds...)
		c.OffsetIndexOffset, c.OffsetIndexLength = int64(len(meta)), int32(len(places))
		meta = append(meta, places...)
	}
	binary.LittleEndian.PutUint64(meta, uint64(len(meta)))
	b, err := thrift.Marshal(new(thrift.CompactProtocol), row)
	return slices.Concat(meta, b), err
}

// part is a row group whose place in the file is known.
type part struct {
	row   pqformat.RowGroup
	meta  []byte // with the page index, at the offsets that row says
	shift int64  // from offsets in a file of this group alone to those in this one
}

func readMeta(g format.Group) (p part, err error) {
	n := binary.LittleEndian.Uint64(g.Meta)
	p.meta, p.shift = g.Meta[:n], g.At-int64(len(magic))
	return p, thrift.Unmarshal(new(thrift.CompactProtocol), g.Meta[n:], &p.row)
}

// columnIndex is the encoded minima and maxima of a column's pages. They have no
// offsets in them.
func (p *part) columnIndex(c *pqformat.ColumnChunk) []byte {
	return p.meta[c.ColumnIndexOffset:][:c.ColumnIndexLength]
}

// offsetIndex is the encoded places of a column's pages, in this file.
func (p *part) offsetIndex(c *pqformat.ColumnChunk) ([]byte, error) {
	var index pqformat.OffsetIndex
	if err := thrift.Unmarshal(new(thrift.CompactProtocol), p.meta[c.OffsetIndexOffset:][:c.OffsetIndexLength], &index); err != nil {
		return nil, err
	}
	for i := range index.PageLocations {
		index.PageLocations[i].Offset += p.shift
	}
	return thrift.Marshal(new(thrift.CompactProtocol), &index)
}

// move has all offsets but those of the page index be of this file.
func (p *part) move(ordinal int) {
	p.row.Ordinal = int16(ordinal)
	p.row.FileOffset += p.shift
	for i := range p.row.Columns {
		m := &p.row.Columns[i].MetaData
		for _, offset := range [...]*int64{&m.DataPageOffset, &m.DictionaryPageOffset, &m.BloomFilterOffset} {
			if *offset != 0 {
				*offset += p.shift
			}
		}
	}
}

const (
	createdBy       = "target-s3"
	metadataVersion = 2 // of the format, as all writers say
)

// Footer appends the page index of all groups and the metadata of the file.
func (l *Layout) Footer(dst []byte, version int64, groups []format.Group) ([]byte, error) {
	start := groups[len(groups)-1].At + groups[len(groups)-1].Size - int64(len(dst))
	parts := make([]part, len(groups))
	var err error
	for i := range groups {
		if parts[i], err = readMeta(groups[i]); err != nil {
			return nil, fmt.Errorf("parquet: %w", err)
		}
		parts[i].move(i)
	}
	if dst, err = l.appendIndexes(dst, start, parts); err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	file := pqformat.FileMetaData{
		Version: metadataVersion, Schema: l.elements(), CreatedBy: createdBy,
		KeyValueMetadata: []pqformat.KeyValue{
			{Key: "singer.stream", Value: l.stream},
			{Key: "singer.schema_sha256", Value: l.hash},
			{Key: "singer.table_version", Value: strconv.FormatInt(version, 10)},
		},
	}
	for range l.leaves {
		file.ColumnOrders = append(file.ColumnOrders, pqformat.ColumnOrder{Value: &pqformat.TypeDefinedOrder{}})
	}
	for i := range parts {
		file.NumRows += parts[i].row.NumRows
		file.RowGroups = append(file.RowGroups, parts[i].row)
	}
	b, err := thrift.Marshal(new(thrift.CompactProtocol), &file)
	if err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	dst = append(dst, b...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b)))
	return append(dst, magic...), nil
}

// appendIndexes appends the page index, minima and maxima first, as it should be,
// and notes where it is. dst begins at start in the file.
func (l *Layout) appendIndexes(dst []byte, start int64, parts []part) ([]byte, error) {
	places := make([]int64, 0, len(parts)*len(l.leaves))
	for i := range parts {
		for j := range parts[i].row.Columns {
			places = append(places, start+int64(len(dst)))
			dst = append(dst, parts[i].columnIndex(&parts[i].row.Columns[j])...)
		}
	}
	for i := range parts {
		for j := range parts[i].row.Columns {
			c := &parts[i].row.Columns[j]
			index, err := parts[i].offsetIndex(c)
			if err != nil {
				return nil, err
			}
			c.ColumnIndexOffset = places[i*len(parts[i].row.Columns)+j]
			if c.ColumnIndexLength == 0 {
				c.ColumnIndexOffset = 0
			}
			c.OffsetIndexOffset, c.OffsetIndexLength = start+int64(len(dst)), int32(len(index))
			dst = append(dst, index...)
		}
	}
	return dst, nil
}
