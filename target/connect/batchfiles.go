package connect

import (
	"context"
	"io"
	"log/slog"
	"sync"

	"target-s3/target/config"
	"target-s3/target/roots"
	"target-s3/target/s3store"
)

// OpenBatchFiles prepares what opens the files of BATCH messages: nil where batch_roots
// allows none. The function ends it.
func OpenBatchFiles(c config.Config, log *slog.Logger) (files *roots.Files, closeAll func()) {
	set := c.Roots()
	if set == nil {
		return nil, func() {}
	}
	b := &buckets{config: c, log: log, open: map[string]*s3store.Store{}}
	return &roots.Files{Roots: set, Stream: b.stream}, b.close
}

// buckets are those of batch_roots, each opened when it is first read from.
type buckets struct {
	config config.Config
	log    *slog.Logger

	mu   sync.Mutex
	open map[string]*s3store.Store
}

func (b *buckets) stream(ctx context.Context, bucket, key string) (io.ReadCloser, error) {
	s, err := b.store(ctx, bucket)
	if err != nil {
		return nil, err
	}
	return s.Stream(ctx, key)
}

func (b *buckets) store(ctx context.Context, bucket string) (*s3store.Store, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.open[bucket]; s != nil {
		return s, nil
	}
	settings := s3store.FromSettings(b.config)
	settings.Logger = b.log
	if settings.Bucket != bucket { // whose it is nothing says
		settings.Bucket, settings.ExpectedBucketOwner = bucket, ""
	}
	s, err := s3store.Open(ctx, settings)
	if err == nil {
		b.open[bucket] = s
	}
	return s, err
}

func (b *buckets) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.open {
		s.Close()
	}
}
