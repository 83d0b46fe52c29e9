package s3store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"target-s3/target/config"
	"target-s3/target/storetest/faults"
)

// tokenService is the part of STS that assumes roles. The keys it gives out are
// numbered.
type tokenService struct {
	lifetime time.Duration
	denied   bool

	mu    sync.Mutex
	calls []string // the forms that were posted
}

func (s *tokenService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.mu.Lock()
	s.calls = append(s.calls, r.Form.Encode())
	n := len(s.calls)
	s.mu.Unlock()
	if s.denied {
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>`+
			`<Message>User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole</Message></Error><RequestId>STS1</RequestId></ErrorResponse>`)
		return
	}
	_, _ = fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>ASIAROLE%d</AccessKeyId><SecretAccessKey>role-secret-%d</SecretAccessKey><SessionToken>role-token-%d</SessionToken><Expiration>%s</Expiration></Credentials>
<AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/r/target-s3</Arn><AssumedRoleId>A:target-s3</AssumedRoleId></AssumedRoleUser>
</AssumeRoleResult></AssumeRoleResponse>`, n, n, n, time.Now().Add(s.lifetime).UTC().Format(time.RFC3339))
}

func (s *tokenService) serve(t *testing.T) {
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
}

func (s *tokenService) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// keyOf returns the access key that a request was signed with.
func keyOf(h http.Header) string {
	_, after, _ := strings.Cut(h.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(after, "/")
	return key
}

func roleConfig(endpoint string) Config {
	cfg := loaderConfig(endpoint)
	cfg.RoleARN = "arn:aws:iam::111122223333:role/r"
	cfg.ExternalID = "external-1"
	return cfg
}

func TestRole(t *testing.T) {
	sts := &tokenService{lifetime: time.Hour}
	sts.serve(t)
	var r recorder
	s := openStore(t, roleConfig(r.serve(t)))
	for range 3 {
		if _, err := storeSmall(t, s, objectKey, content(1, 10)); err != nil {
			t.Fatal(err)
		}
	}
	got := r.last(t, opPut)
	if keyOf(got) != "ASIAROLE1" || got.Get("X-Amz-Security-Token") != "role-token-1" {
		t.Errorf("signed by %q with token %q", keyOf(got), got.Get("X-Amz-Security-Token"))
	}
	if n := sts.count(); n != 1 {
		t.Errorf("the role was assumed %d times", n)
	}
	for _, want := range []string{"ExternalId=external-1", "RoleSessionName=target-s3", "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fr"} {
		if !strings.Contains(sts.calls[0], want) {
			t.Errorf("%s is not in %s", want, sts.calls[0])
		}
	}
}

// Credentials with less than the expiry window to live are renewed before they
// are used again.
func TestRoleOutlived(t *testing.T) {
	sts := &tokenService{lifetime: 2 * time.Minute}
	sts.serve(t)
	var r recorder
	s := openStore(t, roleConfig(r.serve(t)))
	before := sts.count()
	if _, err := storeSmall(t, s, objectKey, content(1, 10)); err != nil {
		t.Fatal(err)
	}
	if after := sts.count(); after <= before {
		t.Errorf("the role was assumed %d times, then %d", before, after)
	}
	if want := fmt.Sprintf("ASIAROLE%d", sts.count()); keyOf(r.last(t, opPut)) != want {
		t.Errorf("signed by %q, want %q", keyOf(r.last(t, opPut)), want)
	}
}

// Credentials that the service takes for expired, whatever their date says, are
// renewed and the request is made again.
func TestExpiredBeforeTime(t *testing.T) {
	sts := &tokenService{lifetime: time.Hour}
	sts.serve(t)
	var r recorder
	backend := r.serve(t)
	p := newProxy(t, backend)
	p.fault = func(op string, _ int, req *http.Request) fault {
		if keyOf(req.Header) != "ASIAROLE1" {
			return nil
		}
		if op == opHead { // says less
			return faults.Refuse(400, "", "")
		}
		return faults.Refuse(400, "ExpiredToken", "The provided token has expired.")
	}
	s := openStore(t, roleConfig(p.URL))
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if _, err := storeSmall(t, s, objectKey, content(1, 10)); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if got := keyOf(r.last(t, opPut)); got != "ASIAROLE2" {
		t.Errorf("signed by %q", got)
	}
	if n := sts.count(); n != 2 {
		t.Errorf("the role was assumed %d times, want 2", n)
	}
}

func TestExpiredBeforeTimeAtHead(t *testing.T) {
	sts := &tokenService{lifetime: time.Hour}
	sts.serve(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case keyOf(r.Header) != "ASIAROLE1":
			w.Header().Set("Etag", `"1"`)
		case r.Method == http.MethodHead:
			w.WriteHeader(http.StatusBadRequest)
		default:
			faults.Refuse(400, "ExpiredToken", "The provided token has expired.")(w, nil)
		}
	}))
	t.Cleanup(server.Close)
	if err := openStore(t, roleConfig(server.URL)).Head(t.Context(), objectKey); err != nil {
		t.Error(err)
	}
}

