package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"target-s3/target/config"
	"target-s3/target/connect/check"
	"target-s3/target/connect/setup/terminal"
	"target-s3/target/s3store"
	"target-s3/target/store"
)

// codeNoBucket is what S3 calls it.
const codeNoBucket = "NoSuchBucket"

// setupActions are what setup does with the loader's own credentials.
func setupActions(p process) terminal.Actions {
	return terminal.Actions{
		Check: setupCheck,
		CreateBucket: func(ctx context.Context, c config.Config) (note string, err error) {
			err = withStore(ctx, p, c, func(bucket store.Store) error {
				if s, ok := bucket.(*s3store.Store); ok {
					note, err = s.CreateBucket(ctx)
				}
				return err // a folder is made when it is opened
			})
			return note, err
		},
		CreateChallengeFile: func(ctx context.Context, c config.Config) (made bool, err error) {
			err = withStore(ctx, p, c, func(bucket store.Store) error {
				made, err = createBlank(ctx, bucket, c.SentinelKey)
				return err
			})
			return made, noBucket(err)
		},
	}
}

// withStore opens the bucket for something to be done with it.
func withStore(ctx context.Context, p process, c config.Config, do func(store.Store) error) error {
	// A form may be on the screen: what is to be said is in the error.
	bucket, closeStore, err := openStore(ctx, c, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer closeStore()
	return do(bucket)
}

// createBlank makes an empty object, unless there is one of that key.
func createBlank(ctx context.Context, bucket store.Store, key string) (made bool, err error) {
	if err := bucket.Head(ctx, key); err == nil {
		return false, nil
	}
	err = store.Commit(ctx, bucket.Create(store.Object{Key: key, ContentType: "application/octet-stream"}), store.Part{})
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, err
}

// noBucket has the error of a bucket that does not exist match ErrNoBucket.
func noBucket(err error) error {
	if e := (*s3store.Error)(nil); errors.As(err, &e) && e.Code == codeNoBucket {
		return fmt.Errorf("%w (%s)", terminal.ErrNoBucket, e.Bucket)
	}
	return err
}

// createMissingBucket makes the bucket if there is none.
func createMissingBucket(ctx context.Context, p process, c config.Config) error {
	return withStore(ctx, p, c, func(bucket store.Store) error {
		s, ok := bucket.(*s3store.Store)
		if !ok {
			fmt.Fprintf(p.stderr, "✓ The folder of the bucket is there.\n")
			return nil
		}
		if err := s.HeadBucket(ctx); !errors.Is(noBucket(err), terminal.ErrNoBucket) {
			if err == nil {
				fmt.Fprintf(p.stderr, "✓ The bucket was there already.\n")
			}
			return err
		}
		note, err := s.CreateBucket(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stderr, "✓ The bucket was created.\n")
		if note != "" {
			fmt.Fprintf(p.stderr, "  Note: %s\n", note)
		}
		return nil
	})
}

// setupCheck tries what a load needs.
func setupCheck(ctx context.Context, c config.Config, each func(check.Result)) bool {
	return check.Run(ctx, check.Options{Config: c}, each)
}
