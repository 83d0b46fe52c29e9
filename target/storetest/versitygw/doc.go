// Package versitygw runs a real S3 server for tests: versitygw, built from the
// tool module tools/versitygw. It is strict about signatures, checksums, region,
// bucket owner, conditional writes and bucket policies, where fakes are not.
//
// A test that cannot have the server (no go command, no modules, a file system
// without user attributes) is skipped, unless CI or TEST_TARGET_S3_REQUIRE_S3
// is set: then it fails, so that nothing is skipped where it matters.
//
// What it does not do as Amazon S3 does, as of v1.8.0: server-side encryption
// and storage classes are ignored; a bucket cannot hold both the keys a and a/b;
// the owner of a bucket is an access key, not an account of 12 digits; only
// what a policy names is allowed, so that the initiator of a multipart upload
// needs s3:AbortMultipartUpload to abort it.
package versitygw
