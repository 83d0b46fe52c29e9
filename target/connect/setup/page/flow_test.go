package page

import (
	"context"
	"encoding/json"
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"target-s3/target/config"
	"target-s3/target/connect"
	"target-s3/target/connect/check"
	"target-s3/target/connect/setup"
)

// load reads the settings that were saved.
func load(t *testing.T, path string) config.Config {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := config.Load(config.JSON(path, text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWithoutScript goes through the form as a browser does that runs none.
func TestWithoutScript(t *testing.T) {
	f := serve(t, map[string]string{"aws_endpoint_url": "file://" + t.TempDir()}, nil)
	c := f.open(t)
	c.get("/").has(t, "/destination", `aria-current="step"`)
	c.post("/destination", "display_name", "<b>Raw & more", "description", "").has(t, "/bucket", "1.")
	c.get("/destination").has(t, "/destination", "&lt;b&gt;Raw &amp; more")

	a := c.post("/bucket", "s3_bucket", "s3://x-bucket", "aws_region", "")
	a.has(t, "/bucket", "did you mean &#34;x-bucket&#34;", `value="s3://x-bucket"`, `aria-invalid="true" autofocus`)
	if a.status != http.StatusUnprocessableEntity || strings.Count(a.body, "autofocus") != 1 {
		t.Errorf("%d %s", a.status, a.body)
	}
	c.post("/bucket", "s3_bucket", "x-bucket", "aws_region", "").has(t, "/files", "CSV", `id="csv_delimiter-1"`)
	c.post("/files", "output_file_format", "csv", "csv_delimiter", "\t", "csv_force_quote", "true").has(t, "/key", "singer/orders/1_1519235654474.csv")
	c.get("/files").has(t, "/files", "value=\"\t\" checked", `value="csv" checked`)
	c.post("/key", "s3_key_format_string", "a b").has(t, "/key", "required and missing", `>a b</textarea>`)
	c.post("/key", "s3_key_format_string", "").has(t, "/access", "No bucket to open", "target-s3-challenge-file-", "touch ")
	c.post("/access", "go", "next").has(t, "/check", "&lt;b&gt;Raw &amp; more", "Tab (\\t)", f.saveAs)
	c.check("The settings are in")
	f.end(t)
	if f.saved != f.saveAs || f.err != nil {
		t.Errorf("saved %q, %v", f.saved, f.err)
	}
	saved := load(t, f.saveAs)
	if saved.S3Bucket != "x-bucket" || saved.OutputFileFormat != config.FormatCSV || saved.CSVDelimiter != '\t' || !saved.CSVForceQuote || saved.DisplayName != "<b>Raw & more" {
		t.Errorf("%+v", saved)
	}
	if info, _ := os.Stat(f.saveAs); info.Mode() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %v", info.Mode())
	}
}

// TestUnknownRegion is let pass, once the person was told.
func TestUnknownRegion(t *testing.T) {
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, nil)
	c := f.open(t)
	c.post("/bucket", "s3_bucket", "x-bucket", "aws_region", "us-est-1").has(t, "/bucket", "not a known AWS region; the nearest is us-east-1. Continue again to keep it.")
	c.post("/bucket", "s3_bucket", "x-bucket", "aws_region", "us-est-2").has(t, "/bucket", "the nearest is us-east-2")
	c.post("/bucket", "s3_bucket", "x-bucket", "aws_region", " us-est-2 ").has(t, "/files")
	c.post("/bucket", "s3_bucket", " x-bucket\u00a0", "aws_region", "eu-west-1\t").has(t, "/files")
	c.get("/bucket").has(t, "/bucket", `value="x-bucket"`, `value="eu-west-1"`)
}

// TestNameAndSurroundings: the integration's name has to be given, and what this
// machine says is shown.
func TestNameAndSurroundings(t *testing.T) {
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, func(o *Options) {
		none, _, err := config.LoadPart(config.JSON("", []byte(`{"s3_bucket": "x-bucket"}`)))
		if err != nil {
			t.Fatal(err)
		}
		o.Form = setup.New(none, setup.Surroundings{Endpoint: "http://localhost:9000", EndpointFrom: "AWS_ENDPOINT_URL", Profile: "<prod>", ProfileFrom: "AWS_PROFILE"})
	})
	c := f.open(t)
	for _, path := range []string{"/bucket", "/access"} {
		a := c.get(path)
		if path == "/access" {
			a.has(t, "/key", "required, and not set", `name="integration_name" value=""`)
			continue
		}
		a.has(t, path, "Service: http://localhost:9000, from AWS_ENDPOINT_URL. It will be saved", "AWS profile: &lt;prod&gt;, from AWS_PROFILE")
	}
	c.post("/key", "integration_name", " crm ", "s3_key_format_string", "a b!").has(t, "/key", "required and missing: [integration_name] [table_name]", "\nspaces are not allowed", ">a b!</textarea>")
	c.post("/key", "integration_name", "crm", "s3_key_format_string", "[integration_name]/[table_name]/\r\n[table_version]_[timestamp_loaded]").has(t, "/access")
	c.post("/key", "integration_name", "crm", "s3_key_format_string", "").has(t, "/access", "--endpoint-url http://localhost:9000", "in the way of your service")
	if strings.Contains(c.get("/access").body, "console.aws.amazon.com") {
		t.Error("the console of Amazon S3 is shown for another service")
	}
	c.get("/check").has(t, "/check", "crm", "Service: http://localhost:9000")
	c.check("The settings are in").has(t, "/done", "They come from the profile &lt;prod&gt;: set AWS_PROFILE")
	f.end(t)
	if saved := load(t, f.saveAs); saved.IntegrationName != "crm" || saved.AWSEndpointURL != "http://localhost:9000" || saved.AWSProfile != "" {
		t.Errorf("%+v", saved)
	}
}

