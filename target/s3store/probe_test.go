package s3store

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"target-s3/target/config"
	"target-s3/target/storetest/faults"
	"target-s3/target/storetest/versitygw"
)

// Every setting of a user that is about the store reaches it.
func TestFromSettings(t *testing.T) {
	yes := true
	c := config.Config{
		S3Bucket: "b", RunID: "x", AWSAccessKeyID: config.NewKeyID("k"), AWSSecretAccessKey: config.NewSecret("s"), AWSSessionToken: config.NewSecret("t"),
		AWSProfile: "p", AWSRegion: "r", RoleARN: "a", ExternalID: "e", RoleSessionName: "n", ExpectedBucketOwner: "o",
		AWSEndpointURL: "http://h", ForcePathStyle: &yes, RequestChecksums: "auto", ConditionalWrites: &yes,
		ServerSideEncryption: "aws:kms", SSEKMSKeyID: "id", StorageClass: "c", ACL: "private", ObjectTags: map[string]string{"x": "y"},
		MaxParallelUploads: 3,
	}
	got := reflect.ValueOf(FromSettings(c))
	callers := []string{"Logger", "MaxAttempts", "MaxBackoff", "StallTimeout"}
	for i := range got.NumField() {
		name := got.Type().Field(i).Name
		if zero := got.Field(i).IsZero(); zero != strings.Contains(strings.Join(callers, " "), name) {
			t.Errorf("%s is %v", name, got.Field(i))
		}
	}
}

func TestProbeMultipart(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	s := openStore(t, loaderConfig(server.Endpoint))
	if p, err := bucket(s).ProbeMultipart(t.Context(), objectKey); p != (MultipartProbe{}) || err != nil {
		t.Errorf("%+v, %v", p, err)
	}
	wantNoUploads(t, server)

	addBucket(t, server, "no-abort", versitygw.Loader...)
	cfg := loaderConfig(server.Endpoint)
	cfg.Bucket = "no-abort"
	p, err := bucket(openStore(t, cfg)).ProbeMultipart(t.Context(), objectKey)
	if left := server.Uploads(t, "no-abort"); err != nil || len(left) != 1 || left[0] != objectKey+" "+p.Left {
		t.Errorf("%+v, %v; left %q", p, err, left)
	}
	wantError(t, p.LeftWhy, "AccessDenied", "AbortMultipartUpload")

	addBucket(t, server, "read-only", "s3:ListBucket")
	cfg.Bucket = "read-only"
	_, err = bucket(openStore(t, cfg)).ProbeMultipart(t.Context(), objectKey)
	wantError(t, err, "AccessDenied", "CreateMultipartUpload")
}

// A part that fails does not keep the upload from being aborted.
func TestProbeMultipartPart(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	p := newProxy(t, server.Endpoint)
	p.fault = first(opPart, 1, faults.Refuse(403, "AccessDenied", "no"))
	_, err := bucket(openStore(t, loaderConfig(p.URL))).ProbeMultipart(t.Context(), objectKey)
	wantError(t, err, "AccessDenied", "UploadPart")
	wantNoUploads(t, server)
}

