package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// forged is what nobody may be able to say in the program's name. It stands in
// hostile at the beginning of a line.
const (
	forged  = "INFO METRIC: FORGED"
	hostile = "x\n" + forged + "\r\x1b[31m\u009b31m\u0085\u202e\u2066\u200e\u061c\u2028y"
)

// hostileCase is a way for text of others to standard error.
type hostileCase struct {
	input    string            // messages
	settings map[string]string // beside those that a load needs
	args     []string          // instead of those of a load; CONFIG is the settings' file
	config   string            // instead of the settings
	environ  []string
	silent   bool // it is not shown, as long as all is well
}

// hostileMessages are lines with H for the hostile text, as JSON has it.
func hostileMessages(lines ...string) string {
	h, _ := json.Marshal(hostile) // is a string
	return strings.ReplaceAll(strings.Join(lines, "\n")+"\n", "H", string(h))
}

var hostileCases = map[string]hostileCase{
	"stream":              {input: hostileMessages(`{"type":"SCHEMA","stream":H,"schema":{}}`, `{"type":"RECORD","stream":H,"record":[]}`)},
	"stream unknown":      {input: hostileMessages(`{"type":"RECORD","stream":H,"record":{}}`)},
	"stream of a schema":  {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{}}`, `{"type":"SCHEMA","stream":H,"schema":{}}`, `{"type":"RECORD","stream":"t","record":{}}`)},
	"type of a message":   {input: hostileMessages(`{"type":H,"stream":"s"}`)},
	"member of a message": {input: hostileMessages(`{"type":"STATE",H:1,H:2}`), silent: true},
	"member twice":        {input: hostileMessages(`{"type":"STATE","value":{},"value":H}`), silent: true},
	"no message":          {input: hostile + "\n", silent: true},
	"no end":              {input: hostileMessages(`{"type":"STATE","value":H`), silent: true},
	"version":             {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{}}`, `{"type":"RECORD","stream":"s","version":H,"record":{}}`)},
	"key":                 {input: hostileMessages(`{"type":"SCHEMA","stream":"s","key_properties":[H],"schema":{}}`, `{"type":"RECORD","stream":"s","record":{}}`)},
	"key of a schema":     {input: hostileMessages(`{"type":"SCHEMA","stream":"s","key_properties":H,"schema":{}}`)},
	"property":            {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"properties":{H:{"type":"integer"}}}}`, `{"type":"RECORD","stream":"s","record":{H:H}}`)},
	"property required":   {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"required":[H]}}`, `{"type":"RECORD","stream":"s","record":{}}`)},
	"property unknown":    {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"additionalProperties":false}}`, `{"type":"RECORD","stream":"s","record":{H:1}}`)},
	"value":               {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"properties":{"a":{"enum":[H]},"b":{"const":H},"c":{"not":{}}}}}`, `{"type":"RECORD","stream":"s","record":{"a":"x","b":H,"c":H}}`)},
	"value that ends it": {
		input:    hostileMessages(`{"type":"SCHEMA","stream":H,"schema":{"properties":{H:{"enum":[H]}}}}`, `{"type":"RECORD","stream":H,"record":{H:1}}`),
		settings: map[string]string{"invalid_records": "fail"},
	},
	"property of a schema":      {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"properties":{H:{"type":"any"}}}}`)},
	"type of a schema":          {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"properties":{"a":{"type":H}}}}`)},
	"pattern":                   {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"properties":{"a":{"pattern":"("},H:{"pattern":"("}}}}`)},
	"pattern property":          {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"patternProperties":{"(\nINFO METRIC: FORGED":{}}}}`)},
	"pattern of a value":        {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"properties":{"a":{"pattern":H}}}}`, `{"type":"RECORD","stream":"s","record":{"a":"b"}}`)},
	"reference":                 {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"$ref":"#/definitions/\nINFO METRIC: FORGED"}}`)},
	"reference in a property":   {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"properties":{H:{"$ref":"#/definitions/x"}}}}`)},
	"identifier":                {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"$id":H,"type":3}}`), silent: true},
	"draft":                     {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"$schema":H,"type":H}}`)},
	"number in a property":      {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"properties":{H:{"maximum":"x"}}}}`)},
	"dependency":                {input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{"dependencies":{"a":[H]}}}`, `{"type":"RECORD","stream":"s","record":{"a":1}}`)},
	"csv":                       {input: hostileMessages(`{"type":"SCHEMA","stream":H,"schema":{"properties":{H:{"items":{"properties":{H:{}}}}}}}`, `{"type":"RECORD","stream":H,"record":{H:[{H:1}]}}`), settings: map[string]string{"output_file_format": "csv"}},
	"parquet":                   {input: hostileMessages(`{"type":"SCHEMA","stream":H,"schema":{"properties":{H:{"type":"string","format":"date-time"}}}}`, `{"type":"RECORD","stream":H,"record":{H:"9999-12-31T23:59:59-08:00"}}`), settings: map[string]string{"output_file_format": "parquet"}},
	"file of settings":          {args: []string{"--config", hostile}},
	"file of messages":          {args: []string{"--config", "CONFIG", "--input", hostile}},
	"flag":                      {args: []string{"--" + hostile}},
	"short flag":                {args: []string{"-\u202e" + forged}},
	"value of a flag":           {args: []string{"--about=" + hostile}},
	"argument":                  {args: []string{hostile}},
	"format of about":           {args: []string{"--about", "--format", hostile}},
	"argument of check":         {args: []string{"check", hostile}},
	"settings of check":         {args: []string{"check", "--config", hostile}},
	"argument of policy":        {args: []string{"policy", hostile}},
	"bucket of policy":          {args: []string{"policy", "--bucket", hostile}},
	"principal":                 {args: []string{"policy", "--config", "CONFIG", "--principal", hostile}},
	"key of policy":             {args: []string{"policy", "--config", "CONFIG", "--kms-key", hostile}},
	"shell":                     {args: []string{"completion", hostile}, silent: true},
	"setting of setup":          {args: []string{"setup", "--non-interactive", "--set", hostile + "=1"}},
	"value of setup":            {args: []string{"setup", "--non-interactive", "--set", "s3_bucket=" + hostile}, silent: true},
	"flag of setup":             {args: []string{"setup", "--non-interactive", "--bucket", hostile, "--key-format", hostile}},
	"principal of setup":        {args: []string{"setup", "--non-interactive", "--principal", hostile}},
	"file to save":              {args: []string{"setup", "--config", "CONFIG", "--non-interactive", "--no-check", "--save-as", "/none/" + hostile}, silent: true},
	"settings that are none":    {config: `{` + hostile, silent: true},
	"setting that is none":      {config: hostileMessages(`{H: 1, "s3_bucket": {H: "` + "\u009b\u202e" + `"}}`)},
	"values of settings":        {config: hostileMessages(`{"s3_bucket": H, "csv_delimiter": H, "s3_key_format_string": H, "s3_key_prefix": H, "aws_endpoint_url": H, "object_tags": {H: H}, "aws_region": H, "log_format": H}`)},
	"convention of another one": {config: hostileMessages(`{"naming_convention": H}`)},
	"variable":                  {environ: []string{"TARGET_S3_" + hostile + "=x"}},
	"value of a variable":       {args: []string{"--config", "CONFIG", "--config", "ENV"}, environ: []string{"TARGET_S3_S3_BUCKET=" + hostile, "TARGET_S3_LOG_FORMAT=" + hostile}},
	"line of a file":            {args: []string{"--config", "CONFIG", "--input", "MESSAGES"}},
	"name":                      {settings: map[string]string{"display_name": "FORGED\u202e\u2066", "description": "\u200eFORGED"}},
	"folder":                    {settings: map[string]string{"aws_endpoint_url": "file:%0AINFO%20METRIC:%20FORGED%1B[31m"}, input: hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{}}`, `{"type":"RECORD","stream":"s","record":{}}`)},
	"check of a folder":         {settings: map[string]string{"aws_endpoint_url": "file:%0AINFO%20METRIC:%20FORGED%1B[31m", "display_name": "\u202e"}, args: []string{"check", "--config", "CONFIG"}},
}

