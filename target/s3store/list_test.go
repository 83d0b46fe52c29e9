package s3store

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"target-s3/target/storetest/versitygw"
)

// A list goes on over its pages, and a service that does not say where the next one
// begins does not keep anybody for ever.
func TestPages(t *testing.T) {
	for name, test := range map[string]struct {
		next string // where the second page begins
		want int
		err  string
	}{
		"two pages":   {"more", 2, ""},
		"without end": {"", 1, "there is more, but not where it begins"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t, answering(t, func(w http.ResponseWriter, r *http.Request) { onePage(w, r, test.next) }))
			keys, err := s.List(t.Context(), "", 1000)
			if test.err == "" && (len(keys) != test.want || err != nil) || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("List: %q, %v", keys, err)
			}
			var uploads int
			err = nil
			for _, e := range s.Uploads(t.Context(), "") {
				if err = e; err == nil {
					uploads++
				}
			}
			if uploads != test.want || test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("Uploads: %d, %v", uploads, err)
			}
		})
	}
}

// More uploads than one page has are listed, also by a server that does not find the next
// page by an upload.
func TestPagesOfUploads(t *testing.T) {
	server := newServer(t, append(versitygw.OnAmazon, "s3:ListBucketMultipartUploads")...)
	s := openStore(t, loaderConfig(server.Endpoint))
	want := make(map[string]bool)
	for i := range 2*pageSize + 1 {
		key := fmt.Sprintf("singer/orders/%d.jsonl", i)
		if _, err := s.client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &s.cfg.Bucket, Key: &key}); err != nil {
			t.Fatal(err)
		}
		want[key] = true
	}
	for u, err := range s.Uploads(t.Context(), "singer/") {
		if err != nil {
			t.Fatal(err)
		}
		if !want[u.Key] {
			t.Errorf("%s twice", u.Key)
		}
		delete(want, u.Key)
	}
	if len(want) > 0 {
		t.Errorf("%d uploads are missing", len(want))
	}
}

// onePage answers a request for a list with one entry, and says that there is more
// unless the request is for the page that begins at next.
func onePage(w http.ResponseWriter, r *http.Request, next string) {
	q := r.URL.Query()
	begin := q.Get("continuation-token") + q.Get("key-marker")
	more := next == "" || begin != next
	w.Header().Set("Content-Type", "application/xml")
	if q.Has("uploads") {
		_, _ = fmt.Fprintf(w, `<ListMultipartUploadsResult><IsTruncated>%v</IsTruncated><NextKeyMarker>%s</NextKeyMarker>`+
			`<Upload><Key>k</Key><UploadId>u</UploadId></Upload></ListMultipartUploadsResult>`, more, next)
		return
	}
	_, _ = fmt.Fprintf(w, `<ListBucketResult><IsTruncated>%v</IsTruncated><NextContinuationToken>%s</NextContinuationToken>`+
		`<Contents><Key>k%s</Key></Contents>`, more, next, begin)
	_, _ = io.WriteString(w, `</ListBucketResult>`)
}