func TestCreateEmpty(t *testing.T) {
	server := newServer(t, append([]string{"s3:DeleteObject"}, versitygw.OnAmazon...)...)
	s := openStore(t, loaderConfig(server.Endpoint))
	if _, err := bucket(s).IsEmpty(t.Context(), "a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("IsEmpty of nothing: %v", err)
	}
	if _, err := bucket(s).CreateEmpty(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if empty, err := bucket(s).IsEmpty(t.Context(), "a"); !empty || err != nil {
		t.Errorf("IsEmpty = %v, %v", empty, err)
	}
	if _, err := bucket(s).CreateEmpty(t.Context(), "a"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("CreateEmpty of what exists: %v", err)
	}
	server.Put(t, bucketName, "full", []byte("x"))
	if empty, err := bucket(s).IsEmpty(t.Context(), "full"); empty || err != nil {
		t.Errorf("IsEmpty = %v, %v", empty, err)
	}
	if err := bucket(s).ProbeDelete(t.Context(), "none"); err != nil {
		t.Error(err)
	}
	for _, key := range []string{"a", "full"} {
		if err := bucket(s).Remove(t.Context(), key, ""); err != nil {
			t.Error(err)
		}
	}
	if keys := server.Keys(t, bucketName); len(keys) != 0 {
		t.Errorf("left %q", keys)
	}
	cfg := answering(t, refuseAll(501, "NotImplemented", "A header you provided implies functionality that is not implemented"))
	if _, err := bucket(openStore(t, cfg)).CreateEmpty(t.Context(), "a"); !errors.Is(err, ErrNoConditions) {
		t.Errorf("CreateEmpty without conditions: %v", err)
	}
}

func TestDeleteDenied(t *testing.T) {
	server := newServer(t, versitygw.Loader...)
	s := openStore(t, loaderConfig(server.Endpoint))
	wantError(t, bucket(s).ProbeDelete(t.Context(), "x"), "AccessDenied", "DeleteObject", "s3:DeleteObject on arn:aws:s3:::landing-zone/*")
}

// A delete marker that the probe made is not left.
func TestProbeDeleteMarker(t *testing.T) {
	var removed []string
	cfg := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if id := r.URL.Query().Get("versionId"); id != "" {
			removed = append(removed, id)
		}
		w.Header().Set("X-Amz-Delete-Marker", "true")
		w.Header().Set("X-Amz-Version-Id", "m1")
		w.WriteHeader(http.StatusNoContent)
	})
	if err := bucket(openStore(t, cfg)).ProbeDelete(t.Context(), "x"); err != nil || len(removed) != 1 || removed[0] != "m1" {
		t.Errorf("removed %q, %v", removed, err)
	}
}

func TestPing(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		region string
		code   string
	}{
		"there":     {200, "eu-west-1", ""},
		"refused":   {403, "eu-west-1", ""},
		"elsewhere": {301, "eu-west-1", ""},
		"unknown":   {501, "", ""},
		"broken":    {503, "", "503"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := answering(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "" {
					t.Error("it is signed")
				}
				w.Header().Set("X-Amz-Bucket-Region", test.region)
				w.WriteHeader(test.status)
			})
			cfg.AccessKeyID, cfg.SecretAccessKey = config.Secret{}, config.Secret{} // nobody
			s, err := OpenBucket(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			region, err := s.Ping(t.Context())
			if test.code == "" && (region != test.region && test.status != 501 || err != nil) {
				t.Errorf("%q, %v", region, err)
			}
			if test.code != "" && (err == nil || !strings.Contains(err.Error(), test.code)) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestClockSkew(t *testing.T) {
	var date, age string
	cfg := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = []string{date}
		if age != "" {
			w.Header().Set("Age", age)
		}
	})
	s := openStore(t, cfg)
	if _, ok := bucket(s).ClockSkew(); ok {
		t.Error("known before any answer")
	}
	date = "no date"
	if _, err := bucket(s).Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := bucket(s).ClockSkew(); ok {
		t.Error("known from what is not a date")
	}
	date = time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)
	for range 2 { // the second answer comes from a cache
		if _, err := bucket(s).Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d, ok := bucket(s).ClockSkew(); !ok || (d-time.Hour).Abs() > time.Minute {
			t.Errorf("skew %v, %v", d, ok)
		}
		date, age = time.Now().Add(-48*time.Hour).UTC().Format(http.TimeFormat), "172800"
	}
}

func TestCaller(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("Action") != "GetCallerIdentity" {
			(&tokenService{lifetime: time.Hour}).ServeHTTP(w, r)
			return
		}
		_, _ = w.Write([]byte(`<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::1:assumed-role/r/x&#x9b;</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`))
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
	if arn, err := bucket(openStore(t, roleConfig("http://127.0.0.1:1"))).Caller(t.Context()); arn != `arn:aws:sts::1:assumed-role/r/x\u009b` || err != nil {
		t.Errorf("%q, %v", arn, err)
	}
	if arn, err := bucket(openStore(t, loaderConfig("http://127.0.0.1:1"))).Caller(t.Context()); arn != "" || err != nil {
		t.Errorf("of a service without STS: %q, %v", arn, err)
	}
	t.Setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
	_, err := bucket(openStore(t, loaderConfig("https://s3.us-east-1.amazonaws.com"))).Caller(t.Context())
	if e := failure(t, err, CodeConnection, "GetCallerIdentity"); e.Bucket != "" || e.Attempts > 1 {
		t.Errorf("%+v", e)
	}
}
