package s3store

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// Only rules count that are on, abort uploads, and are for the keys that are asked
// about.
func TestAbortsAfter(t *testing.T) {
	const (
		off   = `<Rule><Status>Disabled</Status><Filter><Prefix></Prefix></Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>`
		other = `<Rule><Status>Enabled</Status><Filter><Prefix>shop/orders/</Prefix></Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>`
		expir = `<Rule><Status>Enabled</Status><Filter></Filter><Expiration><Days>3</Days></Expiration></Rule>`
		all   = `<Rule><Status>Enabled</Status><Filter></Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>9</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>`
		old   = `<Rule><Status>Enabled</Status><Prefix>shop</Prefix><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>`
	)
	answer, status := "", http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	defer server.Close()
	s := bucket(openStore(t, loaderConfig(server.URL)))
	for rules, want := range map[string]int{off + other + expir: 0, all + other: 9, all + old: 7, "": 0} {
		answer = "<LifecycleConfiguration>" + rules + "</LifecycleConfiguration>"
		if days, err := s.AbortsAfter(t.Context(), "shop/"); days != want || err != nil {
			t.Errorf("%s: %d, %v", rules, days, err)
		}
	}
	answer, status = "<Error><Code>NoSuchLifecycleConfiguration</Code></Error>", http.StatusNotFound
	if days, err := s.AbortsAfter(t.Context(), "shop/"); days != 0 || err != nil {
		t.Errorf("none: %d, %v", days, err)
	}
	answer, status = "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden
	_, err := s.AbortsAfter(t.Context(), "shop/")
	_ = failure(t, err, "AccessDenied", "s3:GetLifecycleConfiguration")
}
