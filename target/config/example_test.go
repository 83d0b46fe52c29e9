package config_test

import (
	"fmt"

	"target-s3/target/config"
)

func ExampleLoad() {
	settings, _, err := config.Load(
		config.JSON("config.json", []byte(`{"s3_bucket": "example-lake", "compression": "gzip"}`)),
		config.Env([]string{"TARGET_S3_COMPRESSION=zstd"}), // the later source wins
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(settings.S3Bucket, settings.Compression, settings.OutputFileFormat)
	// Output: example-lake zstd jsonl
}

// All problems come at once.
func ExampleLoad_mistakes() {
	_, _, err := config.Load(config.JSON("config.json", []byte(`{"s3_bucket": "s3://example-lake/", "compressions": "gzip"}`)))
	fmt.Println(err)
	// Output:
	// 2 problems with the settings:
	// config.json:1:37: compressions: unknown setting: did you mean compression?
	// config.json:1:2: s3_bucket "s3://example-lake/": must be the name of the bucket alone: did you mean "example-lake"?
}