func TestSaveToAnotherFile(t *testing.T) {
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, nil)
	other := strings.TrimSuffix(f.saveAs, ".json") + "-2.json"
	third := strings.TrimSuffix(f.saveAs, ".json") + "-3.json"
	for _, name := range []string{f.saveAs, third} {
		if err := os.WriteFile(name, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := f.open(t)
	c.post("/save", "other", other) // before there is anything to save
	c.check("exists. Replacing it loses").has(t, "/check", `name="other" value="`+other+`"`)
	c.post("/save", "other", third, "replace", "yes").has(t, "/check", third+" exists", `name="other"`) // nobody was asked about that file
	c.post("/save", "other", " ").has(t, "/check", third+" exists")
	c.post("/save", "other", filepath.Join(f.saveAs, "x")).has(t, "/check", "could not be saved")
	c.post("/save", "other", " "+other+" ").has(t, "/done", other)
	f.end(t)
	if f.saved != other || load(t, other).S3Bucket != "x-bucket" {
		t.Errorf("saved as %q", f.saved)
	}
	for _, name := range []string{f.saveAs, third} {
		if text, _ := os.ReadFile(name); string(text) != "mine" {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestBackKeepsWhatWasTyped(t *testing.T) {
	f := serve(t, nil, nil)
	c := f.open(t)
	c.post("/bucket", "s3_bucket", "My_Bucket", "go", "back").has(t, "/destination")
	if a := c.get("/bucket"); !strings.Contains(a.body, `value="My_Bucket"`) || strings.Contains(a.body, `aria-invalid="true"`) {
		t.Errorf("%s", a.body)
	}
	// Whoever skips a step is sent back to what is wrong there.
	for _, path := range []string{"/access", "/check"} {
		c.get(path).has(t, "/bucket", "lower-case letters", `aria-invalid="true"`)
	}
	c.post("/access", "go", "next").has(t, "/bucket")
	c.post("/check").has(t, "/bucket")
	c.post("/create-bucket").has(t, "/create-bucket", "No such page")
	if _, err := os.Stat(f.saveAs); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestAnswersToPointlessQuestionsDoNotCount(t *testing.T) {
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, nil)
	c := f.open(t)
	c.post("/files", "output_file_format", "jsonl", "csv_delimiter", "nonsense").has(t, "/key")
	c.check("The settings are in")
	if saved := load(t, f.saveAs); saved.CSVDelimiter != ',' {
		t.Errorf("%+v", saved)
	}
}

func TestValidate(t *testing.T) {
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, nil)
	c := f.open(t)
	validate := func(values ...string) (v verdict) {
		t.Helper()
		a := c.post("/validate", values...)
		if err := json.Unmarshal([]byte(a.body), &v); err != nil || a.header.Get("Content-Type") != "application/json" {
			t.Fatalf("%v: %s", err, a.body)
		}
		return v
	}
	if v := validate("s3_bucket", "a/b", "aws_region", ""); !strings.Contains(v.Problems["s3_bucket"], "must be the name") || v.Problems["aws_region"] != "" || len(v.Problems) != 2 {
		t.Errorf("%+v", v)
	}
	if v := validate("s3_key_format_string", "x/[integration_name]/[table_name]/[table_version]_[timestamp_loaded]"); v.Sample != "x/singer/orders/1_1519235654474.jsonl" || v.Problems["s3_key_format_string"] != "" {
		t.Errorf("%+v", v)
	}
	if v := validate("principal", "arn:aws:iam::123456789012:role/loader"); !strings.Contains(v.Policy, "role/loader") || v.Problems["principal"] != "" {
		t.Errorf("%+v", v)
	}
	if v := validate("principal", "nobody"); v.Policy != "" || v.Problems["principal"] == "" {
		t.Errorf("%+v", v)
	}
	c.get("/bucket").has(t, "/bucket", `value="x-bucket"`) // nothing of it was stored
}

func TestAccess(t *testing.T) {
	created := make(chan string, 2)
	f := serve(t, map[string]string{"s3_bucket": "x-bucket", "aws_region": "eu-central-1", "sse_kms_key_id": "arn:aws:kms:eu-central-1:123456789012:key/a", "server_side_encryption": "aws:kms", "batch_roots": `["s3://exchange/a"]`}, func(o *Options) {
		o.CreateBucket = func(_ context.Context, c config.Config) (connect.Done, error) {
			created <- c.S3Bucket
			return connect.Done{Made: true, Text: "The bucket was created.", Note: "Public access blocks are unknown <there>."}, nil
		}
		o.CreateChallengeFile = func(_ context.Context, c config.Config) (connect.Done, error) {
			created <- c.SentinelKey
			return connect.Done{}, errors.New("<script>alert(1)</script>")
		}
	})
	c := f.open(t)
	a := c.get("/access")
	a.has(t, "/access", "create-bucket --bucket x-bucket", "an inline policy", "target-s3 policy", "Create the bucket now",
		"<code>s3:ListBucket</code></td><td>finds the bucket", "kms:Decrypt", "Under Bucket policy choose Edit", "create a blank file of exactly this name",
		"and until then it is nowhere else", "must stay in the bucket", `href="https://docs.aws.amazon.com/`,
		"also names exchange. Each of these buckets needs a policy of its own")
	for _, link := range regexp.MustCompile(`<a href="http[^>]*>`).FindAllString(a.body, -1) {
		if !strings.Contains(link, `rel="noreferrer"`) {
			t.Errorf("%s", link)
		}
	}
	if strings.Contains(a.body, "&#34;Principal&#34;") {
		t.Errorf("%s", a.body)
	}
	c.post("/access", "principal", "arn:aws:iam::123456789012:role/loader", "go", "show").has(t, "/access", "&#34;Principal&#34;", "put-bucket-policy")
	a = c.post("/access", "principal", "nobody", "go", "next")
	a.has(t, "/access", `value="nobody"`, `aria-invalid="true" autofocus`)
	c.post("/create-bucket").has(t, "/access", "The bucket was created. Note: Public access blocks are unknown &lt;there&gt;.")
	a = c.post("/create-challenge", "from", "check")
	a.has(t, "/check", "It was not created: &lt;script&gt;alert(1)&lt;/script&gt;")
	if bucket, key := <-created, <-created; bucket != "x-bucket" || !strings.HasPrefix(key, "target-s3-challenge-file-") {
		t.Errorf("%s %s", bucket, key)
	}
	if strings.Contains(c.get("/check").body, "not created") {
		t.Error("a notice is shown twice")
	}
	if a := c.post("/create-anything"); a.status != http.StatusNotFound {
		t.Errorf("%d", a.status)
	}
}

// TestChallengeIsShownOnce looks for its name on every page.
func TestChallengeIsShownOnce(t *testing.T) {
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, nil)
	c := f.open(t)
	for _, path := range []string{"/destination", "/bucket", "/files", "/key", "/check"} {
		if strings.Contains(c.get(path).body, "target-s3-challenge-file-") {
			t.Errorf("%s shows the name", path)
		}
	}
	if n := strings.Count(c.get("/access").body, ">target-s3-challenge-file-"); n != 1 {
		t.Errorf("shown %d times", n)
	}
	if strings.Contains(c.get("/access").body, `action="create-`) {
		t.Error("a button that nobody serves")
	}
	if a := c.post("/create-bucket"); a.status != http.StatusNotFound {
		t.Errorf("%d", a.status)
	}
}

// TestFailingCheck sees the results as they come, mends what is wrong, and saves.
func TestFailingCheck(t *testing.T) {
	more := make(chan bool)
	f := serve(t, map[string]string{"s3_bucket": "x-bucket", "aws_secret_access_key": "not-a-real-one", "aws_access_key_id": "AKIAEXAMPLE"}, func(o *Options) {
		o.Check = func(_ context.Context, _ config.Config, each func(check.Result)) bool {
			each(check.Result{Name: check.Credentials, Title: "Credentials", Outcome: check.OK, Detail: "<i>found</i>"})
			good := <-more
			if !good {
				each(check.Result{Name: check.Bucket, Title: "Bucket", Outcome: check.Failed, Detail: "none", Code: "NoSuchBucket", Fix: "make it", Why: "files go there"})
			}
			return good
		}
		o.CreateBucket = func(context.Context, config.Config) (connect.Done, error) {
			return connect.Done{Made: true, Text: "The bucket was created."}, nil
		}
	})
	c := f.open(t)
	if a := c.post("/save", "anyway", "yes", "replace", "yes"); a.path != "/check" {
		t.Errorf("%+v", a)
	}
	c.check("&lt;i&gt;").has(t, "/check", "Trying what a load does", "&lt;i&gt;found&lt;/i&gt;", `http-equiv="refresh"`)
	c.await("/progress", "Credentials")
	c.post("/save", "anyway", "yes") // while it is being checked
	c.post("/check")                 // a second time changes nothing
	if _, err := os.Stat(f.saveAs); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("saved without a check: %v", err)
	}
	more <- false
	c.await("/check", "One check failed").has(t, "/check", "NoSuchBucket", "make it", "files go there", "Save anyway", `action="create-bucket"`)
	if a := c.get("/progress"); a.status != http.StatusNoContent {
		t.Errorf("%d %s", a.status, a.body)
	}
	c.post("/create-bucket", "from", "check").has(t, "/check", "The bucket was created.")
	c.check("Trying")
	more <- false
	c.await("/check", "One check failed")
	c.post("/save", "anyway", "yes", "secrets", "keep").has(t, "/done", "without a check that passed", "target-s3 check --config", "has the AWS credentials")
	f.end(t)
	if saved := load(t, f.saveAs); saved.AWSSecretAccessKey.IsZero() {
		t.Error("the credentials were to be kept")
	}
}

// TestCheckIsStopped by new answers, on request, and at the end.
func TestCheckIsStopped(t *testing.T) {
	started := make(chan context.Context, 1)
	var ended atomic.Int32 // checks; Serve returns after the last
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, func(o *Options) {
		o.Check = func(ctx context.Context, _ config.Config, _ func(check.Result)) bool {
			started <- ctx
			<-ctx.Done()
			for range 1000 {
				runtime.Gosched()
			}
			ended.Add(1)
			return true // too late
		}
	})
	c := f.open(t)
	c.post("/check")
	ctx := <-started
	c.post("/bucket", "s3_bucket", "y-bucket", "aws_region", "").has(t, "/files")
	select {
	case <-ctx.Done():
	case <-time.After(patience):
		t.Fatal("the check goes on")
	}
	c.get("/check").has(t, "/check", "y-bucket", "Check and save")
	c.post("/check")
	ctx = <-started
	c.post("/check", "go", "stop").has(t, "/check", "Saved as")
	select {
	case <-ctx.Done():
	case <-time.After(patience):
		t.Fatal("the check that was stopped goes on")
	}
	c.post("/check")
	<-started
	f.stop()
	f.end(t)
	if n := ended.Load(); n != 3 {
		t.Errorf("%d of 3 checks have ended", n)
	}
	if _, err := os.Stat(f.saveAs); !errors.Is(err, os.ErrNotExist) || f.saved != "" || !errors.Is(f.err, context.Canceled) {
		t.Errorf("saved %q, %v, %v", f.saved, f.err, err)
	}
}

