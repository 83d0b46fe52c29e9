// Package journal makes a commit one request. What a load has staged becomes
// visible object by object, and then its state goes out: a crash between two of
// these would leave rows that the next run brings again. So before the first of them
// the journal, one small object in the bucket, is replaced by one that says what is
// to be published and which state is to be written. Whoever finds such an open
// journal does that, and whether it was done already makes no difference.
//
// It goes forward and never back. A load cannot know whether its state was taken by
// a runner, so removing objects could lose rows; publishing what was staged never
// can.
//
// A journal is replaced on the condition that it is the version that this load knows.
// Each version has a random token of its own, because equal contents have equal
// ETags; and by the token a load whose answer was lost knows its own version from
// that of another load.
package journal
