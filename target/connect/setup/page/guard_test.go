package page

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestTokenWorksOnce(t *testing.T) {
	f := serve(t, nil, nil)
	path := strings.TrimPrefix(f.url, f.origin)
	early := f.stranger(t)
	for _, wrong := range []string{"/", "/destination", "/?token=", "/?token=" + strings.Repeat("A", 26), "/done", "/nowhere", "//destination", "/" + strings.Repeat("A", 26) + "/destination"} {
		if a := early.get(wrong); a.status != http.StatusForbidden || strings.Contains(a.body, "<form") {
			t.Errorf("%s without the token: %d %s", wrong, a.status, a.body)
		}
	}
	if a := early.do(http.MethodHead, path, nil, nil); a.status != http.StatusForbidden {
		t.Errorf("HEAD: %d", a.status) // of something that only looks at links
	}
	c := f.open(t)
	token := f.url[strings.Index(f.url, "=")+1:]
	if folder := strings.Trim(c.folder, "/"); len(folder) < 26 || len(token) < 26 || folder == token { // of 32 letters each: 130 bits
		t.Errorf("folder %q, token %q", folder, token)
	}
	c.get("/destination").has(t, "/destination", "Display name")
	for _, again := range []string{path, "/?token=", "/?token"} {
		if a := f.stranger(t).get(again); a.status != http.StatusForbidden || !strings.Contains(a.body, "works once") {
			t.Errorf("%s after it was used: %d %s", again, a.status, a.body)
		}
	}
}

// TestNothingButThePathLetsIn: cookies go to every port of the machine, and so
// would be no secret. None is set, and no page has the path in it.
func TestNothingButThePathLetsIn(t *testing.T) {
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, nil)
	c := f.open(t)
	secret := strings.Trim(c.folder, "/")
	for _, path := range []string{"/", "/destination", "/bucket", "/files", "/key", "/access", "/check", "/nowhere"} {
		a := c.get(path)
		if strings.Contains(a.body, secret) || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: cookie %q, %s", path, a.header.Get("Set-Cookie"), a.body)
		}
	}
	u, _ := url.Parse(f.origin + c.folder + "/")
	if cookies := c.Jar.Cookies(u); len(cookies) > 0 {
		t.Errorf("cookies: %v", cookies)
	}
	for name, change := range map[string]func(*http.Request){
		"cookie":  header("Cookie", "target-s3-setup-"+u.Port()+"="+secret+"; token="+secret),
		"referer": header("Referer", u.String()+"bucket"),
		"both":    func(r *http.Request) { r.Header.Set("Cookie", secret); r.Header.Set("Referer", u.String()) },
	} {
		for _, path := range []string{"/bucket", "/" + secret[:25] + "/bucket", "/" + secret + "A/bucket", "/" + strings.ToLower(secret) + "/bucket", "//" + secret + "/bucket"} {
			if a := f.stranger(t).do(http.MethodPost, path, url.Values{"s3_bucket": {"evil-bucket"}}, change); a.status != http.StatusForbidden {
				t.Errorf("%s at %s: %d", name, path, a.status)
			}
		}
	}
	c.get("/bucket").has(t, "/bucket", `value="x-bucket"`)
}

func TestForeignRequestsAreRefused(t *testing.T) {
	f := serve(t, nil, nil)
	c := f.open(t)
	host := strings.TrimPrefix(f.origin, "http://")
	_, port, _ := strings.Cut(host, ":")
	for _, tt := range []struct {
		name   string
		method string
		change func(*http.Request) // nil: none
		want   int
	}{
		{"ours", "POST", nil, http.StatusOK},
		{"ours, of a browser", "POST", header("Sec-Fetch-Site", "same-origin"), http.StatusOK},
		{"localhost", "GET", func(r *http.Request) { r.Host = "localhost:" + port }, http.StatusOK},
		{"another name", "GET", func(r *http.Request) { r.Host = "evil.example:" + port }, http.StatusForbidden},
		{"another port", "GET", func(r *http.Request) { r.Host = "127.0.0.1:1" }, http.StatusForbidden},
		{"no port", "GET", func(r *http.Request) { r.Host = "127.0.0.1" }, http.StatusForbidden},
		{"a name that resolves here", "POST", func(r *http.Request) {
			r.Host = "evil.example:" + port
			r.Header.Set("Origin", "http://evil.example:"+port)
		}, http.StatusForbidden},
		{"foreign origin", "POST", header("Origin", "https://evil.example"), http.StatusForbidden},
		{"foreign origin", "GET", header("Origin", "https://evil.example"), http.StatusForbidden},
		{"another port's origin", "POST", header("Origin", "http://127.0.0.1:1"), http.StatusForbidden},
		{"opaque origin", "POST", header("Origin", "null"), http.StatusForbidden},
		{"no origin", "POST", func(r *http.Request) { r.Header.Del("Origin") }, http.StatusForbidden},
		{"two origins", "POST", func(r *http.Request) { r.Header.Add("Origin", f.origin) }, http.StatusForbidden},
		{"another site", "POST", header("Sec-Fetch-Site", "cross-site"), http.StatusForbidden},
		{"another port of this machine", "POST", header("Sec-Fetch-Site", "same-site"), http.StatusForbidden},
		{"another kind of body", "POST", header("Content-Type", "text/plain"), http.StatusUnsupportedMediaType},
		{"another folder", "POST", func(r *http.Request) { r.URL.Path = "/x/destination" }, http.StatusForbidden},
		{"no folder", "POST", func(r *http.Request) { r.URL.Path = "/destination" }, http.StatusForbidden},
		{"another method", "PUT", header("Origin", f.origin), http.StatusMethodNotAllowed},
	} {
		a := c.do(tt.method, "/destination", url.Values{"display_name": {tt.name}}, tt.change)
		if a.status != tt.want {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.name, a.status, tt.want)
		}
		if tt.want == http.StatusForbidden && strings.Contains(a.body, "<form") {
			t.Errorf("%s %s: %s", tt.method, tt.name, a.body)
		}
	}
	if text := c.get("/destination").body; !strings.Contains(text, `value="ours, of a browser"`) {
		t.Errorf("a refused request has changed an answer:\n%s", text)
	}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func TestHeaders(t *testing.T) {
	f := serve(t, nil, nil)
	c := f.open(t)
	one, two := c.get("/bucket"), c.get("/bucket")
	policy := one.header.Get("Content-Security-Policy")
	if policy == two.header.Get("Content-Security-Policy") {
		t.Error("a nonce is used twice")
	}
	for _, part := range []string{"default-src 'none'", "script-src 'nonce-", "style-src 'nonce-", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, part) {
			t.Errorf("policy %q lacks %s", policy, part)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
		t.Error(policy)
	}
	for _, a := range []answer{one, c.get("/nowhere"), f.stranger(t).get("/"), c.post("/validate", "s3_bucket", "x")} {
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%s: %s: %q", a.path, name, got)
			}
		}
		if !strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: no policy", a.path)
		}
	}
	for _, outside := range []string{" src=", "<link", "<img", "url(", "@import", `="http`, `="//`} {
		if strings.Contains(one.body, outside) {
			t.Errorf("the page refers to something outside: %s", outside)
		}
	}
}

func TestBodyIsLimited(t *testing.T) {
	f := serve(t, nil, nil)
	c := f.open(t)
	if a := c.post("/destination", "description", strings.Repeat("a", bodyBytes)); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", a.status)
	}
	if a := c.post("/destination", "description", strings.Repeat("a", bodyBytes/2)); a.path != "/bucket" {
		t.Errorf("at %s: %d", a.path, a.status)
	}
}
