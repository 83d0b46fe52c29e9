// Package s3store is the store.Store on Amazon S3 and on services that speak
// its protocol. It is the only user of the AWS SDK.
//
// # What goes over the wire
//
// A small object is one PutObject; a large one, and one that another process must be
// able to publish, is a multipart upload whose parts are sent as they come. Both
// become visible by one conditional request (If-None-Match: *), so that nothing is
// ever overwritten. Each carries a random token as metadata: where the answer to that
// request was lost, or another process may have published the object, the token tells
// our own from another's. A record, which is replaced, is a PutObject with If-Match.
//
// Integrity: every request names the CRC-32C of its bytes in a header, and an
// upload is completed with the CRC-32C and the size of the whole object, which
// S3 compares with what it stored. Over https the payload is not signed besides
// (TLS does that); over http it is, by its SHA-256. With request_checksums set to
// when_required no checksum header is sent, and SHA-256 also signs the payload over
// https. Nothing is ever sent in chunks with trailers.
//
// # Patience
//
// A request is tried again while that can help. A service that has not yet
// answered as S3 does is given up within half a minute, with a warning for each
// try; one that went away is waited for for a minute in which nothing moves, and
// once that was in vain every other request has one short try. Only requests that
// had a connection are in doubt, and looked into afterwards. An answer of success
// without what S3 puts there (an ETag, the identifier of an upload) is asked for
// again where the service is known to be S3. An Abort uses all the time that its
// context has, as what it does not remove stays. Answers have limits of
// size and time, but for the content of an object.
//
// # Permissions
//
// s3:PutObject for all that is written, s3:GetObject and s3:ListBucket for
// HeadObject. Amazon S3 lets the initiator of a multipart upload abort it; a
// service that wants s3:AbortMultipartUpload for that and does not grant it
// leaves the parts of failed uploads behind, which is logged as a warning.
package s3store
