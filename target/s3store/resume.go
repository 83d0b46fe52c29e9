package s3store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"

	"target-s3/target/crc32c"
	"target-s3/target/store"
)

// Receipt implements store.Upload.
func (u *upload) Receipt() store.Receipt {
	u.mu.Lock()
	defer u.mu.Unlock()
	r := store.Receipt{Key: u.object.Key, Token: u.token, Size: u.size}
	if u.multi != nil {
		r.Upload = u.multi.id
	}
	var crc uint32
	for number := 1; number <= len(u.parts); number++ {
		p := u.parts[number]
		r.Parts = append(r.Parts, store.PartReceipt{Size: p.size, ETag: aws.ToString(p.etag), CRC32C: crc32c.Hex(p.crc)})
		crc = crc32c.Combine(crc, p.crc, p.size)
	}
	// Without it here the service keeps no sum of the whole object.
	if u.multi != nil && u.multi.wholeSum {
		r.CRC32C = crc32c.Hex(crc)
	}
	return r
}

// Sums implements store.Upload.
func (u *upload) Sums() store.Sums {
	u.mu.Lock()
	defer u.mu.Unlock()
	return store.Sums{ETag: u.etag, CRC32C: crc32c.Hex(u.crc)}
}

// Resume implements store.Store.
func (s *Store) Resume(r store.Receipt) store.Upload {
	u := &upload{
		store: s, object: store.Object{Key: r.Key, Durable: true}, token: r.Token, parts: map[int]sentPart{}, finished: true, resumed: true, tried: true,
	}
	m := &multipart{begun: make(chan struct{}), id: r.Upload, wholeSum: r.CRC32C != ""}
	close(m.begun)
	u.multi = m
	u.do = func(ctx context.Context) error {
		if err := u.restore(r); err != nil {
			return fmt.Errorf("%s %s: the receipt cannot be used: %w", opComplete, s.Location(r.Key), err)
		}
		in, err := u.complete(m)
		if err != nil {
			return err
		}
		return u.publishParts(ctx, in)
	}
	return u
}

// restore takes the parts from the receipt.
func (u *upload) restore(r store.Receipt) error {
	if r.Key == "" || r.Upload == "" || r.Token == "" {
		return errors.New("it has no key, no upload or no token")
	}
	var offset int64
	for i, p := range r.Parts {
		crc, err := hex.DecodeString(p.CRC32C)
		if err != nil || len(crc) != 4 {
			return fmt.Errorf("part %d: the checksum is %.20q, must be 8 hexadecimal digits", i+1, p.CRC32C)
		}
		sum := uint32(crc[0])<<24 | uint32(crc[1])<<16 | uint32(crc[2])<<8 | uint32(crc[3])
		u.parts[i+1] = sentPart{offset: offset, size: p.Size, etag: aws.String(p.ETag), crc: sum}
		offset += p.Size
	}
	if offset != r.Size {
		return fmt.Errorf("the parts have %d bytes, the object %d", offset, r.Size)
	}
	return nil
}
