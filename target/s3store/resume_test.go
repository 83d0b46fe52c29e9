package s3store

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"target-s3/target/store"
)

// A server that was killed in the middle of a completion may say afterwards that all
// is well, and have nothing. Who publishes what another process may have tried to
// publish believes what is there.
func TestResumedSuccessIsLookedFor(t *testing.T) {
	for _, there := range []bool{false, true} {
		const token = "TOKEN"
		s := openStore(t, answering(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodPost:
				_, _ = io.WriteString(w, `<CompleteMultipartUploadResult><ETag>"0123456789abcdef0123456789abcdef-1"</ETag></CompleteMultipartUploadResult>`)
			case there:
				w.Header().Set("Etag", `"0123456789abcdef0123456789abcdef-1"`)
				w.Header().Set("Content-Length", "10")
				w.Header().Set("X-Amz-Meta-"+metadataUpload, token)
			default:
				w.WriteHeader(http.StatusNotFound)
			}
		}))
		u := s.Resume(store.Receipt{
			Key: objectKey, Upload: "U", Token: token, Size: 10,
			Parts: []store.PartReceipt{{Size: 10, ETag: `"0123456789abcdef0123456789abcdef"`, CRC32C: "00000000"}},
		})
		err := u.Publish(t.Context())
		if there && err != nil || !there && !errors.Is(err, store.ErrGone) {
			t.Errorf("there: %v, error %v", there, err)
		}
	}
}
