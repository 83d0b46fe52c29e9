package page

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	permissions "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/connect/check"
	"target-s3/target/filestore"
)

// badBuckets and badKeys are what people type, and what the page must say to it.
var (
	badBuckets = []struct{ text, want string }{
		{"s3://x", "the name of the bucket alone"},
		{"https://x-bucket.s3.amazonaws.com", `did you mean "x-bucket"?`},
		{"My_Bucket", "lower-case letters, digits, dots and hyphens"},
		{"a/b", "the name of the bucket alone"},
	}
	badKeys = []struct{ text, want string }{
		{"[integration_name]/[table_name]_[timestamp_loaded]", "required and missing: [table_version]"},
		{"my data/[integration_name]/[table_name]/[table_version]_[timestamp_loaded]", "spaces are not allowed"},
		{"data!/[integration_name]/[table_name]/[table_version]_[timestamp_loaded]", "not allowed: !"},
		{strings.Repeat("a", 480) + "/[integration_name]/[table_name]/[table_version]_[timestamp_loaded]", "at most 500"},
	}
)

const goodKey = "raw/[integration_name]/[table_name]/[table_version]_[timestamp_loaded].[csv|jsonl]"

// live types a text and waits for what the page says to it.
func (b *tab) live(name, text, want string) {
	b.t.Helper()
	b.enter(name, text)
	if want == "" {
		b.until(`document.querySelector("#` + name + `-problem").textContent === "" && !document.querySelector("#` + name + `").hasAttribute("aria-invalid")`)
		return
	}
	b.until(`document.querySelector("#` + name + `-problem").textContent.includes(` + quoted(want) + `) && document.querySelector("#` + name + `").getAttribute("aria-invalid") === "true"`)
}

// TestTyping has everything refused that must be, corrects it, and loads with the
// settings that result.
func TestTyping(t *testing.T) {
	b := newTab(t)
	out := t.TempDir()
	f := serve(t, map[string]string{"aws_endpoint_url": "file://" + out}, nil)
	b.do(chromedp.Navigate(f.url))
	b.at("/destination")
	b.click(".primary")
	b.at("/bucket")
	for _, bad := range badBuckets {
		b.live("s3_bucket", bad.text, bad.want)
		b.live("s3_bucket", "x-bucket", "")
	}
	b.enter("s3_bucket", "My_Bucket") // and sent before it was judged
	b.click(".primary")
	b.until(`document.activeElement.id === "s3_bucket" && document.activeElement.getAttribute("aria-invalid") === "true" && document.readyState === "complete"`)
	b.live("s3_bucket", "x-bucket", "")
	b.click(".primary")
	b.at("/files")
	visible := func() bool { return value[bool](b, `document.querySelector("#csv_delimiter-1").checkVisibility()`) }
	if visible() {
		t.Error("jsonl has a delimiter")
	}
	b.click(`[value="csv"]`)
	if !visible() {
		t.Error("csv has no delimiter")
	}
	b.click(`[value="|"]`)
	b.click(".primary")
	b.at("/key")
	for _, bad := range badKeys {
		b.live("s3_key_format_string", bad.text, bad.want)
		b.live("s3_key_format_string", goodKey, "")
		b.until(`document.querySelector("#sample").textContent === "raw/singer/orders/1_1519235654474.csv"`)
	}
	b.click(".primary")
	b.at("/access")
	b.click(".primary")
	b.at("/check")
	b.click(".primary")
	b.until(`location.pathname.endsWith("/done") && document.querySelector("h1").textContent === "Saved"`)
	f.end(t)
	if !strings.Contains(b.text("main"), "everything a load needs is there") || value[string](b, `getComputedStyle(document.querySelector("main")).display`) != "flex" {
		t.Errorf("the page that was served last: %s", b.text("body"))
	}
	loads(t, f.saved, filepath.Join(out, "x-bucket"))
}

