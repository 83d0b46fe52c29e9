package parquet

import "encoding/binary"

// compact writes structs in Thrift's compact protocol, as the metadata of files are.
// The library does so by reflection, which took most of the time of small files.
type compact struct {
	to   []byte
	last int // number of the last field of the struct that is open
}

// Types of fields and of elements of lists.
const (
	typeBool   = 2
	typeInt16  = 4
	typeInt32  = 5
	typeInt64  = 6
	typeBinary = 8
	typeList   = 9
	typeStruct = 12
)

// field begins a field. Those of a struct come in the order of their numbers, which
// are below 16.
func (t *compact) field(number int, kind byte) {
	t.to = append(t.to, byte(number-t.last)<<4|kind)
	t.last = number
}

func (t *compact) int32(number int, v int32) {
	t.field(number, typeInt32)
	t.to = binary.AppendVarint(t.to, int64(v))
}

func (t *compact) int64(number int, v int64) {
	t.field(number, typeInt64)
	t.to = binary.AppendVarint(t.to, v)
}

func (t *compact) text(number int, v string) {
	t.field(number, typeBinary)
	t.to = appendBinary(t.to, v)
}

func (t *compact) bytes(number int, v []byte) {
	t.field(number, typeBinary)
	t.to = appendBinary(t.to, v)
}

// list begins a list of so many elements, which follow.
func (t *compact) list(number int, kind byte, n int) {
	const short = 14
	t.field(number, typeList)
	if n <= short {
		t.to = append(t.to, byte(n)<<4|kind)
		return
	}
	t.to = binary.AppendUvarint(append(t.to, 0xf0|kind), uint64(n))
}

// begin begins a struct that is a field.
func (t *compact) begin(number int) {
	t.field(number, typeStruct)
	t.last = 0
}

// end ends it.
func (t *compact) end(number int) {
	t.close()
	t.last = number
}

// close ends a struct that is not a field.
func (t *compact) close() { t.to = append(t.to, 0) }

// structs writes a list of so many structs.
func (t *compact) structs(number, n int, each func(i int)) {
	t.list(number, typeStruct, n)
	for i := range n {
		t.last = 0
		each(i)
		t.close()
	}
	t.last = number
}

// variant is a union whose first alternative, an empty struct, is chosen.
func (t *compact) variant(number int) {
	t.begin(number)
	t.begin(1)
	t.end(1)
	t.end(number)
}

func appendBinary[T []byte | string](dst []byte, v T) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(v))), v...)
}
