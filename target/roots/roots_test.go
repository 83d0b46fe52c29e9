package roots_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"target-s3/target/roots"
)

func TestParse(t *testing.T) {
	for address, want := range map[string]roots.Root{
		"file:///tmp/batches":      {Path: "/tmp/batches"},
		"file:///tmp//batches/":    {Path: "/tmp/batches"},
		"FILE://localhost/a%20b":   {Path: "/a b"},
		"file:///":                 {Path: "/"},
		"s3://bucket":              {Bucket: "bucket"},
		"s3://bucket/":             {Bucket: "bucket"},
		"s3://bucket/a/b":          {Bucket: "bucket", Path: "a/b/"},
		"s3://bucket/a/b/":         {Bucket: "bucket", Path: "a/b/"},
		"file:///a/../b":           {},
		"file://host/a":            {},
		"file:a":                   {},
		"/tmp":                     {},
		"s3:///a":                  {},
		"s3://bucket/../other":     {},
		"s3://bucket/a//b":         {},
		"s3://bucket/a/%2e%2e/b":   {},
		"https://bucket.s3.aws/ab": {},
		"":                         {},
	} {
		got, err := roots.Parse(address)
		if got != want || (err == nil) == (want == roots.Root{}) {
			t.Errorf("%s: %+v, %v", address, got, err)
		}
		if err != nil {
			continue
		}
		if again, err := roots.Parse(got.String()); again != got || err != nil {
			t.Errorf("%s: %s is %+v, %v", address, got, again, err)
		}
	}
}

func TestFind(t *testing.T) {
	set := roots.Set{{Path: "/data/in"}, {Bucket: "bucket", Path: "in/"}, {Bucket: "whole"}, {Path: "/a b"}}
	for address, want := range map[string]string{
		"file:///data/in/x.jsonl":         "x.jsonl",
		"file:///data//in/./x.jsonl":      "",
		"file:///data/in/y/x.jsonl":       "y/x.jsonl",
		"file:///a%20b/c%20d":             "c d",
		"file:///a b/c%20d":               "c d|c%20d",
		"file:///a b/50%":                 "50%",
		"file:///data/in":                 "",
		"file:///data/in/":                "",
		"file:///data/input":              "",
		"file:///data/in/../x":            "",
		"file:///data/in/%2e%2e/x":        "",
		"file:///data/in/x%00":            "",
		"file://other/data/in/x":          "",
		"s3://bucket/in/x":                "in/x",
		"s3://bucket/in/a%20b":            "in/a%20b",
		"s3://bucket/in/":                 "",
		"s3://bucket/input":               "",
		"s3://bucket/in/../x":             "",
		"s3://bucket/in/%2E%2e/x":         "",
		"s3://bucket//in/x":               "",
		"s3://whole/x":                    "x",
		"s3://whole/":                     "",
		"s3://whole2/x":                   "",
		"s3://Bucket/in/x":                "",
		"s3:///data/in/x":                 "",
		"s3://user@bucket/in/x":           "",
		"https://bucket/in/x":             "",
		"http://169.254.169.254/latest/x": "",
		"data/in/x":                       "",
	} {
		place, err := set.Find(address)
		if got := strings.Join(place.Names, "|"); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", address, got, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), strings.Replace(address, "user@", "", 1)+": ") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	_, err := roots.Set{}.Find("https://user:secret@host/key?X-Amz-Signature=secret")
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.HasPrefix(err.Error(), "https://host/key: ") {
		t.Error(err)
	}
	if _, err := (roots.Set{{Path: "/in"}}).Find("file:///in/" + strings.Repeat("x", 1<<20)); err == nil || len(err.Error()) > 500 {
		t.Error("an address that is longer than any is found")
	}
	if _, err := (roots.Set{}).Find("x" + strings.Repeat("é", 1<<20)); len(err.Error()) > 500 {
		t.Errorf("%d bytes", len(err.Error()))
	}
}

// forbidden is a text that no file below the root has.
const forbidden = "outside"

// world makes a folder with a root in it, and all that could lead out of that.
func world(t testing.TB) (dir string, files *roots.Files) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"in/a": "a", "in/a b": "a b", "in/a%20b": "literal", "in/50%": "half", "in/d/x": "x", "in/..x": "dots",
		"out": forbidden, "in2/a": forbidden, "d/x": forbidden,
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{
		"in/same": "a", "in/up": "..", "in/abs": filepath.Join(dir, "out"), "in/rel": "../out", "in/d/up": "../../d", "in/loop": "loop", "link": "in", "in/null": "/dev/null",
	} {
		name = filepath.Join(dir, name)
		if err := os.Symlink(to, name); err != nil {
			t.Skip(err)
		}
		if info, err := os.Lstat(name); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Skip("symbolic links are none here (Wine)")
		}
	}
	stream := func(_ context.Context, bucket, key string) (io.ReadCloser, error) {
		if bucket != "bucket" || !strings.HasPrefix(key, "in/") || strings.Contains("/"+key+"/", "/../") {
			t.Errorf("s3://%s/%s is asked for", bucket, key)
		}
		return nil, errors.New("not there")
	}
	return dir, &roots.Files{Roots: roots.Set{{Path: filepath.ToSlash(filepath.Join(dir, "in"))}, {Path: filepath.ToSlash(filepath.Join(dir, "link"))}, {Bucket: "bucket", Path: "in/"}}, Stream: stream}
}

