package config

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

// FuzzLoad: no document breaks the loader, every refusal is an Errors with
// something to say, and what was accepted is accepted again as it is encoded.
func FuzzLoad(f *testing.F) {
	sample, err := os.ReadFile("../../config.sample.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(sample))
	for _, members := range []string{
		"", `"region": "a", "aws_region": "b"`, `"object_tags": {"a": "b", "c": "<&>"}`, `"object_tags": "a=b&c=d+e"`,
		`"aws_access_key_id": "` + testKeyID + `", "aws_secret_access_key": "x"`, `"csv_delimiter": "\t"`,
		`"batch_wait_limit_seconds": 0.0005, "max_uncommitted_seconds": 31535999.999`, `"aws_endpoint_url": "file:a%20b"`,
		`"encryption_type": "KMS", "encryption_key": "\u003c"`, `"compression": "ZSTD", "compression_level": "07"`,
		`"naming_convention": "{stream}/{date}"`, `"max_rejected_records": -0, "force_path_style": "AUTO"`,
		`"description": "\ud800 \u2028 <b>"`, `"acl": null, "log_level": "Error"`,
	} {
		f.Add(`{"s3_bucket": "bucket", ` + members + `}`)
	}
	f.Add("\ufeff{} x")
	f.Fuzz(func(t *testing.T, doc string) {
		c, _, err := Load(JSON("c.json", []byte(doc)))
		if err != nil {
			all, ok := errors.AsType[Errors](err)
			if !ok || len(all) == 0 || strings.TrimSpace(err.Error()) == "" {
				t.Fatalf("%#v", err)
			}
			return
		}
		again, err := Encode(c, true)
		if err != nil {
			t.Fatal(err)
		}
		c2, notices, err := Load(JSON("again.json", again))
		if err != nil || !reflect.DeepEqual(c, c2) {
			t.Fatalf("%v %v\n%s\nwas %+v\nis  %+v", err, notices, again, c, c2)
		}
	})
}
