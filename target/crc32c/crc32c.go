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
// length of b. A CRC is a polynomial over the field of two elements, modulo that of
// the checksum, with its highest power in the lowest bit. One more zero bit multiplies
// it by x, so that n zero bytes multiply it by x to the power of 8n. (It is
// crc32_combine of zlib, with the other polynomial.)
func Combine(a, b uint32, lengthB int64) uint32 {
	power := uint32(1) << 30 // x
	for range 3 {            // to the 8th, a byte
		power = times(power, power)
	}
	for ; lengthB > 0; lengthB >>= 1 {
		if lengthB&1 == 1 {
			a = times(a, power)
		}
		power = times(power, power)
	}
	return a ^ b
}

// times multiplies two such polynomials.
func times(a, b uint32) (product uint32) {
	for bit := uint32(1) << 31; bit > 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		b = b>>1 ^ crc32.Castagnoli&-(b&1)
	}
	return product
}
