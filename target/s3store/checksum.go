package s3store

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"target-s3/target/store"
)

// CRC-32C, because the processor computes it at 8 GB/s and because the sums of
// parts add up to the sum of the whole.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sumPart reads the body of a part once and rewinds it. It also holds the body to
// the size it was announced with: the rest of this package relies on that.
func sumPart(p store.Part) (uint32, error) {
	sum := crc32.New(castagnoli)
	n, err := io.Copy(sum, p.Body)
	if err != nil {
		return 0, fmt.Errorf("body of part %d: %w", p.Number, err)
	}
	if n != p.Size {
		return 0, fmt.Errorf("body of part %d has %d bytes, not %d", p.Number, n, p.Size)
	}
	if _, err := p.Body.Seek(0, io.SeekStart); err != nil {
		return 0, fmt.Errorf("body of part %d: %w", p.Number, err)
	}
	return sum.Sum32(), nil
}

// header is the form in which S3 takes and gives CRCs.
func header(crc uint32) *string {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], crc)
	text := base64.StdEncoding.EncodeToString(b[:])
	return &text
}

// combine returns the CRC of a followed by b, from the CRCs of both and the
// length of b. The CRC of a followed by n zero bytes is a linear function of the
// CRC of a, over the field of two elements: a matrix of 32 columns, one a bit.
// Squaring it doubles n, so the bits of the length say which squares to apply.
// (It is crc32_combine of zlib, with the other polynomial.)
func combine(a, b uint32, lengthB int64) uint32 {
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
