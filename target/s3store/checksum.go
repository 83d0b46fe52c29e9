package s3store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"target-s3/target/crc32c"
	"target-s3/target/store"
)

// sums are those of the body of a part.
type sums struct {
	crc     uint32
	payload string // its SHA-256, as the signature has it; empty: the signature needs none
}

// sumPart reads the body of a part once, for all sums, and rewinds it. It also holds
// the body to the size it was announced with: the rest of this package relies on that.
func (s *Store) sumPart(p store.Part) (sums, error) {
	crc, payload := crc32c.New(), sha256.New()
	w := io.Writer(crc)
	if s.signsPayloads() {
		w = pieces{payload, crc}
	}
	n, err := io.Copy(w, p.Body)
	if err != nil {
		return sums{}, fmt.Errorf("body of part %d: %w", p.Number, err)
	}
	if n != p.Size {
		return sums{}, fmt.Errorf("body of part %d has %d bytes, not %d", p.Number, n, p.Size)
	}
	if _, err := p.Body.Seek(0, io.SeekStart); err != nil {
		return sums{}, fmt.Errorf("body of part %d: %w", p.Number, err)
	}
	of := sums{crc: crc.Sum32()}
	if s.signsPayloads() {
		of.payload = hex.EncodeToString(payload.Sum(nil))
	}
	return of, nil
}

// signsPayloads reports whether the signature has the SHA-256 of what is sent: over
// TLS the SDK leaves it out.
func (s *Store) signsPayloads() bool {
	return strings.HasPrefix(s.endpoint, "http:") || !s.checksums()
}

// pieces writes to all of the hashes while a piece is near the processor.
type pieces [2]hash.Hash

func (w pieces) Write(b []byte) (int, error) {
	for piece := range slices.Chunk(b, 16<<10) {
		for _, h := range w {
			_, _ = h.Write(piece) // a hash never fails
		}
	}
	return len(b), nil
}

// payloadKey is the context's key of the SHA-256 of what is sent, where it is known.
type payloadKey struct{}

// with lets each try of a request have the sum that was made once.
func (of sums) with(ctx context.Context) context.Context {
	if of.payload == "" {
		return ctx
	}
	return context.WithValue(ctx, payloadKey{}, of.payload)
}

// header is the form in which S3 takes and gives CRCs.
func header(crc uint32) *string {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], crc)
	text := base64.StdEncoding.EncodeToString(b[:])
	return &text
}