func read(t testing.TB, f *roots.Files, address string) (string, error) {
	file, err := f.Open(t.Context(), address)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		t.Error(err)
	}
	return string(text), nil
}

func TestOpen(t *testing.T) {
	dir, files := world(t)
	for name, want := range map[string]string{
		"in/a": "a", "in/a%20b": "a b", "in/a b": "a b", "in/50%": "half", "in/50%25": "half", "in/d/x": "x", "in/same": "a", "link/a": "a", "in/..x": "dots", "in/%61": "a",
		"in/none": "", "in/d": "", "in/up": "", "in/up/out": "", "in/abs": "", "in/rel": "", "in/d/up/x": "", "in/loop": "", "in/null": "", "out": "", "in2/a": "", "in/../out": "", "in/a/": "a",
	} {
		got, err := read(t, files, "file:///"+strings.TrimPrefix(filepath.ToSlash(dir), "/")+"/"+name)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	literal := filepath.Join(dir, "in", "100%41")
	if err := os.WriteFile(literal, []byte("as written"), 0o666); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t, files, "file://"+literal); got != "as written" {
		t.Errorf("an address of an older SDK: %q, %v", got, err)
	}
	// A folder that was resolved by whoever wrote the address.
	onlyLink := &roots.Files{Roots: roots.Set{{Path: filepath.ToSlash(filepath.Join(dir, "link"))}}}
	if got, err := read(t, onlyLink, "file://"+dir+"/in/a"); got != "a" {
		t.Errorf("by its real path: %q, %v", got, err)
	}
}

// FuzzOpen opens nothing that is not below the root, whatever the address.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{
		"a", "../out", "%2e%2e/out", "..%2fout", "d/../../out", "up/out", "abs", "rel", "d/up/x", "./a", "/../out", "null", "a%00", "..\\out", "%252e%252e/out", "50%", "\x00", "//", "?x", "#x",
	} {
		for scheme := range uint8(5) {
			f.Add(scheme, seed)
		}
	}
	dir, files := world(f)
	f.Fuzz(func(t *testing.T, scheme uint8, name string) {
		address := [...]string{"file://" + dir + "/in/", "file://" + dir + "/", "", "s3://bucket/in/", "s3://bucket/"}[scheme%5] + name
		if err := files.Check(address); err != nil {
			return
		}
		if got, err := read(t, files, address); err == nil && (got == forbidden || got == "") {
			t.Errorf("%q opens %q", address, got)
		}
	})
}
