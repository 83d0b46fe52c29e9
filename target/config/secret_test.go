package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const (
	testSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	testKeyID  = "AKIAIOSFODNN7EXAMPLE"
)

func TestSecretDoesNotPrint(t *testing.T) {
	hidden := struct {
		secret Secret
		config Config
	}{NewSecret(testSecret), Config{AWSSecretAccessKey: NewSecret(testSecret), AWSSessionToken: NewSecret(testSecret)}}
	c := hidden.config
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%T"} {
		fmt.Fprintf(&out, verb+verb+verb+"\n", c, hidden, &c.AWSSecretAccessKey)
		fmt.Fprintf(&out, verb+"\n", []any{c.AWSSecretAccessKey, map[string]Secret{"a": c.AWSSecretAccessKey}})
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("config", "secret", c.AWSSecretAccessKey, "config", c, "pointer", &c)
	}
	doc, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(doc)
	for _, leak := range []string{testSecret, testSecret[:8], fmt.Sprintf("%x", testSecret[:8]), fmt.Sprintf("%X", testSecret[:8])} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%s shows in %s", leak, out.String())
		}
	}
	if !strings.Contains(out.String(), mask) {
		t.Error("no mask is shown")
	}
}

func TestSecret(t *testing.T) {
	for _, tt := range []struct {
		secret         Secret
		reveal, string string
	}{
		{Secret{}, "", ""},
		{NewSecret(""), "", ""},
		{NewSecret("x"), "x", "****"},
		{NewSecret(testSecret), testSecret, "****"},
		{NewKeyID(testKeyID), testKeyID, "****MPLE"},
		{NewKeyID("minioadmin"), "minioadmin", "****"},
	} {
		if tt.secret.Reveal() != tt.reveal || tt.secret.String() != tt.string || tt.secret.GoString() != tt.string ||
			tt.secret.LogValue().String() != tt.string || tt.secret.IsZero() != (tt.reveal == "") {
			t.Errorf("%q: %s", tt.reveal, tt.secret)
		}
	}
	if !NewSecret("a").Equal(NewSecret("a")) || NewSecret("a").Equal(NewSecret("b")) {
		t.Error("Equal does not compare the texts")
	}
}

func TestErrorsMaskSecrets(t *testing.T) {
	for _, doc := range []string{
		`{"aws_secret_access_key": ["` + testSecret + `"]}`,
		`{"aws_secret_access_key": "` + testSecret + `\n"}`,
		`{"aws_secret_acces_key": "` + testSecret + `"}`,
		`{"aws_secret_access_key": "` + testSecret + `"}`,
		`{"aws_session_token": "` + testSecret + `", "aws_session_token": "` + testSecret + `"}`,
		`{"aws_endpoint_url": "https://user:` + testSecret + `@host"}`,
		`{"aws_endpoint_url": "user:` + testSecret + `@host"}`,
		`{"aws_endpoint_url": "https://user:%zz` + testSecret + `@host"}`,
		`{"s3_bucket": "s3://user:` + testSecret + `@bucket/"}`,
		`{"s3_bucket": "https://x.s3.amazonaws.com/?X-Amz-Signature=` + testSecret + `"}`,
		`{"aws_secret_access_key": "` + testSecret + `"`,
		`{"aws_secret_access_key": ` + testSecret + `}`,
	} {
		_, notices, err := Load(JSON("c.json", []byte(doc)))
		if err == nil {
			t.Errorf("%s is accepted", doc)
			continue
		}
		if shown := fmt.Sprint(err, notices); strings.Contains(shown, testSecret[:8]) {
			t.Errorf("%s shows in: %s", doc, shown)
		}
	}
}

func TestEncodeLeavesSecretsOut(t *testing.T) {
	doc := []byte(`{"s3_bucket":"bucket","aws_access_key_id":"` + testKeyID + `","aws_secret_access_key":"` + testSecret + `"}`)
	c, _, err := Load(JSON("c.json", doc))
	if err != nil {
		t.Fatal(err)
	}
	without, err := Encode(c, false)
	if err != nil || string(without) != "{\n  \"s3_bucket\": \"bucket\",\n  \"integration_name\": \"singer\"\n}\n" {
		t.Errorf("%s %v", without, err)
	}
	with, err := Encode(c, true)
	if err != nil || !bytes.Contains(with, []byte(testSecret)) || !bytes.Contains(with, []byte(testKeyID)) {
		t.Errorf("%s %v", with, err)
	}
}
