package s3store

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"target-s3/target/store"
	"target-s3/target/storetest"
	"target-s3/target/storetest/versitygw"
)

// The contract holds for a user with just the privileges that are documented: those
// of a load, and to see uploads the one that a sweep needs.
func TestConformance(t *testing.T) {
	actions := append([]string{"s3:ListBucketMultipartUploads"}, versitygw.OnAmazon...)
	server := newServer(t, actions...)
	var buckets atomic.Int32
	storetest.Run(t, func(t *testing.T) storetest.Fixture {
		bucket := fmt.Sprintf("conformance-%d", buckets.Add(1))
		addBucket(t, server, bucket, actions...)
		cfg := loaderConfig(server.Endpoint)
		cfg.Bucket = bucket
		return storetest.Fixture{
			Store:  openStore(t, cfg),
			Again:  func(t *testing.T) store.Store { return openStore(t, cfg) },
			Read:   func(t *testing.T, key string) []byte { return server.Get(t, bucket, key).Content },
			Keys:   func(t *testing.T) []string { return slices.Clone(server.Keys(t, bucket)) },
			Staged: func(t *testing.T) []string { return server.Uploads(t, bucket) },
		}
	})
}
