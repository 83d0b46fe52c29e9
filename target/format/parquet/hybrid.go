package parquet

import (
	"encoding/binary"
	"math/bits"
)

// appendHybrid appends numbers of so many bits as Parquet has levels and places in
// a dictionary: runs of equal ones, and between them groups of eight, packed. Where more
// numbers follow, those that fill no group are left, and taken says how many are not.
func appendHybrid[T uint8 | uint32](dst []byte, values []T, width int, more bool) (_ []byte, taken int) {
	all := len(values)
	// A run takes two bytes or more, and parts the groups around it: it has to be
	// longer than what it takes.
	least := max(8, 32/width&^7)
	for len(values) > 0 {
		if n := run(values); n >= least || n == len(values) {
			dst = binary.AppendUvarint(dst, uint64(n)<<1)
			for v, w := uint32(values[0]), width; w > 0; v, w = v>>8, w-8 {
				dst = append(dst, byte(v))
			}
			values = values[n:]
			continue
		}
		n := 8
		for n+least <= len(values) && !same(values[n:n+least]) {
			n += 8
		}
		if n+least > len(values) {
			n = len(values)
			if more {
				n &^= 7 // zeros would take the places of those that follow
			}
			if n == 0 {
				break
			}
		}
		dst = binary.AppendUvarint(dst, uint64(n+7)/8<<1|1)
		dst = appendPacked(dst, values[:n], width)
		values = values[n:]
	}
	return dst, all - len(values)
}

// run is how many of the first values are equal.
func run[T uint8 | uint32](values []T) int {
	if levels, ok := any(values).([]uint8); ok {
		return runOfLevels(levels)
	}
	for i, v := range values {
		if v != values[0] {
			return i
		}
	}
	return len(values)
}

// runOfLevels compares eight at a time: of levels long runs are the rule.
func runOfLevels(levels []uint8) int {
	const ones = 0x0101010101010101
	first := uint64(levels[0]) * ones
	i := 0
	for ; i+8 <= len(levels); i += 8 {
		if others := binary.LittleEndian.Uint64(levels[i:]) ^ first; others != 0 {
			return i + bits.TrailingZeros64(others)/8
		}
	}
	for i < len(levels) && levels[i] == levels[0] {
		i++
	}
	return i
}

func same[T uint8 | uint32](values []T) bool { return run(values) == len(values) }

// appendPacked appends the lowest bits of numbers, the first one's first, with zeros
// for those that are missing to a multiple of eight.
func appendPacked[T uint8 | uint32](dst []byte, values []T, width int) []byte {
	end := len(dst) + (len(values)+7)/8*width
	if levels, ok := any(values).([]uint8); ok && width == 1 {
		n := len(levels) &^ 7
		dst = appendBits(dst, levels[:n])
		values = values[n:]
	}
	var word uint64
	n := 0
	for _, v := range values {
		word |= uint64(v) << n
		if n += width; n >= 32 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(word))
			word >>= 32
			n -= 32
		}
	}
	for len(dst) < end {
		dst = append(dst, byte(word))
		word >>= 8
	}
	return dst
}

// appendBits appends the lowest bits of a multiple of eight levels: one multiplication
// moves those of eight side by side.
func appendBits(dst []byte, levels []uint8) []byte {
	for ; len(levels) > 0; levels = levels[8:] {
		dst = append(dst, byte(binary.LittleEndian.Uint64(levels)*0x0102040810204080>>56))
	}
	return dst
}

// widthOf is how many bits numbers up to this one take, and at least one.
func widthOf(most int) int { return max(1, bits.Len(uint(most))) }
