package config

import (
	"slices"
	"strings"
	"testing"

	"target-s3/target/roots"
)

func TestBatchRoots(t *testing.T) {
	for value, want := range map[string]roots.Set{
		`["file:///a b", "s3://bucket/x"]`:     {{Path: "/a b"}, {Bucket: "bucket", Path: "x/"}},
		`"file:///a"`:                          {{Path: "/a"}},
		`" [\"file:///a\", \"s3://bucket\"] "`: {{Path: "/a"}, {Bucket: "bucket"}}, // as the environment has it
		`[]`:                                   nil,
		`""`:                                   nil,
	} {
		c, _, err := Load(JSON("c.json", []byte(`{"s3_bucket": "bucket", "batch_roots": `+value+`}`)))
		if got := c.Roots(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", value, got, err)
			continue
		}
		written, err := Encode(c, true)
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := Load(JSON("written", written))
		if err != nil || !slices.Equal(again.Roots(), want) {
			t.Errorf("%s: %v after it was written, %v", value, again.Roots(), err)
		}
	}
}

func TestBatchRootsRefused(t *testing.T) {
	for members, want := range map[string]string{
		`"batch_roots": {}`:                                              `must be a JSON array of strings, or one string`,
		`"batch_roots": [5]`:                                             `must be a JSON array of strings, or one string`,
		`"batch_roots": [null]`:                                          `must be a JSON array of strings, or one string`,
		`"batch_roots": "[\"file:///a\""`:                                `must be a JSON array of strings, or one string`,
		`"batch_roots": ["/a"]`:                                          `"/a": must begin with file:// or s3:// (must be file:///dir or s3://bucket/prefix)`,
		`"batch_roots": ["file:///a", ""]`:                               `"": must begin with file:// or s3://`,
		`"batch_roots": ["file:///a/../b"]`:                              `must not have . or .. for a folder`,
		`"batch_roots": ["file://a"]`:                                    `must have three slashes`,
		`"batch_roots": ["s3:///a"]`:                                     `must name a bucket`,
		`"batch_roots": ["s3://UPPER/a"]`:                                `the name of a bucket consists of lower-case letters`,
		`"batch_roots": ["https://bucket/a"]`:                            `must begin with file:// or s3://`,
		`"batch_roots": ["s3://bucket/a"], "aws_endpoint_url": "file:x"`: `cannot have s3:// while aws_endpoint_url is a folder`,
	} {
		_, _, err := Load(JSON("c.json", []byte(`{"s3_bucket": "bucket", `+members+`}`)))
		if err == nil || !strings.Contains(err.Error(), "batch_roots") || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", members, err)
		}
	}
}