func TestFileThatExistsIsReplacedOnRequest(t *testing.T) {
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, nil)
	const before = `{"s3_bucket": "another"}`
	if err := os.WriteFile(f.saveAs, []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	c := f.open(t)
	c.check("exists. Replacing it loses")
	c.post("/save").has(t, "/check", "Replace")
	c.post("/save", "anyway", "yes").has(t, "/check", "Replace")
	if text, _ := os.ReadFile(f.saveAs); string(text) != before {
		t.Fatalf("replaced unasked: %s", text)
	}
	c.post("/save", "replace", "yes").has(t, "/done", "everything a load needs is there")
	f.end(t)
	if saved := load(t, f.saveAs); saved.S3Bucket != "x-bucket" {
		t.Errorf("%+v", saved)
	}
	if info, _ := os.Stat(f.saveAs); info.Mode() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("mode %v", info.Mode())
	}
}

// failing is a check that finds something wrong.
func failing(_ context.Context, _ config.Config, each func(check.Result)) bool {
	each(check.Result{Name: check.Bucket, Title: "Bucket", Outcome: check.Failed, Detail: "none"})
	return false
}

func TestSavingAnywayReplacesNothingUnasked(t *testing.T) {
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, func(o *Options) { o.Check = failing })
	const before = `{"s3_bucket": "another"}`
	if err := os.WriteFile(f.saveAs, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	c := f.open(t)
	c.check("One check failed")
	c.post("/save", "replace", "yes").has(t, "/check", "One check failed")
	c.post("/save", "anyway", "yes", "replace", "yes").has(t, "/check", "exists. Replacing it loses")
	if text, _ := os.ReadFile(f.saveAs); string(text) != before {
		t.Fatalf("replaced unasked: %s", text)
	}
	c.post("/save", "replace", "yes").has(t, "/done", "without a check that passed")
}

