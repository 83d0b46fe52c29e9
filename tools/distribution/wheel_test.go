package distribution

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// pretend is what Build returns, but for the time that it takes.
func pretend(p Platform) Built {
	return Built{
		Platform: p, Binary: []byte("the program\n"), SBOM: []byte("{}\n"), Date: pretended,
		Modules: []Module{
			{Path: "example.com/a,b", License: "MIT", Files: []File{{"LICENSE", []byte("Permission")}}},
			{Path: Program, License: "Apache-2.0", Files: []File{{"LICENSE", []byte("Apache")}}},
		},
	}
}

// content is what a wheel has, by name.
func content(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, f := range zipMembers(t, data) {
		files[f.name] = f.data
		mode := "-rw-r--r--"
		if strings.Contains(f.name, ".data/scripts/") {
			mode = "-rwxr-xr-x"
		}
		if f.mode.String() != mode {
			t.Errorf("%s: %v", f.name, f.mode)
		}
	}
	return files
}

// zipMembers reads a zip, whose files must all have the date of the pretended commit, or
// that of a wheel.
func zipMembers(t *testing.T, data []byte) []member {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var files []member
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !f.Modified.Equal(epoch) && !f.Modified.Equal(pretended) {
			t.Errorf("%s: %v", f.Name, f.Modified)
		}
		files = append(files, member{f.Name, text, f.Mode()})
	}
	return files
}

// TestWheel unpacks a wheel of each platform and compares it with its RECORD.
func TestWheel(t *testing.T) {
	r, err := NewRelease(root, "v1.2.3-rc.4")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Platforms() {
		t.Run(p.String(), func(t *testing.T) {
			var first, second bytes.Buffer
			for _, w := range []io.Writer{&first, &second} {
				if err := r.WriteWheel(w, pretend(p)); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Error("two wheels of one build differ")
			}
			files := content(t, first.Bytes())
			const info = "target_s3_files-1.2.3rc4.dist-info/"
			compareRecord(t, files, info)
			if got := files["target_s3_files-1.2.3rc4.data/scripts/"+p.Executable()]; string(got) != "the program\n" {
				t.Errorf("program: %q", got)
			}
			for name, want := range map[string]string{
				"licenses/LICENSE": "Apache", "licenses/example.com/a,b/LICENSE": "Permission", "sboms/target-s3.cdx.json": "{}\n",
			} {
				if string(files[info+name]) != want {
					t.Errorf("%s: %q", name, files[info+name])
				}
			}
			compareTags(t, r.WheelName(p), string(files[info+"WHEEL"]))
			head, body, _ := strings.Cut(string(files[info+"METADATA"]), "\n\n")
			for _, want := range []string{
				"Name: target-s3-files\nVersion: 1.2.3rc4\n", "\nLicense-Expression: Apache-2.0 AND MIT\n",
				"\nLicense-File: LICENSE\n", "\nLicense-File: example.com/a,b/LICENSE\n", "\nDescription-Content-Type: text/markdown",
			} {
				if !strings.Contains(head, want) {
					t.Errorf("METADATA lacks %q:\n%s", want, head)
				}
			}
			if body != r.description() {
				t.Error("the description is not the readme")
			}
		})
	}
}

func compareRecord(t *testing.T, files map[string][]byte, info string) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(files[info+"RECORD"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, row := range rows {
		named = append(named, row[0])
		sum := sha256.Sum256(files[row[0]])
		want := []string{row[0], "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]), fmt.Sprint(len(files[row[0]]))}
		if row[0] == info+"RECORD" {
			want = []string{row[0], "", ""}
		}
		if !slices.Equal(row, want) {
			t.Errorf("RECORD has %q, want %q", row, want)
		}
	}
	slices.Sort(named)
	if all := slices.Sorted(maps.Keys(files)); !slices.Equal(named, all) {
		t.Errorf("RECORD names %q, the wheel has %q", named, all)
	}
}

// compareTags holds the tags of WHEEL to those of the name.
func compareTags(t *testing.T, name, wheel string) {
	t.Helper()
	platforms, ok := strings.CutPrefix(strings.TrimSuffix(name, ".whl"), "target_s3_files-1.2.3rc4-py3-none-")
	want := ""
	for tag := range strings.SplitSeq(platforms, ".") {
		want += "Tag: py3-none-" + tag + "\n"
	}
	if !ok || !strings.HasSuffix(wheel, "\nRoot-Is-Purelib: false\n"+want) {
		t.Errorf("%s:\n%s", name, wheel)
	}
}

func TestVersions(t *testing.T) {
	for version, want := range map[string]string{
		"1.2.3": "1.2.3", "v10.0.0": "10.0.0", "1.0.0-alpha.1": "1.0.0a1", "1.0.0-beta.2": "1.0.0b2", "v1.0.0-rc.10": "1.0.0rc10",
		"": "", "1.2": "", "1.2.3-dev": "", "1.2.3+dirty": "", "latest": "", "1.2.3\n": "",
	} {
		r, err := NewRelease(root, version)
		if (err != nil) != (want == "") || err == nil && r.pythonVersion() != want {
			t.Errorf("%q: %v, want %q", version, err, want)
		}
	}
}

func TestIdentify(t *testing.T) {
	bsd := "Redistribution and use in source and binary forms, with or without modification"
	for text, want := range map[string]string{
		"Apache License\n   Version 2.0, January 2004":                                                             "Apache-2.0",
		"Permission is hereby granted, free of charge, to any person obtaining a copy of this software\nand so on": "MIT",
		bsd: "BSD-2-Clause",
		bsd + " may be used to endorse or promote products derived from it": "BSD-3-Clause",
		"All rights reserved.": "",
	} {
		if got := strings.Join(identify([]byte(text)), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Where the readme is shown without the repository, none of its links is dead.
func TestDescription(t *testing.T) {
	r, err := NewRelease(root, "v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, m := range mdLink.FindAllStringSubmatch(string(r.readme), -1) {
		if !strings.Contains(m[3], "://") {
			files = append(files, m[3])
		}
	}
	if len(files) < 10 {
		t.Fatalf("the readme links to %q", files)
	}
	for _, m := range mdLink.FindAllStringSubmatch(r.description(), -1) {
		if !strings.HasPrefix(m[3], "https://") {
			t.Errorf("a dead link: %s", m[0])
		}
	}
	for _, text := range []string{"Start at When it fails.", "With [`exactly_once`", "![The object key"} {
		if got := strings.Contains(r.description(), text); got != (text == "Start at When it fails.") {
			t.Errorf("%q: %v", text, got)
		}
	}
	r.Source = "https://example.com/a/b/"
	for _, file := range files {
		kind := "blob"
		if strings.HasSuffix(file, ".svg") {
			kind = "raw"
		}
		if !strings.Contains(r.description(), "](https://example.com/a/b/"+kind+"/v1.2.3/"+file+")") {
			t.Errorf("no link to %s", file)
		}
	}
	if m := r.wheelMetadata(pretend(Platforms()[0]), nil); !bytes.Contains(m, []byte("\nProject-URL: Source, https://example.com/a/b/\n")) {
		t.Errorf("%.500s", m)
	}
}
