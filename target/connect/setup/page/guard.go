package page

import (
	"crypto/rand"
	"crypto/subtle"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// bodyBytes is more than the longest answers have together.
const bodyBytes = 64 << 10

// guard lets only the browser in that opened the printed address, and only from
// our own pages:
//
//   - The token of the address is exchanged for the folder of the pages at its first
//     use, and void from then on: an address is seen where a browser is started
//     with it. The folder's name is a secret, which the browser alone was told.
//   - There is no cookie. Browsers send those to every port of 127.0.0.1, where
//     somebody else on this machine may listen.
//   - Host is the address of this server, so that no name of somebody else's that
//     resolves to 127.0.0.1 gets in.
//   - Whatever changes something comes from our own origin.
type guard struct {
	hosts  []string
	folder string // name, without slashes
	next   http.Handler

	mu    sync.Mutex
	token string // empty: void
}

func newGuard(port, token string, next http.Handler) *guard {
	return &guard{
		hosts: []string{"127.0.0.1:" + port, "localhost:" + port},
		token: token, folder: rand.Text(), next: next,
	}
}

// refusal is why a request is not served.
type refusal struct {
	status      int
	title, text string
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	harden(w.Header())
	folder, page, inside := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch no := g.refuse(r); {
	case no != nil:
		renderRefusal(w, *no)
	case inside && same(folder, g.folder):
		r.Body = http.MaxBytesReader(w, r.Body, bodyBytes)
		r.URL.Path, r.URL.RawPath = "/"+page, ""
		g.next.ServeHTTP(w, r)
	case r.Method == http.MethodGet && r.URL.Path == "/" && r.URL.Query().Has("token"):
		g.open(w, r)
	default:
		renderRefusal(w, refusal{
			http.StatusForbidden, "No access with this address",
			"Open the address that target-s3 setup --web has printed. It works once. " +
				"If it was used, go back to the tab that it opened, or press Ctrl-C in the terminal and start again.",
		})
	}
}

// same compares secrets in a time that tells nothing.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// harden sets what holds for every answer. The policy for its contents is set
// where it is rendered, with the nonce. Referrer-Policy keeps the folder to us:
// another port is another origin. It is not no-referrer, with which browsers send
// "Origin: null" with our own forms.
func harden(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// refuse judges where a request comes from.
func (g *guard) refuse(r *http.Request) *refusal {
	foreign := &refusal{http.StatusForbidden, "Not from this page", "The request came from another site, or under another name than 127.0.0.1, and was not carried out."}
	if !slices.Contains(g.hosts, r.Host) {
		return foreign
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if !reads && r.Method != http.MethodPost {
		return &refusal{http.StatusMethodNotAllowed, "Not understood", "The page has no use for the method " + r.Method + "."}
	}
	origins, given := r.Header["Origin"]
	if given && (len(origins) != 1 || origins[0] != "http://"+r.Host) {
		return foreign
	}
	if reads {
		return nil
	}
	if site := r.Header.Get("Sec-Fetch-Site"); !given || site != "" && site != "same-origin" {
		return foreign
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return &refusal{http.StatusUnsupportedMediaType, "Not understood", "The page accepts what its own forms send."}
	}
	return nil
}

// open exchanges the token for the folder, once.
func (g *guard) open(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	good := g.token != "" && same(r.URL.Query().Get("token"), g.token)
	if good {
		g.token = ""
	}
	g.mu.Unlock()
	if !good {
		renderRefusal(w, refusal{
			http.StatusForbidden, "This address is used up",
			"The address works once, in the browser that opens it first, or it is not the one that was printed. " +
				"Go back to the tab that it opened, or press Ctrl-C where target-s3 setup --web runs and start it again for a new one.",
		})
		return
	}
	w.Header().Set("Referrer-Policy", "no-referrer") // it has the token
	w.Header().Set("Location", "/"+g.folder+"/"+firstStep())
	w.WriteHeader(http.StatusSeeOther)
}
