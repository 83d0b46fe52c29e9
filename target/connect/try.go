package connect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"target-s3/target/config"
	"target-s3/target/s3store"
	"target-s3/target/store"
)

// Try makes sure by one request that the bucket can be had, before a byte of the
// input is read: a wrong secret does not wait for the tap. Without a challenge file an
// object is listed where those of the load will be. An answer to that has a body,
// which says what is wrong; it needs one of the privileges of a load, and none for
// anything outside of that folder. A folder was tried when it was opened.
func Try(ctx context.Context, bucket store.Store, c config.Config) error {
	if c.SentinelKey != "" {
		return findChallenge(ctx, bucket, c.SentinelKey)
	}
	if _, isFolder := c.FileRoot(); isFolder {
		return nil
	}
	keys, err := c.Keys()
	if err != nil {
		return err
	}
	folder, err := keys.Folder(time.Now())
	if err != nil {
		return err
	}
	_, err = bucket.List(ctx, folder, 1)
	return err
}

func findChallenge(ctx context.Context, bucket store.Store, key string) error {
	err := bucket.Head(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf(s3store.NotFound+"\n"+
			"The challenge file %s is missing, and nothing was loaded. Put it back as an empty object, or correct sentinel_key; target-s3 check looks for it without loading", bucket.Location(key))
	}
	return err
}
