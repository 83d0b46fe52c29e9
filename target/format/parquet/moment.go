package parquet

import (
	"encoding/binary"

	"target-s3/target/schema"
)

// moment appends a timestamp or a date.
func (w *rowWriter) moment(dst, v []byte, c *column) ([]byte, error) {
	micros, exact, ok := schema.Moment(v[1 : len(v)-1])
	if !ok { // it may have escapes
		micros, exact, ok = schema.Moment(w.unquote(v))
	}
	switch {
	case !ok:
		return dst, w.refuse(v, c, "")
	case !readable(micros):
		return dst, w.refuse(v, c, "in UTC it is not in the years 0001 to 9999, and most readers know no others")
	case c.kind == kindDate:
		const day = 24 * 60 * 60 * 1_000_000
		if micros%day != 0 || !exact {
			return dst, w.refuse(v, c, "it has a time of day")
		}
		return binary.LittleEndian.AppendUint32(append(dst, 1), uint32(int32(micros/day))), nil
	}
	if !exact {
		w.putAside(w.appendName(nil, c), v)
	}
	return appendInt64(dst, micros), nil
}

// readable reports whether the moment is in the years 1 to 9999, UTC. Others fail
// the whole column in readers that make datetimes of it, pyarrow's and Spark's
// among them.
func readable(micros int64) bool {
	const from, until = -62_135_596_800_000_000, 253_402_300_800_000_000
	return micros >= from && micros < until
}