// TestHostileText drives text that would take over a terminal, or forge lines of
// a log, through every way to standard error, and through what check prints.
func TestHostileText(t *testing.T) {
	needsHostileNames(t)
	t.Chdir(t.TempDir()) // of the folders
	for name, c := range hostileCases {
		for _, format := range []string{"text", "json", "singer"} {
			t.Run(name+"/"+format, func(t *testing.T) { c.run(t, format) })
		}
	}
}

// In TestHostileAnswers a service says it.
func TestHostileAnswers(t *testing.T) {
	needsHostileNames(t)
	for name, answer := range map[string]http.HandlerFunc{
		"error": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte("<Error><Code>" + "A\n" + forged + "\u009b\u202e</Code><Message>B\n" + forged + "\u009b\u202e\u2028</Message><RequestId>\n" + forged + "</RequestId></Error>"))
		},
		"redirect": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Location"] = []string{"http://127.0.0.1:1/\u202e\u009bFORGED"}
			w.WriteHeader(http.StatusFound)
		},
		"page": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{"text/\u202eFORGED"}
			w.WriteHeader(http.StatusTeapot)
			_, _ = w.Write([]byte(hostile))
		},
		"region": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["X-Amz-Bucket-Region"] = []string{"\u202eFORGED\u009b"}
			w.WriteHeader(http.StatusMovedPermanently)
		},
	} {
		server := httptest.NewServer(answer)
		defer server.Close()
		c := hostileCase{
			input:    hostileMessages(`{"type":"SCHEMA","stream":"s","schema":{}}`, `{"type":"RECORD","stream":"s","record":{}}`),
			settings: map[string]string{"aws_endpoint_url": server.URL, "aws_access_key_id": "a", "aws_secret_access_key": "b", "sentinel_key": "challenge"},
			silent:   true,
		}
		for _, format := range []string{"text", "json", "singer"} {
			t.Run(name+"/load/"+format, func(t *testing.T) { c.run(t, format) })
		}
		c.args = []string{"check", "--config", "CONFIG"}
		t.Run(name+"/check", func(t *testing.T) { c.run(t, "text") })
		c.args = append(c.args, "--json")
		t.Run(name+"/check/json", func(t *testing.T) { c.run(t, "text") })
	}
}

