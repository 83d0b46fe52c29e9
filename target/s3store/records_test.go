package s3store

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"target-s3/target/store"
	"target-s3/target/storetest/faults"
	"target-s3/target/storetest/versitygw"
)

// TestReadBroken reads what is cut off, and what is damaged.
func TestReadBroken(t *testing.T) {
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		text   string
	}{
		"cut off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "{") // the connection ends with it
		}, "unexpected EOF"},
		"damaged": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amz-Checksum-Crc32c", "AAAAAA==")
			_, _ = io.WriteString(w, "{}")
		}, "checksum did not match"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				w.Header().Set("ETag", `"1"`)
				tt.answer(w, r)
			}))
			t.Cleanup(server.Close)
			_, _, err := openStore(t, loaderConfig(server.URL)).Read(t.Context(), "journal", 1000)
			wantError(t, err, CodeGarbled, tt.text, "What came is not what was stored")
			if asked != readTries {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

// TestReplaceWithoutConditions has a service that does not know the conditions of a journal,
// and no advice to do without them.
func TestReplaceWithoutConditions(t *testing.T) {
	for _, refusal := range []fault{
		faults.Refuse(http.StatusNotImplemented, "NotImplemented", "not here"),
		faults.Refuse(http.StatusBadRequest, "InvalidArgument", "header If-Match is not supported"),
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { refusal(w, nil) }))
		t.Cleanup(server.Close)
		_, err := openStore(t, loaderConfig(server.URL)).Replace(t.Context(), "journal", []byte("{}"), `"1"`)
		if !errors.Is(err, errors.ErrUnsupported) || strings.Contains(err.Error(), "conditional_writes") {
			t.Errorf("error %v", err)
		}
	}
}

// TestReplaceChangedAfterRetry asks with a wrong condition, and gets the answer at the
// second try. That the service holds to conditions is known all the same.
func TestReplaceChangedAfterRetry(t *testing.T) {
	server := newServer(t, versitygw.OnAmazon...)
	p := newProxy(t, server.Endpoint)
	s := openStore(t, loaderConfig(p.URL))
	version, err := s.Replace(t.Context(), objectKey, []byte("one"), "")
	if err != nil {
		t.Fatal(err)
	}
	for name, wrong := range map[string]string{"of an object": "", "of no object": `"00000000000000000000000000000000"`} {
		for kind, f := range map[string]fault{"lost before": faults.Reset, "lost after": faults.Lose} {
			p.fault = disturb(opPut, f)
			if _, err := s.Replace(t.Context(), objectKey, []byte("two"), wrong); !errors.Is(err, store.ErrChanged) {
				t.Errorf("version %s, %s: %v, want that it was changed", name, kind, err)
			}
		}
	}
	p.fault = nil
	if got, is, err := s.Read(t.Context(), objectKey, 100); err != nil || string(got) != "one" || is != version {
		t.Errorf("read %q, version %q, %v; want one of version %q", got, is, err, version)
	}
}
