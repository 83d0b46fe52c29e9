package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// cmdAmazon puts a proxy before the program that takes every host for one of
// Amazon's and answers in its place: the bucket is in eu-central-1, and the
// credentials may do what a load does. It is the only way to see a request to
// Amazon S3 without an account.
func cmdAmazon(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) != 0, "amazon")
	certificate := amazonCertificate(ts)
	amazon := httptest.NewUnstartedServer(http.HandlerFunc(answerAsAmazon))
	amazon.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	amazon.StartTLS()
	proxy := &connectProxy{to: amazon.Listener.Addr().String()}
	front := httptest.NewServer(proxy)
	ts.Defer(func() {
		amazon.CloseClientConnections()
		amazon.Close()
		front.Close()
		proxy.wait.Wait()
	})
	name := ts.MkAbs("amazon.pem")
	ts.Check(os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}), 0o666))
	ts.Setenv("AWS_CA_BUNDLE", name)
	ts.Setenv("HTTPS_PROXY", front.URL)
	ts.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

func amazonCertificate(ts *testscript.TestScript) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"*.s3.us-east-1.amazonaws.com", "*.s3.eu-central-1.amazonaws.com", "sts.us-east-1.amazonaws.com", "sts.eu-central-1.amazonaws.com"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	ts.Check(err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// connectProxy connects everybody to the same server.
type connectProxy struct {
	to   string
	wait sync.WaitGroup
}

func (p *connectProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	there, err := net.Dial("tcp", p.to)
	if err != nil || r.Method != http.MethodConnect {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	// The answer only after taking over: what the client sends upon it must not end
	// in the server's own buffer.
	here, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_, err = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	}
	if err != nil {
		panic(err)
	}
	p.wait.Go(func() { pass(there, here) })
	p.wait.Go(func() { pass(here, there) })
}

// pass copies until one of them closes, and closes both.
func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	to.Close()
	from.Close()
}

func answerAsAmazon(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	q := r.URL.Query()
	switch {
	case strings.HasPrefix(r.Host, "sts."):
		fmt.Fprint(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/loader</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	case !strings.Contains(r.Host, ".eu-central-1."):
		w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
		sayError(w, http.StatusMovedPermanently, "PermanentRedirect")
	case r.Method == http.MethodHead && r.URL.Path == "/":
		w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
		w.WriteHeader(http.StatusForbidden)
	case q.Has("list-type"):
		fmt.Fprint(w, `<ListBucketResult></ListBucketResult>`)
	case r.Method == http.MethodPost:
		w.Header().Set("X-Amz-Server-Side-Encryption", "AES256")
		fmt.Fprint(w, `<InitiateMultipartUploadResult><UploadId>id1</UploadId></InitiateMultipartUploadResult>`)
	case q.Has("partNumber"):
		w.Header().Set("ETag", `"abc"`)
	case r.Method == http.MethodPut:
		sayError(w, http.StatusBadRequest, "BadDigest")
	case r.Method == http.MethodDelete && q.Has("uploadId"):
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodDelete:
		sayError(w, http.StatusForbidden, "AccessDenied")
	default:
		sayError(w, http.StatusNotFound, "NoSuchKey")
	}
}

func sayError(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>No.</Message></Error>", code)
}
