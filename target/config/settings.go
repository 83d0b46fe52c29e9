package config

import (
	"slices"

	"target-s3/target/objectkey"
)

// The groups of the reference, in its order.
const (
	groupDestination = "Destination"
	groupFiles       = "Files"
	groupRecords     = "Records"
	groupBatches     = "Batches and checkpoints"
	groupBatchFiles  = "BATCH messages"
	groupStreams     = "Settings for some streams"
	groupAWS         = "Credentials and region"
	groupService     = "S3-compatible services"
	groupObjects     = "Properties of the objects"
	groupLog         = "Log and webhook"
)

// table is the one list of settings.
var table = slices.Concat(
	destinationSettings, fileSettings, recordSettings, batchSettings, batchFileSettings, streamSettings,
	awsSettings, serviceSettings, objectSettings, logSettings,
)

const (
	// minMemory holds one block of input, one of output and one part in flight
	// for each of the default uploads, with room for a few open streams.
	minMemory = 64 << 20
	// maxObject is what 10,000 parts of the 5 MiB minimum hold: any object up to
	// it can be staged without knowing its size beforehand.
	maxObject = 10_000 * (5 << 20)
	// maxSeconds is a year: no run lasts longer, and no sum of two overflows.
	maxSeconds = 365 * 24 * 60 * 60
)

var destinationSettings = []Setting{
	{
		Name: "display_name", Kind: String, Group: groupDestination,
		Description: "Name of the destination, shown by `check` and in the log.",
		field:       func(c *Config) any { return &c.DisplayName }, check: oneLine,
	},
	{
		Name: "description", Kind: String, Group: groupDestination,
		Description: "What the destination is for; shown beside its name.",
		field:       func(c *Config) any { return &c.Description },
	},
	{
		Name: "s3_bucket", Kind: String, Group: groupDestination, Required: true,
		Description: "Name of the bucket, without `s3://`, `https://` or slashes.",
		field:       func(c *Config) any { return &c.S3Bucket }, check: checkBucket,
	},
	{
		Name: "integration_name", Kind: String, Group: groupDestination, Default: "singer", Asked: true,
		Description: "Name of the source, for `[integration_name]` in the object key: letters, digits, dots, hyphens and underscores.",
		field:       func(c *Config) any { return &c.IntegrationName }, check: checkSegment,
	},
	{
		Name: "s3_key_format_string", Kind: String, PerStream: true, Group: groupDestination, Default: objectkey.Default,
		Description: "Template of the object key. `[integration_name]`, `[table_name]`, `[table_version]` and `[timestamp_loaded]` are required.",
		field:       func(c *Config) any { return &c.S3KeyFormatString }, check: checkKeyFormat,
	},
	{
		Name: "s3_key_prefix", Kind: String, PerStream: true, Group: groupDestination,
		Description: "Text in front of every object key. To make it a folder, end it with `/`.",
		field:       func(c *Config) any { return &c.S3KeyPrefix }, check: checkKeyPrefix,
	},
	{
		Name: "run_id", Kind: String, Group: groupDestination, DefaultNote: "8 random characters",
		Description: "Name of the run, for `[run_id]` in the object key and for the metadata of the objects. Letters, digits, dots, hyphens and underscores.",
		field:       func(c *Config) any { return &c.RunID }, check: checkSegment,
	},
	{
		Name: "sentinel_key", Kind: String, Group: groupDestination,
		Description: "Key of a challenge file in the bucket. If it is missing, nothing is loaded.",
		field:       func(c *Config) any { return &c.SentinelKey }, check: checkSentinel,
	},
}

