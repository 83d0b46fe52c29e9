package page

import (
	"crypto/rand"
	"crypto/subtle"
	"mime"
	"net/http"
	"slices"
	"sync"
)

// bodyBytes is more than the longest answers have together.
const bodyBytes = 64 << 10

// guard lets only the browser in that opened the printed address, and only from
// our own pages:
//
//   - The token of the address is exchanged for a cookie at its first use, and void
//     from then on. Every other request needs the cookie, which other sites cannot
//     have sent (SameSite=Strict).
//   - Host is the address of this server, so that no name of somebody else's that
//     resolves to 127.0.0.1 gets in.
//   - Whatever changes something comes from our own origin.
type guard struct {
	hosts  []string
	cookie http.Cookie
	next   http.Handler

	mu    sync.Mutex
	token string // empty: void
}

func newGuard(port, token string, next http.Handler) *guard {
	return &guard{
		hosts: []string{"127.0.0.1:" + port, "localhost:" + port},
		token: token,
		next:  next,
		cookie: http.Cookie{
			// Cookies do not tell ports apart: another setup has another name.
			Name: "target-s3-setup-" + port, Value: rand.Text(), Path: "/",
			HttpOnly: true, SameSite: http.SameSiteStrictMode,
		},
	}
}

// refusal is why a request is not served.
type refusal struct {
	status      int
	title, text string
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	harden(w.Header())
	if no := g.refuse(r); no != nil {
		renderRefusal(w, *no)
		return
	}
	if r.Method == http.MethodGet && r.URL.Path == "/" && r.URL.Query().Has("token") && !g.known(r) {
		g.open(w, r)
		return
	}
	if !g.known(r) {
		renderRefusal(w, refusal{
			http.StatusForbidden, "This browser has no access",
			"Open the address that target-s3 setup --web has printed. It works once, in one browser, which must accept its cookie. " +
				"If it was used, press Ctrl-C there and start again.",
		})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, bodyBytes)
	g.next.ServeHTTP(w, r)
}

// harden sets what holds for every answer. The policy for its contents is set
// where it is rendered, with the nonce. Referrer-Policy is not no-referrer, with
// which browsers send "Origin: null" with our own forms.
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

// known reports whether the request has the cookie.
func (g *guard) known(r *http.Request) bool {
	c, err := r.Cookie(g.cookie.Name)
	return err == nil && subtle.ConstantTimeCompare([]byte(c.Value), []byte(g.cookie.Value)) == 1
}

// open exchanges the token for the cookie, once. What it answers is a page that
// goes on by itself: after a redirect the browser would not send the cookie if
// the address was clicked on another site, such as a terminal in a browser.
func (g *guard) open(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	good := g.token != "" && subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("token")), []byte(g.token)) == 1
	if good {
		g.token = ""
	}
	g.mu.Unlock()
	if !good {
		renderRefusal(w, refusal{
			http.StatusForbidden, "This address is used up",
			"The address works once, in the browser that opens it first, or it is not the one that was printed. " +
				"Press Ctrl-C where target-s3 setup --web runs and start it again for a new one.",
		})
		return
	}
	http.SetCookie(w, &g.cookie)
	w.Header().Set("Referrer-Policy", "no-referrer") // it has the token
	render(w, http.StatusOK, "open", view{Title: "Opening", Refresh: "0; url=/" + firstStep()})
}
