package versitygw_test

import (
	"slices"
	"testing"

	"target-s3/target/storetest/versitygw"
)

func TestServer(t *testing.T) {
	s := versitygw.Start(t)
	s.CreateBucket(t, "bucket-one")
	s.AddUser(t, "loaderaccesskey00000", "secret-of-the-loader")
	s.PutBucketPolicy(t, "bucket-one", versitygw.Policy("bucket-one", "loaderaccesskey00000",
		"s3:PutObject", "s3:GetObject", "s3:ListBucket"))
	s.Put(t, "bucket-one", "a/b", []byte("content"))

	s.Kill(t)
	s.Restart(t)
	s.Stop(t)
	s.Restart(t)
	s.Pause(t)
	s.Continue(t)

	if keys := s.Keys(t, "bucket-one"); !slices.Equal(keys, []string{"a/b"}) {
		t.Errorf("keys %q after a crash and a restart, want a/b", keys)
	}
	if o := s.Get(t, "bucket-one", "a/b"); string(o.Content) != "content" {
		t.Errorf("content %q", o.Content)
	}
	s.Delete(t, "bucket-one", "a/b")
	if keys := s.Keys(t, "bucket-one"); len(keys) != 0 {
		t.Errorf("keys %q after Delete", keys)
	}
	if uploads := s.Uploads(t, "bucket-one"); len(uploads) != 0 {
		t.Errorf("uploads %q", uploads)
	}
}