var fileSettings = []Setting{
	{
		Name: "output_file_format", Kind: Choice, PerStream: true, Group: groupFiles, Default: FormatJSONL, Enum: []string{FormatJSONL, FormatCSV, FormatParquet},
		Description: "Format of the files: JSON lines with nested data intact, CSV with nested data flattened, or Parquet with columns typed by the schema.",
		field:       func(c *Config) any { return &c.OutputFileFormat },
	},
	{
		Name: "csv_delimiter", Kind: Choice, PerStream: true, Group: groupFiles, Default: ",", Enum: []string{",", "|", "\t"},
		Description: "Character between the fields of a CSV file; `\\t` is a tab.",
		Aliases:     []Alias{{Name: "delimiter"}},
		field:       func(c *Config) any { return &c.CSVDelimiter },
	},
	{
		Name: "csv_force_quote", Kind: Bool, PerStream: true, Group: groupFiles, Default: "false",
		Description: "Put every field of a CSV file in quotes, not only those that need them.",
		field:       func(c *Config) any { return &c.CSVForceQuote },
	},
	{
		Name: "csv_column_order", Kind: Choice, PerStream: true, Group: groupFiles, Default: CSVBySchema, Enum: []string{CSVBySchema, CSVByName},
		Description: "Order of the columns of CSV files: as in the schema, with new ones last, or by name, for taps that list them in a different order in each run. System columns come last.",
		field:       func(c *Config) any { return &c.CSVColumnOrder },
	},
	{
		Name: "csv_arrays", Kind: Choice, PerStream: true, Group: groupFiles, Default: CSVSubtables, Enum: []string{CSVSubtables, CSVJSON},
		Description: "How CSV files store arrays: as rows of separate tables, or as JSON text in their column.",
		field:       func(c *Config) any { return &c.CSVArrays },
	},
	{
		Name: "compression", Kind: Choice, PerStream: true, Group: groupFiles, Default: CompressionNone,
		Enum:        []string{CompressionNone, CompressionGzip, CompressionZstd, CompressionSnappy},
		Description: "Compression of the files; their names get `.gz` or `.zst`. In a Parquet file the pages are compressed, and the name stays. `snappy` is for Parquet only.",
		field:       func(c *Config) any { return &c.Compression },
	},
	{
		Name: "compression_level", Kind: Integer, PerStream: true, Group: groupFiles, Min: 1, Max: 22, DefaultNote: "1, the fastest",
		Description: "1 to 9 for gzip, 1 to 22 for zstd (1–2, 3–5, 6–9 and 10–22 each do the same), none for others. A higher level makes smaller files and takes longer.",
		field:       func(c *Config) any { return &c.CompressionLevel },
	},
}

var batchFileSettings = []Setting{
	{
		Name: "batch_roots", Kind: List, Group: groupBatchFiles,
		Description: "Folders (`file:///dir`) and S3 prefixes (`s3://bucket/prefix`) below which the files of BATCH messages may be read. Without it a BATCH message ends the load.",
		field:       func(c *Config) any { return &c.BatchRoots }, check: checkBatchRoots,
	},
}

var streamSettings = []Setting{
	{
		Name: "streams", Kind: PerPattern, Group: groupStreams,
		Description: "Settings for some streams: an object that has patterns of stream names (`*` stands for any text), each with an object of settings. The most specific pattern wins.",
		field:       func(c *Config) any { return &c.Streams },
	},
}

var recordSettings = []Setting{
	{
		Name: "add_record_metadata", Kind: Bool, PerStream: true, Group: groupRecords, Default: "true",
		Description: "Add the system columns (`_sdc_…`) to every record.",
		Aliases:     []Alias{{Name: "add_metadata_columns"}},
		field:       func(c *Config) any { return &c.AddRecordMetadata },
	},
	{
		Name: "validate_records", Kind: Bool, PerStream: true, Group: groupRecords, Default: "true",
		Description: "Validate every record against the schema of its stream.",
		field:       func(c *Config) any { return &c.ValidateRecords },
	},
	{
		Name: "invalid_records", Kind: Choice, PerStream: true, Group: groupRecords, Default: InvalidReject, Enum: []string{InvalidReject, InvalidFail},
		Description: "What happens to an invalid record: `reject` writes it to the table `_sdc_rejected` and goes on, `fail` ends the run with exit code 1.",
		field:       func(c *Config) any { return &c.InvalidRecords },
	},
	{
		Name: "max_rejected_records", Kind: Integer, Group: groupRecords, DefaultNote: "unlimited",
		Description: "With more rejected records than this, the load finishes and ends with exit code 3.",
		field:       func(c *Config) any { return &c.MaxRejectedRecords },
	},
	{
		Name: "max_record_bytes", Kind: Bytes, PerStream: true, Group: groupRecords, Default: "20000000", Min: 1,
		Description: "Size in bytes above which a record is rejected.",
		field:       func(c *Config) any { return &c.MaxRecordBytes },
	},
}