// Keys that are given cannot be renewed: that is said at once.
func TestExpiredForGood(t *testing.T) {
	cfg := answering(t, refuseAll(400, "ExpiredToken", "The provided token has expired."))
	cfg.MaxAttempts = 5
	_, err := storeSmall(t, openStore(t, cfg), objectKey, content(1, 10))
	if e := failure(t, err, "ExpiredToken", "Get new credentials"); e.Attempts != 1 {
		t.Errorf("%d attempts", e.Attempts)
	}
}

func refuseAll(status int, code, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { faults.Refuse(status, code, message)(w, nil) }
}

func TestRoleDenied(t *testing.T) {
	sts := &tokenService{denied: true}
	sts.serve(t)
	_, err := Open(t.Context(), roleConfig("http://127.0.0.1:1"))
	wantError(t, err, "AccessDenied", "AssumeRole: AccessDenied (403): User: arn", "role_arn and external_id")
}

// Where the role cannot be had because STS is out of reach, it is STS that is named.
func TestRoleOutOfReach(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
	cfg := roleConfig("http://s3.test")
	var log logBuffer
	cfg.MaxAttempts, cfg.Logger = 3, log.logger()
	_, err := Open(t.Context(), cfg)
	wantError(t, err, CodeConnection, "AssumeRole: ConnectionFailed: connection refused. Check that the service runs at AWS STS in us-east-1")
	if n := len(lines(&log, `msg="cannot connect" service="AWS STS in us-east-1"`)); n != 2 {
		t.Errorf("%d lines:\n%s", n, &log)
	}
}

