package config

import (
	"fmt"
	"slices"
	"strings"
)

// rule is a check that takes more than one setting to judge.
type rule struct {
	on    string   // the setting that is complained about
	reads []string // the others; where one of them was refused the rule says nothing
	// broken returns what is wrong and what is accepted, or the empty string.
	broken func(Config) string
}

var rules = []rule{
	{"compression_level", []string{"compression"}, levelBroken},
	{"compression", []string{"output_file_format"}, func(c Config) string {
		return when(c.Compression == CompressionSnappy && c.OutputFileFormat != FormatParquet,
			"must be none, gzip or zstd with output_file_format "+c.OutputFileFormat+"; snappy is for parquet alone")
	}},
	{"aws_access_key_id", []string{"aws_secret_access_key"}, func(c Config) string {
		return when(!c.AWSAccessKeyID.IsZero() && c.AWSSecretAccessKey.IsZero(), "needs aws_secret_access_key")
	}},
	{"aws_secret_access_key", []string{"aws_access_key_id"}, func(c Config) string {
		return when(!c.AWSSecretAccessKey.IsZero() && c.AWSAccessKeyID.IsZero(), "needs aws_access_key_id")
	}},
	{"aws_session_token", []string{"aws_access_key_id"}, func(c Config) string {
		return when(!c.AWSSessionToken.IsZero() && c.AWSAccessKeyID.IsZero(), "needs aws_access_key_id and aws_secret_access_key")
	}},
	{"aws_profile", []string{"aws_access_key_id"}, func(c Config) string {
		return when(c.AWSProfile != "" && !c.AWSAccessKeyID.IsZero(), "cannot be combined with aws_access_key_id: remove one of them")
	}},
	{"external_id", []string{"role_arn"}, func(c Config) string {
		return when(c.ExternalID != "" && c.RoleARN == "", "needs role_arn")
	}},
	{"role_session_name", []string{"role_arn"}, func(c Config) string {
		return when(c.RoleSessionName != "" && c.RoleARN == "", "needs role_arn")
	}},
	{"sse_kms_key_id", []string{"server_side_encryption"}, func(c Config) string {
		return when(c.SSEKMSKeyID != "" && c.ServerSideEncryption != SSEKMS, "needs server_side_encryption to be aws:kms")
	}},
	{"storage_class", []string{"aws_endpoint_url"}, storageClassBroken},
	{"aws_endpoint_url", []string{"s3_bucket"}, endpointBroken},
	{"batch_roots", []string{"aws_endpoint_url"}, batchRootsBroken},
	{"exactly_once", []string{"conditional_writes", "aws_endpoint_url"}, exactlyOnceBroken},
	{"max_record_bytes", []string{"memory_limit_bytes"}, func(c Config) string {
		limit := c.MemoryLimitBytes / 2
		return when(c.MaxRecordBytes > limit, fmt.Sprintf(
			"must be at most half of memory_limit_bytes, %d: a record is held as it came and as it is written", limit))
	}},
}

func when(broken bool, problem string) string {
	if broken {
		return problem
	}
	return ""
}

// checkRequired complains about each required setting that is not set.
func (l *loader) checkRequired() {
	for _, s := range table {
		if _, ok := l.entries[s.Name]; s.Required && !ok {
			l.fail(s.Name, "required, and not set")
		}
	}
}

// crossCheck applies the rules to a Config whose single values are in place.
func (l *loader) crossCheck() {
	for _, r := range rules {
		l.apply(r)
	}
	l.noticeUnused()
}

func (l *loader) apply(r rule) {
	if slices.ContainsFunc(append([]string{r.on}, r.reads...), func(name string) bool { return l.failed[name] }) {
		return
	}
	if problem := r.broken(l.cfg); problem != "" {
		l.fail(r.on, problem)
	}
}

// levels are the ranges and defaults of compression_level. The defaults are
// the fastest: uploads wait for compression more often than for the network,
// and level 6 of gzip saves a seventh of the size for three times the work.
var levels = map[string]struct{ least, most, standard int }{
	CompressionGzip: {1, 9, 1},
	CompressionZstd: {1, 22, 1},
}

func levelBroken(c Config) string {
	if c.CompressionLevel == 0 {
		return ""
	}
	l, ok := levels[c.Compression]
	if !ok {
		return "possible only with compression gzip or zstd"
	}
	return when(c.CompressionLevel < l.least || c.CompressionLevel > l.most,
		fmt.Sprintf("must be %d to %d with %s", l.least, l.most, c.Compression))
}

// fillLevel replaces a level that is not set by the codec's default.
func (c *Config) fillLevel() {
	if c.CompressionLevel == 0 {
		c.CompressionLevel = levels[c.Compression].standard
	}
}

func storageClassBroken(c Config) string {
	s, _ := Lookup("storage_class")
	return when(c.StorageClass != "" && c.AWSEndpointURL == "" && !slices.Contains(s.Enum, c.StorageClass),
		"must be one of "+quotedList(s.Enum))
}

// exactlyOnceBroken: without conditional writes two loads could commit the same
// records. A folder has a lock instead.
func exactlyOnceBroken(c Config) string {
	_, folder := c.FileRoot()
	return when(c.ExactlyOnce != "" && !folder && c.ConditionalWrites != nil && !*c.ConditionalWrites,
		"needs conditional writes: remove conditional_writes, or exactly_once")
}

// noticeUnused says once which settings a directory has no use for. Those that have
// their default are none: Meltano sets all of them.
func (l *loader) noticeUnused() {
	if _, ok := l.cfg.FileRoot(); !ok {
		return
	}
	var unused []string
	standard := Default()
	for _, s := range table {
		if _, ok := l.entries[s.Name]; ok && s.S3Only && s.Text(l.cfg) != s.Text(standard) {
			unused = append(unused, s.Name)
		}
	}
	if len(unused) > 0 {
		l.notices = append(l.notices, Notice{
			Place: l.entries["aws_endpoint_url"].place, Setting: "aws_endpoint_url",
			Text: "files are written to a directory, where these settings have no effect: " + strings.Join(unused, ", "),
		})
	}
}