// loads loads with the settings that were saved.
func loads(t *testing.T, saved, dir string) {
	t.Helper()
	c := load(t, saved)
	root, _ := c.FileRoot()
	store, err := filestore.New(root, c.S3Bucket)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	messages := `{"type":"SCHEMA","stream":"orders","key_properties":["id"],"schema":{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"}}}}
{"type":"RECORD","stream":"orders","record":{"id":7,"name":"a|b"}}
{"type":"STATE","value":{"orders":7}}
`
	var state bytes.Buffer
	if _, err := target.Load(t.Context(), strings.NewReader(messages), nil, target.Options{
		Config: c, Store: store, State: &state,
	}); err != nil {
		t.Fatal(err)
	}
	var files []string
	err = filepath.WalkDir(filepath.Join(dir, "raw/singer/orders"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) != 1 || !strings.HasSuffix(files[0], ".csv") {
		t.Fatalf("%q, %v", files, err)
	}
	if text, _ := os.ReadFile(files[0]); !strings.Contains(string(text), "\n7|\"a|b\"|") || state.String() != "{\"orders\":7}\n" {
		t.Errorf("%s, state %s", text, state.String())
	}
}

// TestKeyboard fills in a step with keys alone.
func TestKeyboard(t *testing.T) {
	b := newTab(t)
	f := serve(t, nil, nil)
	b.do(chromedp.Navigate(f.url))
	b.at("/destination")
	b.do(chromedp.KeyEvent(kb.Tab))
	b.until(`document.activeElement.className === "skip" && document.activeElement.getBoundingClientRect().top >= 0`)
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Tab))
	b.until(`document.activeElement.id === "display_name" && getComputedStyle(document.activeElement).outlineStyle === "solid"`)
	b.do(chromedp.KeyEvent("Raw"), chromedp.KeyEvent(kb.Enter))
	b.at("/bucket")
	b.do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab)) // past the step before
	b.until(`document.activeElement.id === "s3_bucket"`)
	b.do(chromedp.KeyEvent("a/b"), chromedp.KeyEvent(kb.Enter))
	b.until(`document.activeElement.getAttribute("aria-invalid") === "true" && document.readyState === "complete"`)
	described := value[string](b, `document.activeElement.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).textContent).join(" ")`)
	if !strings.Contains(described, "the name of the bucket alone") {
		t.Errorf("described by %q", described)
	}
	b.do(chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`), chromedp.KeyEvent("x-bucket"), chromedp.KeyEvent(kb.Enter))
	b.at("/files")
	b.until(`document.activeElement === document.body`)
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#output_file_format-1").focus()`), chromedp.KeyEvent(kb.ArrowDown))
	b.until(`document.querySelector("[value=csv]").checked`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.at("/key")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("textarea").focus()`), chromedp.KeyEvent(kb.Enter))
	b.at("/access")
	b.visit("key")
	if !value[bool](b, `document.querySelector("textarea").scrollWidth <= document.querySelector("textarea").clientWidth && document.querySelector("textarea").scrollHeight <= document.querySelector("textarea").clientHeight`) {
		t.Error("the key is not to be seen whole")
	}
}

func TestCopy(t *testing.T) {
	b := newTab(t)
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, nil)
	b.do(chromedp.Navigate(f.url))
	b.at("/destination")
	b.do(allow(f.origin))
	b.visit("access")
	b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach((d) => { d.open = true; })`))
	b.live("principal", "nobody", "nobody")
	if value[bool](b, `document.querySelector("#policy").checkVisibility()`) {
		t.Errorf("a policy for nobody: %s", b.text("#policy"))
	}
	b.live("principal", "arn:aws:iam::123456789012:role/loader", "")
	b.until(`document.querySelector("#policy").textContent.includes("role/loader")`)
	for id, want := range map[string]string{"policy": "role/loader", "challenge": "target-s3-challenge-file-", "attach": "put-bucket-policy"} {
		b.click(`[data-copy="` + id + `"]`)
		shown := `document.getElementById("` + id + `").textContent`
		b.until(`navigator.clipboard.readText().then((text) => text === ` + shown + `)`)
		if got := value[string](b, shown); !strings.Contains(got, want) {
			t.Errorf("%s: %q", id, got)
		}
		b.until(`document.querySelector("#copied").textContent === "Copied to the clipboard"`)
	}
}

// allow lets the test read the clipboard.
func allow(origin string) chromedp.Action[chromedp.Void] {
	return send(permissions.SetPermission, permissions.SetPermissionParams{
		Permission: &permissions.PermissionDescriptor{Name: "clipboard-read"}, Setting: permissions.PermissionSettingGranted, Origin: origin,
	})
}

