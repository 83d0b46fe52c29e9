// Package check says how a try of what the loader does turned out.
package check

// Outcome is how a check ended.
type Outcome string

// The outcomes. Skipped is for what could not be tried, because something before
// it failed, or does not apply; the detail says which.
const (
	OK      Outcome = "ok"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// Result is one check. Its texts are of one line each and safe to print.
type Result struct {
	Name    string  `json:"name"`  // stable identifier
	Title   string  `json:"title"` // for a person, short
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail,omitempty"` // what was tried and what was found
	Code    string  `json:"code,omitempty"`   // the S3 error code
	Fix     string  `json:"fix,omitempty"`    // how to mend it, or what to do about what was left behind
	Why     string  `json:"why,omitempty"`    // the reason the loader requires it
}

// The names of the checks that others go by.
const (
	Credentials   = "credentials"
	Bucket        = "bucket"
	ChallengeFile = "challenge_file"
)
