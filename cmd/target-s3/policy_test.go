package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"target-s3/target/connect/policy"
	"target-s3/target/storetest/versitygw"
)

const (
	policyPrincipal = "arn:aws:iam::123456789012:user/loader"
	policyUser      = "loaderaccesskey00000"
	policySecret    = "secret-of-the-loader"
)

// runQuietly runs the program in this process.
func runQuietly(t *testing.T, args ...string) (stdout string, stderr string, err error) {
	t.Helper()
	var out, log bytes.Buffer
	err = run(t.Context(), process{
		args: args, stdin: strings.NewReader(""), stdout: &out, stderr: &log,
		getenv: func(name string) string { return map[string]string{"GOMEMLIMIT": "off"}[name] }, // not this process's limit
		exit:   func(code int) { t.Errorf("exit %d", code) },
	})
	return out.String(), log.String(), err
}

// policyConfig writes settings with which the loader is the user of the policy.
func policyConfig(t *testing.T, server *versitygw.Server, bucket string, more map[string]any) string {
	t.Helper()
	c := map[string]any{
		"s3_bucket": bucket, "integration_name": "shop", "aws_endpoint_url": server.Endpoint, "aws_region": server.Region,
		"aws_access_key_id": policyUser, "aws_secret_access_key": policySecret,
	}
	for name, v := range more {
		c[name] = v
	}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestPolicyLetsLoad gives the server the policy as it is printed, but for the
// ARN of the user, in whose place that server has an access key. The example
// must load under it, and a file of several parts.
func TestPolicyLetsLoad(t *testing.T) {
	server := versitygw.Start(t)
	server.AddUser(t, policyUser, policySecret)
	large := filepath.Join(t.TempDir(), "large.singer")
	if err := os.WriteFile(large, largeMessages(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		more  map[string]any
		flags []string
	}{
		{name: "default"},
		{name: "abort", flags: []string{"--allow-abort", "--explain"}},
		{name: "tags", more: map[string]any{"object_tags": "team=data"}},
		{name: "challenge", more: map[string]any{"sentinel_key": "a/challenge"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if testing.Short() && (tt.name == "default" || tt.name == "tags") {
				t.Skip("for -short the policies with more than these are enough")
			}
			bucket := "policy-" + tt.name
			server.CreateBucket(t, bucket)
			config := policyConfig(t, server, bucket, tt.more)
			want := 4 // three of the example and one that is large
			if key, ok := tt.more["sentinel_key"].(string); ok {
				server.Put(t, bucket, key, nil)
				want++
			}
			if _, _, err := runQuietly(t, "--config", config, "--input", large); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
				t.Fatalf("without a policy: %v", err)
			}
			text, stderr, err := runQuietly(t, append(tt.flags, "policy", "--config", config, "--principal", policyPrincipal)...)
			if err != nil {
				t.Fatal(err, stderr)
			}
			server.PutBucketPolicy(t, bucket, strings.Replace(text, policyPrincipal, policyUser, 1))
			for _, input := range []string{"../../examples/quickstart/shop.singer", large} {
				if _, stderr, err := runQuietly(t, "--config", config, "--input", input); err != nil {
					t.Fatalf("%s: %v\n%s", input, err, stderr)
				}
			}
			if keys := server.Keys(t, bucket); len(keys) != want {
				t.Errorf("objects %q", keys)
			}
		})
	}
}

// largeMessages make a file of more than one part.
func largeMessages() []byte {
	var b bytes.Buffer
	b.WriteString(`{"type":"SCHEMA","stream":"large","schema":{"properties":{"text":{"type":"string"}}},"key_properties":[]}` + "\n")
	for range 14 {
		b.WriteString(`{"type":"RECORD","stream":"large","record":{"text":"` + strings.Repeat("x", 1<<20) + `"}}` + "\n")
	}
	return b.Bytes()
}

// TestPolicyHasNothingToSpare takes one action after the other out of it. What
// needs it must fail then, or it should not be asked for.
func TestPolicyHasNothingToSpare(t *testing.T) {
	server := versitygw.Start(t)
	server.AddUser(t, policyUser, policySecret)
	const bucket = "spare"
	server.CreateBucket(t, bucket)
	missing := policyConfig(t, server, bucket, map[string]any{"sentinel_key": "none"})
	loads := policyConfig(t, server, bucket, nil)
	tags := policyConfig(t, server, bucket, map[string]any{"object_tags": "team=data"})
	// Not s3:ListBucket: without it this server says as before what is missing.
	for action, tt := range map[string]struct{ config, want string }{
		"":                    {missing, "(404) when calling the HeadObject operation: Not Found"},
		"s3:PutObject":        {loads, "AccessDenied"},
		"s3:GetObject":        {missing, "403"},
		"s3:PutObjectTagging": {tags, "AccessDenied"},
	} {
		t.Run(action, func(t *testing.T) {
			text, _, err := runQuietly(t, "policy", "--config", tt.config, "--principal", policyPrincipal)
			if err != nil {
				t.Fatal(err)
			}
			var d policy.Document
			if err := json.Unmarshal([]byte(text), &d); err != nil {
				t.Fatal(err)
			}
			s := &d.Statement[0]
			s.Principal.AWS = []string{policyUser}
			before := len(s.Action)
			s.Action = slices.DeleteFunc(s.Action, func(a string) bool { return a == action })
			if action != "" && len(s.Action) != before-1 {
				t.Fatalf("not in the policy: %s", text)
			}
			less, err := json.Marshal(d)
			if err != nil {
				t.Fatal(err)
			}
			server.PutBucketPolicy(t, bucket, string(less))
			_, _, err = runQuietly(t, "--config", tt.config, "--input", "../../examples/quickstart/shop.singer")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}