var batchSettings = []Setting{
	{
		Name: "batch_size_rows", Kind: Integer, PerStream: true, Group: groupBatches, Default: "0",
		Description: "Number of rows at which a file is closed and the next one begun; 0 means no limit.",
		Aliases:     []Alias{{Name: "max_batch_size"}},
		field:       func(c *Config) any { return &c.BatchSizeRows },
	},
	{
		Name: "batch_size_bytes", Kind: Bytes, PerStream: true, Group: groupBatches, Default: "134217728", Min: 1, Max: maxObject,
		Description: "Size in bytes, as stored, at which a file is closed and the next one begun.",
		field:       func(c *Config) any { return &c.BatchSizeBytes },
	},
	{
		Name: "batch_wait_limit_seconds", Kind: Seconds, Group: groupBatches, Default: "300", Max: maxSeconds,
		Description: "Seconds from the first uncommitted record until a checkpoint is due. It takes place at the next STATE after that; 0 means at every STATE.",
		field:       func(c *Config) any { return &c.BatchWaitLimit },
	},
	{
		Name: "max_uncommitted_seconds", Kind: Seconds, Group: groupBatches, Default: "3600", Max: maxSeconds,
		Description: "Seconds without a STATE after which records are committed without one; 0 means never. Does not apply with `exactly_once` or with `uncovered_records: discard`.",
		field:       func(c *Config) any { return &c.MaxUncommitted },
	},
	{
		Name: "exactly_once", Kind: String, Group: groupBatches,
		Description: "Name of the pipeline. With it a crash leaves no row twice. Each pair of tap and destination needs its own name: 1 to 100 letters, digits, dots, hyphens and underscores.",
		field:       func(c *Config) any { return &c.ExactlyOnce }, check: CheckPipeline,
	},
	{
		Name: "uncovered_records", Kind: Choice, Group: groupBatches, Enum: []string{UncoveredCommit, UncoveredDiscard},
		DefaultNote: "`commit`, or `discard` with `exactly_once`",
		Description: "Records after the last STATE: `commit` loads them, and a rerun may bring them again. `discard` leaves them to the next run, with exit code 1 if the input ends with some.",
		field:       func(c *Config) any { return &c.UncoveredRecords },
	},
	{
		Name: "memory_limit_bytes", Kind: Bytes, Group: groupBatches, Default: "536870912", Min: minMemory,
		Description: "Limit in bytes for all buffers together; the program itself takes up to 96 MiB more. To stay below the limit, the largest open files are uploaded or closed first.",
		field:       func(c *Config) any { return &c.MemoryLimitBytes },
	},
	{
		Name: "max_parallel_uploads", Kind: Integer, Group: groupBatches, Default: "4", Min: 1, Max: 256,
		Description: "Number of parts of objects that are uploaded at the same time. Small objects, and requests that publish objects, are sent up to 32 at a time.",
		field:       func(c *Config) any { return &c.MaxParallelUploads },
	},
}

var logSettings = []Setting{
	{
		Name: "log_level", Kind: Choice, Group: groupLog, Default: "info", Enum: []string{"debug", "info", "warn", "error"},
		Description: "Lowest level of the log lines that are written to standard error.",
		field:       func(c *Config) any { return &c.LogLevel },
	},
	{
		Name: "log_format", Kind: Choice, Group: groupLog, Default: LogAuto, Enum: []string{LogAuto, LogText, LogJSON, LogSinger},
		Description: "Form of the log: `text`, `json`, or `singer`, the JSON lines that Meltano reads; `auto` is `singer` under Meltano and `text` elsewhere.",
		field:       func(c *Config) any { return &c.LogFormat },
	},
	{
		Name: "post_load_webhook_url", Kind: SecretString, Group: groupLog,
		Description: "Address that gets a POST of JSON for each table after a checkpoint. It must begin with `https://`, or lead to this machine.",
		field:       func(c *Config) any { return &c.PostLoadWebhookURL }, check: checkWebhook,
	},
}