// TestNoticesAreInSight, on a phone, wherever the button was and however far down
// the page is read.
func TestNoticesAreInSight(t *testing.T) {
	b := newTab(t)
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, func(o *Options) {
		o.CreateBucket = func(context.Context, config.Config) (connect.Done, error) {
			return connect.Done{Made: true, Text: "The bucket was created."}, nil
		}
		o.CreateChallengeFile = func(context.Context, config.Config) (connect.Done, error) {
			return connect.Done{}, errors.New("not now")
		}
		o.Check = func(_ context.Context, _ config.Config, each func(check.Result)) bool {
			for range 30 {
				each(check.Result{Name: check.Bucket, Title: "Bucket", Outcome: check.Failed, Code: "NoSuchBucket", Detail: "none", Fix: "create it"})
			}
			return false
		}
	})
	b.do(chromedp.Navigate(f.url))
	b.at("/destination")
	b.look(390, "light")
	inSight := func(place, text string) {
		t.Helper()
		b.until(`(() => {
			const place = document.querySelector(` + quoted(place) + `), box = place?.getBoundingClientRect();
			return place?.textContent.includes(` + quoted(text) + `) && box.top >= 0 && box.bottom <= innerHeight;
		})()`)
	}
	b.visit("access")
	b.click(`[action="create-bucket"] button`)
	inSight("#notice", "The bucket was created.")
	b.click(`[action="create-challenge"] button`)
	inSight("#notice", "It was not created: not now")
	b.visit("check")
	b.click(".primary")
	inSight("#outcome", "30 checks failed")
	b.do(chromedp.Evaluate[chromedp.Void](`scrollTo(0, 2000)`))
	b.until(`scrollY > 500`)
	inSight("#outcome", "30 checks failed")
	b.click(`li:last-child [action="create-bucket"] button`)
	inSight("#notice", "The bucket was created.")
}

// TestForeignPage has another site in the same browser try what it can.
func TestForeignPage(t *testing.T) {
	b := newTab(t)
	b.refused = true
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, nil)
	b.do(chromedp.Navigate(f.url))
	b.at("/destination")
	bucket := strings.TrimSuffix(value[string](b, `location.href`), "destination") + "bucket"
	// Even one that has found out the path.
	attack := `<form method="post" action="` + bucket + `"><input name="s3_bucket" value="evil-bucket"></form><script>document.forms[0].submit()</script>`
	b.do(chromedp.Navigate("data:text/html," + url.PathEscape(attack)))
	b.until(`document.querySelector("h1")?.textContent === "Not from this page"`)
	b.do(chromedp.Navigate(bucket))
	b.at("/bucket")
	if got := value[string](b, `document.querySelector("#s3_bucket").value`); got != "x-bucket" {
		t.Errorf("the bucket is %q", got)
	}
}

// TestOtherPort has somebody else on this machine listen on another port, to
// which the browser is led from the form. Nothing that is sent there opens it.
func TestOtherPort(t *testing.T) {
	b := newTab(t)
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, nil)
	b.do(chromedp.Navigate(f.url))
	b.at("/destination")
	folder := strings.TrimSuffix(value[string](b, `location.pathname`), "/destination")
	lured := make(chan *http.Request, 1)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/trap" {
			lured <- r.Clone(t.Context())
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<link rel="icon" href="data:,"><h1>trap</h1>`)
	}))
	defer other.Close()
	b.do(chromedp.Evaluate[chromedp.Void](`location.assign(` + quoted(other.URL+"/trap") + `)`))
	b.until(`document.querySelector("h1")?.textContent === "trap"`)
	got := <-lured
	for name, values := range got.Header {
		if strings.Contains(strings.Join(values, " "), strings.Trim(folder, "/")) {
			t.Errorf("%s: %q has the path", name, values)
		}
	}
	replay := f.stranger(t).do(http.MethodPost, "/bucket", url.Values{"s3_bucket": {"evil-bucket"}}, func(r *http.Request) {
		for _, cookie := range got.Cookies() {
			r.AddCookie(cookie)
		}
	})
	if replay.status != http.StatusForbidden || len(got.Cookies()) > 0 || got.Referer() != "" {
		t.Errorf("%d, cookies %v, referer %q", replay.status, got.Cookies(), got.Referer())
	}
}
