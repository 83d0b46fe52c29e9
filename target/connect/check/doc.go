// Package check verifies by real use that the loader can work with its settings:
// it sends the requests that a load sends, with the same headers and by the same
// code, and says of each what was tried, what the service answered, how to mend
// it and why the loader requires it.
//
// # What it leaves behind
//
// Nothing, with the three privileges that the loader is given (s3:PutObject,
// s3:GetObject, s3:ListBucket). None of them deletes, so nothing may come into
// being in the first place: an object is sent with a digest that it does not
// have, and an upload in parts is aborted. Whether a key is really refused when
// it is taken takes an object that exists, which is the challenge file if that
// is empty, or one that is made for the purpose if the credentials happen to be
// allowed to delete it again; otherwise that check is skipped and says so.
//
// A service may store what it should have refused, or refuse to remove what it
// stored. Then the result names the key and how to remove it.
//
// # Clocks
//
// S3 refuses requests whose time differs from its own by more than 15 minutes.
// A difference of more than 5 fails the check: a clock that is so far off is not
// being set by anything, and its time is in every object key and record.
package check
