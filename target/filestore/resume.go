package filestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"target-s3/target/crc32c"
	"target-s3/target/store"
)

// Resume implements store.Store.
func (s *Store) Resume(r store.Receipt) store.Upload {
	return &upload{
		store: s, key: r.Key, durable: true, ended: "staged", ready: true, resumed: true,
		staged: r.Upload, written: r.Size, crc: r.CRC32C,
	}
}

// find sees what has become of what another Store staged: it is visible already,
// or it can be published, or it is gone.
func (u *upload) find(ctx context.Context) error {
	if err := u.checkReceipt(); err != nil {
		return err
	}
	err := u.compare(ctx, u.staged)
	if err == nil {
		return nil
	}
	if errors.Is(err, errDiffers) {
		return fmt.Errorf("%w: it was changed (%w)", store.ErrGone, err)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	switch err := u.compare(ctx, u.key); {
	case err == nil:
		u.visible = true
		return u.store.sync(path.Dir(u.key))
	case errors.Is(err, fs.ErrNotExist):
		return store.ErrGone
	case errors.Is(err, errDiffers):
		return fmt.Errorf("%w, and another file has the name (%w)", store.ErrGone, err)
	default: // it is not known what is there
		return err
	}
}

// errDiffers says of a file that it is not the one of the receipt.
var errDiffers = errors.New("not what was staged")

// checkReceipt refuses a receipt whose staged file is not a hidden one beside the
// key: it is read from the bucket, where others may write.
func (u *upload) checkReceipt() error {
	if err := checkKey(u.key); err != nil {
		return err
	}
	if err := checkKey(u.staged); err != nil {
		return err
	}
	if _, isPart := keyOfPart(u.staged); !isPart || path.Dir(u.staged) != path.Dir(u.key) {
		return fmt.Errorf("the receipt's staged file %q is not one of this program", u.staged)
	}
	return nil
}

// compare reports whether a file is the one that was staged.
func (u *upload) compare(ctx context.Context, name string) error {
	f, err := u.store.root.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() != u.written {
		return fmt.Errorf("%w: %s has %d bytes, the receipt says %d", errDiffers, path.Base(name), info.Size(), u.written)
	}
	crc, err := sum(ctx, f)
	if err == nil && crc != u.crc {
		err = fmt.Errorf("%w: %s has the checksum %s, the receipt says %.16q", errDiffers, path.Base(name), crc, u.crc)
	}
	return err
}

// sum is the CRC32C of what can be read, as receipts have it.
func sum(ctx context.Context, r io.Reader) (string, error) {
	h := crc32c.New()
	if _, err := io.Copy(h, contextReader{ctx, r}); err != nil {
		return "", err
	}
	return crc32c.Hex(h.Sum32()), nil
}
