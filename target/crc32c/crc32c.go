// Package crc32c has the checksum of objects: CRC-32C, as S3 knows it, because the
// processor computes it at 8 GB/s and because the sums of parts add up to the sum of
// the whole.
package crc32c

import (
	"fmt"
	"hash"
	"hash/crc32"
)

var table = crc32.MakeTable(crc32.Castagnoli)

// New returns a hash of it.
func New() hash.Hash32 { return crc32.New(table) }

// Of is the sum of b.
func Of(b []byte) uint32 { return crc32.Checksum(b, table) }

// Hex is the form in which receipts, journals and reports have it: 8 digits in lower
// case.
func Hex(sum uint32) string { return fmt.Sprintf("%08x", sum) }

// Combine returns the CRC of a followed by b, from the CRCs of both and the
// length of b. The CRC of a followed by n zero bytes is a linear function of the
// CRC of a, over the field of two elements: a matrix of 32 columns, one a bit.
// Squaring it doubles n, so the bits of the length say which squares to apply.
// (It is crc32_combine of zlib, with the other polynomial.)
func Combine(a, b uint32, lengthB int64) uint32 {
	shift := oneZeroBit()
	for range 3 { // 1 bit to 8 bits
		shift = shift.squared()
	}
	for ; lengthB > 0; lengthB >>= 1 {
		if lengthB&1 == 1 {
			a = shift.times(a)
		}
		shift = shift.squared()
	}
	return a ^ b
}

type matrix [32]uint32

// oneZeroBit is what one more zero bit does to a CRC.
func oneZeroBit() (m matrix) {
	m[0] = crc32.Castagnoli
	for i := 1; i < 32; i++ {
		m[i] = 1 << (i - 1)
	}
	return m
}

func (m *matrix) times(v uint32) (sum uint32) {
	for i := 0; v != 0; i, v = i+1, v>>1 {
		if v&1 == 1 {
			sum ^= m[i]
		}
	}
	return sum
}

func (m *matrix) squared() (s matrix) {
	for i := range s {
		s[i] = m.times(m[i])
	}
	return s
}
