package s3store

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"

	"target-s3/target/crc32c"
	"target-s3/target/store"
)

// sumPart reads the body of a part once and rewinds it. It also holds the body to
// the size it was announced with: the rest of this package relies on that.
func sumPart(p store.Part) (uint32, error) {
	sum := crc32c.New()
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
