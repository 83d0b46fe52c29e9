//go:build !chaos

package s3store

import "time"

// Defaults of the fields of Config that are zero.
const (
	// DefaultMaxAttempts and DefaultMaxBackoff together outlast about a minute of
	// a service that is throttling or down.
	DefaultMaxAttempts = 8
	DefaultMaxBackoff  = 20 * time.Second
	// DefaultStallTimeout is more than Amazon S3 takes to begin an answer, and
	// enough for a full send buffer to drain on a slow line. Two tries of it are
	// the minute for which a service that went away is waited for.
	DefaultStallTimeout = 30 * time.Second
)