func TestNoCredentials(t *testing.T) {
	cfg := loaderConfig("http://127.0.0.1:1")
	cfg.AccessKeyID, cfg.SecretAccessKey = config.Secret{}, config.Secret{}
	begin := time.Now()
	_, err := Open(t.Context(), cfg)
	wantError(t, err, CodeNoCredentials, "aws_access_key_id", "aws_profile")
	if d := time.Since(begin); d > 20*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestProfileAndEnvironment(t *testing.T) {
	dir := t.TempDir()
	shared := filepath.Join(dir, "config")
	if err := os.WriteFile(shared, []byte(`
[default]
[profile spare-2]
[services other]
[profile loader]
region = eu-north-1
aws_access_key_id = AKIAPROFILE
aws_secret_access_key = profile-secret
`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", shared)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "environment-secret")
	for name, test := range map[string]struct {
		change      func(*Config)
		key, region string
	}{
		"environment": {func(c *Config) {}, "AKIAENVIRONMENT", "us-east-1"},
		"profile":     {func(c *Config) { c.Profile = "loader" }, "AKIAPROFILE", "eu-north-1"},
		"region":      {func(c *Config) { c.Profile, c.Region = "loader", "eu-west-3" }, "AKIAPROFILE", "eu-west-3"},
		"key": {func(c *Config) {
			c.Profile = "loader"
			c.AccessKeyID, c.SecretAccessKey = config.NewKeyID("AKIAGIVEN"), config.NewSecret("given")
		}, "AKIAGIVEN", "eu-north-1"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Bucket: bucketName, EndpointURL: "http://127.0.0.1:1"}
			test.change(&cfg)
			s := openStore(t, cfg)
			id, err := bucket(s).Identity(t.Context())
			if err != nil || id.AccessKeyID != test.key || bucket(s).Region() != test.region {
				t.Errorf("key %q, region %q, error %v; want %q, %q", id.AccessKeyID, bucket(s).Region(), err, test.key, test.region)
			}
		})
	}
	for name, want := range map[string]string{
		"nobody":   `aws_profile nobody: no such profile in the AWS configuration files`,
		"laoder":   `aws_profile laoder: no such profile in the AWS configuration files: did you mean loader?`,
		"spare\n2": `aws_profile spare 2: no such profile in the AWS configuration files: did you mean spare-2?`,
	} {
		_, err := Open(t.Context(), Config{Bucket: bucketName, Profile: name})
		var missing *ProfileError
		if !errors.As(err, &missing) || err.Error() != want || !missing.FromConfig {
			t.Errorf("%q, want %q", err, want)
		}
	}
	t.Setenv("AWS_PROFILE", "defalt")
	_, err := Open(t.Context(), Config{Bucket: bucketName})
	if want := "AWS_PROFILE defalt: no such profile in the AWS configuration files: did you mean default?"; err == nil || err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

func TestHide(t *testing.T) {
	const short, long = "password", "wJalrXUtnFEMI/K7MDENG"
	for _, test := range []struct{ text, secret, want string }{
		{"The provided token has expired", "x", "The provided token has expired"},
		{"The provided token has expired", "expired", "The provided token has expired"}, // of 7 characters
		{"your password: password.", short, "your ****: ****."},
		{"passwordless passwords 1password password", short, "passwordless passwords 1password ****"},
		{"AWS4" + long + "x", long, "AWS4****x"},
		{long + long, long, "********"},
		{"", short, ""},
		{short, "", short},
	} {
		if got := hide(test.text, test.secret); got != test.want {
			t.Errorf("hide(%q, %q) = %q, want %q", test.text, test.secret, got, test.want)
		}
	}
}

// However a text is made, a secret of the length that AWS gives out is not in it.
func FuzzHide(f *testing.F) {
	f.Add("a wJalrXUtnFEMI/K7MDENG b", "wJalrXUtnFEMI/K7MDENG")
	f.Add("aaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, text, secret string) {
		got := hide(text, secret)
		if len(secret) >= longSecret && !strings.Contains(secret, "*") && strings.Contains(got, secret) {
			t.Errorf("hide(%q, %q) = %q", text, secret, got)
		}
	})
}

// A region that is none is warned about, on Amazon alone, and named where its name
// does not resolve.
func TestUnknownRegion(t *testing.T) {
	for endpoint, warned := range map[string]bool{"": true, "http://127.0.0.1:1": false} {
		var log logBuffer
		cfg := loaderConfig(endpoint)
		cfg.Region, cfg.Logger = "us-est-1", log.logger()
		s := openStore(t, cfg)
		const want = "us-est-1 is not a known AWS region; the nearest is us-east-1"
		if got := strings.Contains(log.String(), want); got != warned {
			t.Errorf("endpoint %q: %s", endpoint, &log)
		}
		if !warned {
			continue
		}
		s.http.transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "s3.us-est-1.amazonaws.com", IsNotFound: true}}
		}
		_, err := s.List(t.Context(), "", 1)
		wantError(t, err, CodeNoSuchHost, want+": correct aws_region")
	}
}

func TestNoRegion(t *testing.T) {
	secret := config.NewSecret("x")
	for want, cfg := range map[string]Config{
		"set aws_region":        {Bucket: "b"},
		"AWS_REGION in the env": {Bucket: "b", AccessKeyID: secret, SecretAccessKey: secret},
	} {
		_, err := Open(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
			continue
		}
		wantNoSecrets(t, err.Error())
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	cfg := loaderConfig("http://127.0.0.1:1")
	cfg.SessionToken = config.NewSecret("session-" + loaderSecret)
	var log logBuffer
	cfg.Logger = log.logger()
	cfg.MaxAttempts = 2
	s := openStore(t, cfg)
	cfg.Logger.Info("config", "config", cfg, "store", fmt.Sprintf("%v", cfg))
	err := s.Head(t.Context(), objectKey)
	u := s.Create(targetObject())
	for _, v := range []any{cfg, &cfg, []any{cfg}, struct{ c Config }{cfg}, err, errors.Unwrap(err), u} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			wantNoSecrets(t, fmt.Sprintf(format, v))
		}
	}
	wantNoSecrets(t, log.String())
}