func (c hostileCase) run(t *testing.T, logFormat string) {
	t.Helper()
	settings := map[string]string{"s3_bucket": "bucket", "aws_endpoint_url": "file:out", "log_level": "debug", "log_format": logFormat}
	for name, value := range c.settings {
		settings[name] = value
	}
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	if c.config != "" {
		text = []byte(c.config)
	}
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	messages := filepath.Join(t.TempDir(), "\n"+forged)
	if err := os.WriteFile(messages, []byte(`{"type":"X"}`+"\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--config", file}
	if c.args != nil {
		args = nil
		for _, a := range c.args {
			args = append(args, strings.NewReplacer("CONFIG", file, "MESSAGES", messages).Replace(a))
		}
	}
	var stdout, stderr bytes.Buffer
	execute(t.Context(), process{
		args: args, stdin: strings.NewReader(c.input), stdout: &stdout, stderr: &stderr,
		getenv:  func(name string) string { return map[string]string{"GOMEMLIMIT": "off"}[name] },
		environ: c.environ,
	})
	shown := stderr.String()
	if len(args) > 0 && args[0] == "check" {
		shown += stdout.String()
	}
	checkShown(t, shown)
	if !c.silent && !strings.Contains(shown, "FORGED") {
		t.Errorf("it was not shown, so nothing was tried:\n%s", shown)
	}
}

// checkShown holds that a terminal acts on nothing, and that no line was forged.
func checkShown(t *testing.T, shown string) {
	t.Helper()
	for i, r := range shown {
		_, size := utf8.DecodeRuneInString(shown[i:])
		if r != '\n' && !unicode.IsPrint(r) || r == utf8.RuneError && size == 1 {
			t.Errorf("%q is shown: %q", r, shown)
			break
		}
	}
	for line := range strings.Lines(shown) {
		if strings.HasPrefix(strings.TrimSpace(line), forged) {
			t.Errorf("a line was forged:\n%s", shown)
		}
	}
}

// FuzzHostileText takes any text as a stream, a property, a type and a value, in a
// load that rejects, in one that ends there, and in a schema that is refused.
func FuzzHostileText(f *testing.F) {
	for _, seed := range []string{hostile, "\n" + forged, "a", "\xff\x9b", "\\n", `"`} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		h, err := json.Marshal(text)
		if err != nil {
			t.Skip()
		}
		input := strings.ReplaceAll(`{"type":"SCHEMA","stream":H,"schema":{"properties":{H:{"enum":[H]},"n":{"type":"integer"}}}}
{"type":"RECORD","stream":H,"record":{H:1,"n":H}}
{"type":H}
{"type":"SCHEMA","stream":H,"schema":{"properties":{H:{"type":H}}}}
`, "H", string(h))
		for _, format := range []string{"text", "singer"} {
			var stderr bytes.Buffer
			execute(t.Context(), process{
				args: []string{"--config", "ENV"}, stdin: strings.NewReader(input), stdout: io.Discard, stderr: &stderr,
				getenv:  func(name string) string { return map[string]string{"GOMEMLIMIT": "off"}[name] },
				environ: []string{"TARGET_S3_S3_BUCKET=bucket", "TARGET_S3_AWS_ENDPOINT_URL=file://" + dir, "TARGET_S3_LOG_FORMAT=" + format, "TARGET_S3_LOG_LEVEL=debug"},
			})
			checkShown(t, stderr.String())
		}
		if err := os.RemoveAll(filepath.Join(dir, "bucket")); err != nil {
			t.Fatal(err)
		}
	})
}

// needsHostileNames skips a test whose files have names of several lines.
func needsHostileNames(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no file names of several lines")
	}
}
