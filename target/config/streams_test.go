package config_test

import (
	"strings"
	"testing"

	"target-s3/target/config"
)

const streamsDocument = `{
  "s3_bucket": "bucket",
  "compression": "zstd",
  "compression_level": 19,
  "streams": {
    "crm_*": {"output_file_format": "csv", "delimiter": ";"},
    "crm_orders": {"compression": "gzip", "batch_size_rows": "10"},
    "*": {"validate_records": false},
    "*_log": {"add_record_metadata": false, "s3_key_prefix": null}
  }
}`

func TestStreams(t *testing.T) {
	text := strings.Replace(streamsDocument, `";"`, `"|"`, 1)
	for name, source := range map[string]config.Source{
		"document": config.JSON("c.json", []byte(text)),
		"environment": config.Env([]string{
			"TARGET_S3_S3_BUCKET=bucket", "TARGET_S3_COMPRESSION=zstd", "TARGET_S3_COMPRESSION_LEVEL=19",
			"TARGET_S3_STREAMS=" + text[strings.Index(text, `{
    "crm`):len(text)-1],
		}),
	} {
		t.Run(name, func(t *testing.T) {
			c, notices, err := config.Load(source)
			if err != nil || len(notices) > 0 {
				t.Fatal(err, notices)
			}
			for _, test := range []struct {
				stream, pattern, format, compression string
				level                                int
				rows                                 int64
				validate, metadata                   bool
			}{
				{"crm_orders", "crm_orders", "jsonl", "gzip", 1, 10, true, true},
				{"crm_items", "crm_*", "csv", "zstd", 19, 0, true, true},
				{"crm_log", "crm_*", "csv", "zstd", 19, 0, true, true}, // as exact, and written before
				{"web_log", "*_log", "jsonl", "zstd", 19, 0, true, false},
				{"crm", "*", "jsonl", "zstd", 19, 0, false, true},
			} {
				pattern, _ := c.Streams.Pattern(test.stream)
				got := c.Streams.Of(pattern)
				if pattern != test.pattern || got.OutputFileFormat != test.format || got.Compression != test.compression || got.CompressionLevel != test.level ||
					got.BatchSizeRows != test.rows || got.ValidateRecords != test.validate || got.AddRecordMetadata != test.metadata || got.S3Bucket != "bucket" {
					t.Errorf("%s: %s %+v", test.stream, pattern, got)
				}
			}
			if got := strings.Join(c.Streams.Patterns(), " "); got != "crm_* crm_orders * *_log" {
				t.Error(got)
			}
			doc, err := config.Encode(c, false)
			if err != nil {
				t.Fatal(err)
			}
			again, _, err := config.Load(config.JSON("again", doc))
			if err != nil {
				t.Fatalf("%v\n%s", err, doc)
			}
			if one := again.Streams.Of("crm_orders"); one.Compression != "gzip" || one.CompressionLevel != 1 {
				t.Errorf("%+v", one)
			}
		})
	}
}

func TestStreamsRefused(t *testing.T) {
	for text, want := range map[string][]string{
		`{"a": {"compressoin": "gzip"}}`:                          {`c.json:1:40: streams.a.compressoin: unknown setting: did you mean compression?`},
		`{"a": {"aws_region": "x"}}`:                              {`c.json:1:40: streams.a.aws_region: is one setting for all streams; for some there are s3_key_format_string, `},
		`{"a": {"batch_size_rows": -1, "output_file_format": 7}}`: {`c.json:1:63: streams.a.output_file_format 7: must be `, `c.json:1:40: streams.a.batch_size_rows -1: must be a whole number`},
		`{"a": {"compression": "snappy"}}`:                        {`c.json:1:40: streams.a.compression "snappy": must be none, gzip or zstd with output_file_format jsonl`},
		`{"a": {"compression_level": 3}}`:                         {`c.json:1:40: streams.a.compression_level 3: possible only with compression gzip or zstd`},
		`{"a": {"compression": "gzip", "compression_level": 12}}`: {`streams.a.compression_level 12: must be 1 to 9 with gzip`},
		`{"a": {}, "a": {}}`:                                      {`c.json:1:43: streams.a: occurs twice`},
		`{"a": {"compression": "gzip", "compression": "gzip"}}`:   {`streams.a.compression: occurs twice, first at c.json:1:40`},
		`{"": {}}`:              {`c.json:1:34: streams: a pattern must not be empty`},
		`{"a": 1}`:              {`c.json:1:34: streams.a: must be a JSON object of settings`},
		`[]`:                    {`c.json:1:23: streams []: must be a JSON object of patterns`},
		`"{\"a\": {\"x\": 1}}"`: {`c.json:1:23:1:8: streams.a.x: unknown setting`},
		`"{"`:                   {`streams: not JSON: unexpected end`},
		`{"a": {"s3_key_format_string": "[table_name]/[field:]"}}`: {`c.json:1:40: streams.a.s3_key_format_string "[table_name]/[field:]": `},
		`{"a": {"max_record_bytes": 1000000000000}}`:               {`c.json:1:40: streams.a.max_record_bytes 1000000000000: must be at most half of memory_limit_bytes`},
	} {
		_, _, err := config.Load(config.JSON("c.json", []byte(`{"s3_bucket":"bucket","streams":`+text+`}`)))
		if err == nil {
			t.Errorf("%s: no error", text)
			continue
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v, want %s", text, err, w)
			}
		}
	}
}

func TestStreamPatterns(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"a", "a", true},
		{"a", "ab", false},
		{"*", "", true},
		{"a*", "a", true},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"*b*", "abc", true},
		{"a*b*c", "axbxc", true},
		{"a*b*c", "acb", false},
		{"*ab*ab", "xab", false},
		{"?", "a", false},
		{"crm_*", "CRM_a", false},
	} {
		c, _, err := config.Load(config.JSON("c", []byte(`{"s3_bucket":"bucket","streams":{"`+test.pattern+`":{}}}`)))
		if err != nil {
			t.Fatal(err)
		}
		if _, got := c.Streams.Pattern(test.name); got != test.want {
			t.Errorf("%q is for %q: %v", test.pattern, test.name, got)
		}
	}
}
