package policy

// The lifecycle rule that a bucket should have: it aborts uploads that were neither
// completed nor aborted. With exactly_once a commit that a crash has interrupted can
// be finished for as long as its uploads are there.
const (
	AbortRule = "target-s3-unfinished-uploads"
	AbortDays = 7
)
