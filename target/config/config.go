// Package config is what a user can set. One table, settings.go, names every
// setting; parsing, validation, environment variables, --about and the reference
// in docs are made from it.
package config

import (
	"crypto/rand"
	"log/slog"
	"strings"
	"time"
)

// Config is a validated set of settings. Only Load and Default make one; every
// field belongs to exactly one row of the table of settings.
type Config struct {
	DisplayName string
	Description string

	S3Bucket          string
	IntegrationName   string
	S3KeyFormatString string // accepted by objectkey.Parse
	S3KeyPrefix       string // accepted by objectkey.CheckPrefix
	RunID             string // empty: whoever starts a load makes one up, see NewRunID
	SentinelKey       string // empty: no challenge file is looked for
	ExactlyOnce       string // the pipeline's name, accepted by CheckPipeline; empty: commits have no journal

	OutputFileFormat string // FormatJSONL, FormatCSV or FormatParquet
	CSVDelimiter     byte   // ',', '|' or '\t'
	CSVForceQuote    bool
	CSVColumnOrder   string // CSVBySchema or CSVByName
	CSVArrays        string // CSVSubtables or CSVJSON
	Compression      string // CompressionNone, CompressionGzip, CompressionZstd or, for Parquet, CompressionSnappy
	CompressionLevel int    // in the codec's own range, its default filled in; 0 without compression

	AddRecordMetadata  bool
	ValidateRecords    bool
	InvalidRecords     string // InvalidReject or InvalidFail
	MaxRejectedRecords *int64 // nil: unlimited
	MaxRecordBytes     int64

	BatchSizeRows    int64         // 0: off
	BatchSizeBytes   int64         // at least 1
	BatchWaitLimit   time.Duration // 0: a checkpoint is due at every STATE
	UncoveredRecords string        // UncoveredCommit or UncoveredDiscard; empty: see DiscardsUncovered
	MaxUncommitted   time.Duration // 0: never commit without a STATE before the end of input
	MemoryLimitBytes int64

	MaxParallelUploads int

	AWSAccessKeyID      Secret
	AWSSecretAccessKey  Secret
	AWSSessionToken     Secret
	AWSProfile          string
	AWSRegion           string
	RoleARN             string
	ExternalID          string
	RoleSessionName     string
	ExpectedBucketOwner string // 12 digits

	AWSEndpointURL    string // http:, https: or file:; see FileRoot
	ForcePathStyle    *bool  // nil: decided by the endpoint
	RequestChecksums  string // ChecksumsAuto, ChecksumsWhenSupported or ChecksumsWhenRequired
	ConditionalWrites *bool  // nil: found out by trying

	ServerSideEncryption string // "", SSEAES256 or SSEKMS
	SSEKMSKeyID          string
	StorageClass         string
	ACL                  string
	ObjectTags           map[string]string // nil: none

	BatchRoots []string // where files of BATCH messages may be; nil: nowhere

	Streams Streams // settings that are others for some streams, see For

	PostLoadWebhookURL Secret // with its path, which often is what lets one in

	LogLevel  slog.Level
	LogFormat string // LogAuto, LogText, LogJSON or LogSinger
}

// The values of the settings that are a choice.
const (
	FormatJSONL   = "jsonl"
	FormatCSV     = "csv"
	FormatParquet = "parquet"

	CSVBySchema  = "schema"
	CSVByName    = "name"
	CSVSubtables = "subtables"
	CSVJSON      = "json"

	CompressionNone   = "none"
	CompressionGzip   = "gzip"
	CompressionZstd   = "zstd"
	CompressionSnappy = "snappy"

	UncoveredCommit  = "commit"
	UncoveredDiscard = "discard"

	InvalidReject = "reject"
	InvalidFail   = "fail"

	ChecksumsAuto          = "auto"
	ChecksumsWhenSupported = "when_supported"
	ChecksumsWhenRequired  = "when_required"

	SSEAES256 = "AES256"
	SSEKMS    = "aws:kms"

	LogAuto   = "auto"
	LogText   = "text"
	LogJSON   = "json"
	LogSinger = "singer"
)

// Extension is that of the files, compression included: jsonl, csv.gz, parquet.
func (c Config) Extension() string {
	suffix := map[string]string{CompressionGzip: ".gz", CompressionZstd: ".zst"}[c.Compression]
	if c.OutputFileFormat == FormatParquet { // what is compressed are its pages
		suffix = ""
	}
	return c.OutputFileFormat + suffix
}

// DiscardsUncovered reports whether records that no STATE covers are left to the next
// run, which brings them again. That is the default where no row may come twice.
func (c *Config) DiscardsUncovered() bool {
	return c.UncoveredRecords == UncoveredDiscard || c.UncoveredRecords == "" && c.ExactlyOnce != ""
}

// NewRunID names a run for people and keys: 40 random bits, in lower case.
func NewRunID() string { return strings.ToLower(rand.Text()[:8]) }
