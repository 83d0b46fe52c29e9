// Package connect is what is done with a bucket before anything is loaded into it:
// creating it, creating the challenge file, and checking that a load would work. Its
// packages are the privileges and policies that a load needs (policy), the checks
// (check), the form that asks for the settings (setup), and the commands that a
// person can copy (awscli).
package connect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"target-s3/target/config"
	"target-s3/target/connect/check"
	"target-s3/target/filestore"
	"target-s3/target/s3store"
	"target-s3/target/store"
)

// Actions are what the form does with the bucket of the settings, with the loader's
// own credentials. One that is nil is not offered.
type Actions struct {
	// Check tries what a load does, hands over each result as it comes, and reports
	// whether none failed.
	Check func(ctx context.Context, c config.Config, each func(check.Result)) bool
	// CreateBucket creates the bucket where there is none, blocks public access to it,
	// and makes it abort unfinished uploads after some days.
	CreateBucket func(context.Context, config.Config) (Done, error)
	// CreateChallengeFile creates the challenge file where there is none. The error
	// matches ErrNoBucket where there is no bucket.
	CreateChallengeFile func(context.Context, config.Config) (Done, error)
}

// Done is what came of creating something.
type Done struct {
	Made bool   // else it was there
	Text string // a sentence that says so
	Note string // what to know about it; empty: nothing
}

// ErrNoBucket says that the bucket does not exist.
var ErrNoBucket = errors.New("the bucket does not exist")

// OnBucket are the actions on the bucket or the folder that the settings name.
func OnBucket() Actions {
	return Actions{Check: runChecks, CreateBucket: createBucket, CreateChallengeFile: createChallengeFile}
}

func runChecks(ctx context.Context, c config.Config, each func(check.Result)) bool {
	return check.Run(ctx, check.Options{Config: c}, each)
}

func createBucket(ctx context.Context, c config.Config) (Done, error) {
	if _, ok := c.FileRoot(); ok {
		return Done{Text: "The folder of the bucket is there."}, within(ctx, c, func(store.Store) error { return nil })
	}
	s, err := s3store.OpenBucket(ctx, s3store.FromSettings(c))
	if err != nil {
		return Done{}, err
	}
	defer s.Close()
	err = s.HeadBucket(ctx)
	if err == nil {
		return Done{Text: "The bucket was there already."}, nil
	}
	if !errors.Is(noBucket(err), ErrNoBucket) {
		return Done{}, err
	}
	note, err := s.CreateBucket(ctx, c.Beginning())
	return Done{Made: err == nil, Text: "The bucket was created.", Note: note}, err
}

func createChallengeFile(ctx context.Context, c config.Config) (done Done, err error) {
	err = within(ctx, c, func(bucket store.Store) error {
		done.Made, err = createBlank(ctx, bucket, c.SentinelKey)
		return err
	})
	done.Text = "The challenge file was there already."
	if done.Made {
		done.Text = "The challenge file was created."
	}
	return done, noBucket(err)
}

// within opens the bucket for something to be done with it. A form may be on the
// screen: what is to be said is in the error.
func within(ctx context.Context, c config.Config, do func(store.Store) error) error {
	bucket, closeStore, err := Open(ctx, c, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer closeStore()
	return do(bucket)
}

// Open opens the bucket, or the folder that stands for it.
func Open(ctx context.Context, c config.Config, log *slog.Logger) (bucket store.Store, closeStore func(), err error) {
	if dir, ok := c.FileRoot(); ok {
		s, err := filestore.New(dir, c.S3Bucket)
		if err != nil {
			return nil, nil, err
		}
		return s, func() { _ = s.Close() }, nil
	}
	settings := s3store.FromSettings(c)
	settings.Logger = log
	s, err := s3store.Open(ctx, settings)
	if err != nil {
		return nil, nil, err
	}
	return s, s.Close, nil
}

// createBlank makes an empty object, unless there is one of that key.
func createBlank(ctx context.Context, bucket store.Store, key string) (made bool, err error) {
	if err := bucket.Head(ctx, key); err == nil {
		return false, nil
	}
	blank := bucket.Create(store.Object{Key: key, ContentType: "application/octet-stream"})
	err = store.Commit(ctx, blank, store.Part{})
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	return err == nil, err
}

// noBucket makes the error of a bucket that does not exist match ErrNoBucket.
func noBucket(err error) error {
	if e, ok := errors.AsType[*s3store.Error](err); ok && e.Code == s3store.CodeNoSuchBucket {
		return fmt.Errorf("%w (%s)", ErrNoBucket, e.Bucket)
	}
	return err
}