func TestOverwriteAsksNothing(t *testing.T) {
	for name, o := range map[string]Options{"unchecked": {}, "failed": {Actions: connect.Actions{Check: failing}}} {
		f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, func(all *Options) { all.Overwrite, all.Check = true, o.Check })
		if err := os.WriteFile(f.saveAs, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
		c := f.open(t)
		if o.Check == nil {
			c.get("/check").has(t, "/check", "without a check")
			c.check("The settings are in")
		} else {
			c.check("One check failed")
			c.post("/save", "anyway", "yes").has(t, "/done", "The settings are in")
		}
		f.end(t)
		if saved := load(t, f.saveAs); saved.S3Bucket != "x-bucket" {
			t.Errorf("%s: %+v", name, saved)
		}
	}
}

func TestFileThatCannotBeWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "missing")
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, func(o *Options) { o.SaveAs = filepath.Join(dir, "config.json") })
	c := f.open(t)
	c.check("could not be saved").has(t, "/check", "open "+html.EscapeString(dir))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c.post("/save").has(t, "/done")
	f.end(t)
	load(t, f.saved)
}

func TestSecretsStayOut(t *testing.T) {
	f := serve(t, map[string]string{"s3_bucket": "x-bucket", "aws_secret_access_key": "not-a-real-one", "aws_access_key_id": "AKIAEXAMPLE"}, nil)
	c := f.open(t)
	for _, path := range []string{"/destination", "/bucket", "/files", "/key", "/access", "/check"} {
		if a := c.get(path); strings.Contains(a.body, "not-a-real-one") || strings.Contains(a.body, "AKIAEXAMPLE") {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	if a := c.get("/check"); !strings.Contains(a.body, `name="secrets"`) || strings.Contains(a.body, "value=\"keep\" checked") {
		t.Errorf("%s", a.body)
	}
	c.check("Not in the file: The credentials.").has(t, "/done", "The challenge file must stay", "target-s3-challenge-file-")
	f.end(t)
	if saved := load(t, f.saveAs); setup.HasSecrets(saved) {
		t.Error("credentials were saved unasked")
	}
}

func TestSettingsThatAreNotAskedFor(t *testing.T) {
	f := serve(t, map[string]string{"s3_bucket": "x-bucket", "sse_kms_key_id": "some-key"}, nil)
	c := f.open(t)
	for _, path := range []string{"/access", "/check"} {
		a := c.get(path)
		a.has(t, path, "this form does not ask for", "sse_kms_key_id")
		if strings.Contains(a.body, ">Check and save</button>") {
			t.Errorf("%s", a.body)
		}
	}
	c.post("/check").has(t, "/check", "sse_kms_key_id")
}

// TestTextThatIsNoChoice is of settings that know more than the form asks for.
func TestTextThatIsNoChoice(t *testing.T) {
	f := serve(t, map[string]string{"s3_bucket": "x-bucket", "output_file_format": "csv"}, func(o *Options) {
		_ = o.Form.Put("csv_delimiter", "other")
	})
	f.open(t).get("/files").has(t, "/files", `value="other" checked`, "other (as it was)")
}

// TestLastPageThatNobodyFetches ends all the same.
func TestLastPageThatNobodyFetches(t *testing.T) {
	f := serve(t, map[string]string{"s3_bucket": "x-bucket"}, func(o *Options) { o.linger = time.Millisecond })
	c := f.open(t)
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.post("/check")
	f.end(t)
	if f.saved != f.saveAs || f.err != nil {
		t.Errorf("saved %q, %v", f.saved, f.err)
	}
}

// TestSpareConnections are opened by browsers ahead of need, and are closed at the end.
// Those over which something was asked are not.
func TestSpareConnections(t *testing.T) {
	s := spare{conns: make(map[net.Conn]bool)}
	pipe := func(states ...http.ConnState) (client net.Conn) {
		client, server := net.Pipe()
		t.Cleanup(func() { _, _ = client.Close(), server.Close() })
		for _, state := range states {
			s.note(server, state)
		}
		return client
	}
	spare, used := pipe(http.StateNew), pipe(http.StateNew, http.StateActive)
	s.close()
	late := pipe(http.StateNew)
	for name, c := range map[string]net.Conn{"spare": spare, "late": late} {
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_ = used.SetReadDeadline(time.Now().Add(-time.Second))
	if _, err := used.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("used: %v", err)
	}
}
