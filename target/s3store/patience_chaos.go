//go:build chaos

package s3store

import "time"

// In the build for tools/chaos requests are tried as often, but sooner: it makes
// thousands of them fail.
const (
	DefaultMaxAttempts  = 8
	DefaultMaxBackoff   = 100 * time.Millisecond
	DefaultStallTimeout = time.Second
)
