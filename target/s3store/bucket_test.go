package s3store

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"target-s3/target/config"
	"target-s3/target/store"
	"target-s3/target/storetest/versitygw"
)

func rootConfig(s *versitygw.Server, bucket string) Config {
	cfg := loaderConfig(s.Endpoint)
	cfg.Bucket, cfg.Region = bucket, s.Region
	cfg.AccessKeyID, cfg.SecretAccessKey = config.NewKeyID(s.AccessKey), config.NewSecret(s.SecretKey)
	return cfg
}

// A bucket that was made takes objects, in us-east-1 and elsewhere.
func TestCreateBucket(t *testing.T) {
	for _, region := range []string{"us-east-1", "eu-central-1"} {
		t.Run(region, func(t *testing.T) {
			server := versitygw.Start(t, versitygw.Region(region))
			s := openStore(t, rootConfig(server, "new-bucket"))
			_ = failure(t, bucket(s).HeadBucket(t.Context()), "NoSuchBucket", "Create the bucket")
			note, err := bucket(s).CreateBucket(t.Context(), "shop/")
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("note: %s", note)
			if err := bucket(s).HeadBucket(t.Context()); err != nil {
				t.Error(err)
			}
			if err := store.Commit(t.Context(), s.Create(store.Object{Key: objectKey}), store.Part{}); err != nil {
				t.Error(err)
			}
			if keys := server.Keys(t, "new-bucket"); !slices.Equal(keys, []string{objectKey}) {
				t.Errorf("%q", keys)
			}
			_, err = bucket(s).CreateBucket(t.Context(), "shop/")
			var e *Error
			if !errors.As(err, &e) || e.Status != http.StatusConflict || e.Hint == "" {
				t.Errorf("again: %v", err)
			}
		})
	}
}

// Whoever may load may not make a bucket, and is told who could.
func TestCreateBucketDenied(t *testing.T) {
	server := newServer(t, versitygw.Loader...)
	cfg := loaderConfig(server.Endpoint)
	cfg.Bucket = "another-bucket"
	_, err := bucket(openStore(t, cfg)).CreateBucket(t.Context(), "shop/")
	_ = failure(t, err, "AccessDenied", "s3:CreateBucket", "which a load does not need")
}

// What is sent is what Amazon S3 wants; what its answer to the second request
// means depends on whose service it is.
func TestCreateBucketRequests(t *testing.T) {
	var asked []string
	blocked, ruled := http.StatusNotImplemented, http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		if r.URL.Query().Has("publicAccessBlock") {
			w.WriteHeader(blocked)
		}
		if r.URL.Query().Has("lifecycle") {
			w.WriteHeader(ruled)
		}
	}))
	defer server.Close()
	cfg := loaderConfig(server.URL)
	cfg.Region, cfg.MaxAttempts = "eu-west-3", 1
	s := openStore(t, cfg)
	note, err := bucket(s).CreateBucket(t.Context(), "shop/")
	if err != nil || !strings.Contains(note, "check that the bucket is not public") {
		t.Errorf("%q, %v", note, err)
	}
	if len(asked) != 3 || !strings.Contains(asked[0], "<LocationConstraint>eu-west-3</LocationConstraint>") ||
		!strings.Contains(asked[1], "<BlockPublicAcls>true</BlockPublicAcls>") || !strings.Contains(asked[1], "<RestrictPublicBuckets>true</RestrictPublicBuckets>") {
		t.Errorf("%q", asked)
	}
	if !strings.Contains(asked[2], "lifecycle") || !strings.Contains(asked[2], "<Prefix>shop/</Prefix>") || !strings.Contains(asked[2], "<DaysAfterInitiation>7</DaysAfterInitiation>") {
		t.Errorf("%q", asked[2])
	}
	s.endpoint = "" // as on Amazon S3
	if _, err = bucket(s).CreateBucket(t.Context(), "shop/"); err == nil || !strings.Contains(err.Error(), "the bucket was made, but not told to refuse public access") {
		t.Errorf("%v", err)
	}
	blocked, ruled = http.StatusOK, http.StatusForbidden
	if note, err = bucket(s).CreateBucket(t.Context(), "shop/"); !strings.HasPrefix(note, "it has no lifecycle rule that aborts unfinished uploads (") || err != nil {
		t.Errorf("%q, %v", note, err)
	}
	ruled = http.StatusOK
	if note, err = bucket(s).CreateBucket(t.Context(), "shop/"); note != "" || err != nil {
		t.Errorf("%q, %v", note, err)
	}
}
