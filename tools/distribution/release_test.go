package distribution

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// pretendExtras are what Extras returns, but for the time that it takes.
func pretendExtras() Extras {
	return Extras{
		man: []byte(".TH X 1\n"), changelog: []byte("# Changelog\n"),
		completions: map[string][]byte{"bash": []byte("# bash\n"), "zsh": []byte("# zsh\n"), "fish": []byte("# fish\n"), "powershell": []byte("# ps\n")},
		examples:    []member{{"config.sample.json", []byte("{}\n"), 0o644}, {"cron/load.sh", []byte("#!/bin/sh\n"), 0o755}},
	}
}

// TestReproducible makes all files of a release twice, but for the program, which TestBuild
// does. With the real one it takes minutes under the race detector.
func TestReproducible(t *testing.T) {
	if testing.Short() {
		t.Skip("builds nFPM")
	}
	r, err := NewRelease(root, "1.2.3-rc.4")
	if err != nil {
		t.Fatal(err)
	}
	var all []Built
	for _, p := range Platforms() {
		if p.Arch == "amd64" {
			all = append(all, pretend(p))
		}
	}
	sums := saveTwice(t, r, all, pretendExtras())
	want := []string{
		"target-s3_1.2.3-rc.4_darwin_amd64.cdx.json",
		"target-s3_1.2.3-rc.4_darwin_amd64.tar.gz",
		"target-s3_1.2.3-rc.4_image.tar",
		"target-s3_1.2.3-rc.4_linux_amd64.cdx.json",
		"target-s3_1.2.3-rc.4_linux_amd64.deb",
		"target-s3_1.2.3-rc.4_linux_amd64.rpm",
		"target-s3_1.2.3-rc.4_linux_amd64.tar.gz",
		"target-s3_1.2.3-rc.4_windows_amd64.cdx.json",
		"target-s3_1.2.3-rc.4_windows_amd64.zip",
		"target_s3_files-1.2.3rc4-py3-none-macosx_12_0_x86_64.whl",
		"target_s3_files-1.2.3rc4-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64.whl",
		"target_s3_files-1.2.3rc4-py3-none-win_amd64.whl",
	}
	var names []string
	for line := range strings.Lines(sums) {
		names = append(names, strings.Fields(line)[1])
	}
	compareLists(t, names, want)
}

// saveTwice requires that all files are the same bytes each time, and returns their sums.
func saveTwice(t *testing.T, r *Release, all []Built, x Extras) string {
	t.Helper()
	var sums [2][]byte
	for i := range sums {
		files, err := r.saveAll(t.Context(), t.TempDir(), all, x, func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		if sums[i], err = checksums(files); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(sums[0], sums[1]) {
		t.Errorf("two releases of one commit differ:\n%s\n%s", sums[0], sums[1])
	}
	return string(sums[0])
}

// byFile orders lines of modes and names by the latter.
func byFile(a, b string) int { return strings.Compare(a[11:], b[11:]) }

func compareLists(t *testing.T, have, want []string) {
	t.Helper()
	if !slices.Equal(have, want) {
		t.Errorf("files are\n  %s\nwant\n  %s", strings.Join(have, "\n  "), strings.Join(want, "\n  "))
	}
}

// TestSums holds the form of SHA256SUMS.
func TestSums(t *testing.T) {
	var files []string
	for _, name := range []string{"b", "a"} {
		file, err := save(filepath.Join(t.TempDir(), name), []byte("abc"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	sums, err := checksums(files)
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if want := abc + "  a\n" + abc + "  b\n"; err != nil || string(sums) != want {
		t.Errorf("%v, %s, want %s", err, sums, want)
	}
}

func TestArchive(t *testing.T) {
	r, err := NewRelease(root, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"-rw-r--r-- CHANGELOG.md", "-rw-r--r-- LICENSE", "-rw-r--r-- README.md", "-rw-r--r-- completions/_target-s3",
		"-rw-r--r-- completions/target-s3.bash", "-rw-r--r-- completions/target-s3.fish", "-rw-r--r-- completions/target-s3.ps1",
		"-rw-r--r-- examples/config.sample.json", "-rwxr-xr-x examples/cron/load.sh", "-rw-r--r-- licenses/example.com/a,b/LICENSE",
		"-rw-r--r-- man/target-s3.1", "-rwxr-xr-x target-s3", "-rw-r--r-- target-s3.cdx.json",
	}
	for _, p := range Platforms() {
		file, err := r.SaveArchive(t.TempDir(), pretend(p), pretendExtras())
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list := tarMembers
		if p.OS == "windows" {
			list = zipMembers
		}
		var have []string
		for _, m := range list(t, data) {
			name, ok := strings.CutPrefix(m.name, "target-s3_1.2.3_"+p.OS+"_"+p.Arch+"/")
			if !ok {
				t.Errorf("%s: %s", filepath.Base(file), m.name)
			}
			have = append(have, m.mode.String()+" "+strings.TrimSuffix(name, ".exe"))
		}
		slices.SortFunc(have, byFile)
		compareLists(t, have, want)
	}
}

// tarMembers reads a .tar.gz, whose files must be root's and of the pretended date.
func tarMembers(t *testing.T, data []byte) []member {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if z.Name != "" || !z.ModTime.IsZero() {
		t.Errorf("the gzip header has %q, %v", z.Name, z.ModTime)
	}
	var files []member
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		} else if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || !h.ModTime.Equal(pretended) {
			t.Errorf("%s: of %d:%d, %v", h.Name, h.Uid, h.Gid, h.ModTime)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeDir {
			files = append(files, member{h.Name, text, h.FileInfo().Mode()})
		}
	}
}

const docs = "usr/share/doc/target-s3/"

// both are the files of either package.
var both = []string{
	"-rwxr-xr-x usr/bin/target-s3",
	"-rw-r--r-- usr/share/bash-completion/completions/target-s3",
	"-rw-r--r-- " + docs + "README.md",
	"-rw-r--r-- " + docs + "changelog.gz",
	"-rw-r--r-- " + docs + "examples/config.sample.json",
	"-rwxr-xr-x " + docs + "examples/cron/load.sh",
	"-rw-r--r-- " + docs + "target-s3.cdx.json",
	"-rw-r--r-- usr/share/fish/vendor_completions.d/target-s3.fish",
	"-rw-r--r-- usr/share/man/man1/target-s3.1.gz",
}

// packageOf makes a package of the pretended program.
func packageOf(t *testing.T, packager string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds nFPM")
	}
	r, err := NewRelease(root, "1.2.3-rc.4")
	if err != nil {
		t.Fatal(err)
	}
	r.Source, r.Maintainer = "https://example.com/source", "Ada <ada@example.com>"
	file, err := r.SavePackage(t.Context(), t.TempDir(), packager, pretend(Platform{OS: "linux", Arch: "arm64"}), pretendExtras())
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestDeb(t *testing.T) {
	data, err := os.ReadFile(packageOf(t, "deb"))
	if err != nil {
		t.Fatal(err)
	}
	parts := arMembers(t, data)
	var have []string
	text := map[string]string{}
	for _, m := range tarMembers(t, parts["data.tar.gz"]) {
		name := strings.TrimPrefix(m.name, "./")
		have = append(have, m.mode.String()+" "+name)
		text[name] = string(m.data)
	}
	want := append(
		slices.Clone(both),
		"-rw-r--r-- "+docs+"changelog.Debian.gz", "-rw-r--r-- "+docs+"copyright",
		"-rw-r--r-- usr/share/lintian/overrides/target-s3", "-rw-r--r-- usr/share/zsh/vendor-completions/_target-s3",
	)
	slices.SortFunc(want, byFile)
	compareLists(t, have, want)
	for _, part := range []string{"target-s3 1.2.3-rc.4 is under", "https://example.com/source", "example.com/a,b/LICENSE:\n\nPermission", "target-s3/LICENSE:\n\nApache"} {
		if !strings.Contains(text[docs+"copyright"], part) {
			t.Errorf("copyright lacks %q:\n%s", part, text[docs+"copyright"])
		}
	}
	control := ""
	for _, m := range tarMembers(t, parts["control.tar.gz"]) {
		if strings.TrimPrefix(m.name, "./") == "control" {
			control = string(m.data)
		}
	}
	for _, line := range []string{"Package: target-s3", "Version: 1.2.3~rc.4-1", "Architecture: arm64", "Maintainer: Ada <ada@example.com>", "Homepage: https://example.com/source"} {
		if !strings.Contains("\n"+control, "\n"+line+"\n") {
			t.Errorf("control lacks %q:\n%s", line, control)
		}
	}
}

// arMembers are the parts of a Debian package by name.
func arMembers(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	rest, ok := bytes.CutPrefix(data, []byte("!<arch>\n"))
	parts := map[string][]byte{}
	for len(rest) > 60 {
		size, err := strconv.Atoi(strings.TrimSpace(string(rest[48:58])))
		if err != nil || 60+size > len(rest) {
			t.Fatalf("%v: %q", err, rest[:60])
		}
		parts[strings.TrimRight(string(rest[:16]), "/ ")] = rest[60 : 60+size]
		rest = rest[min(60+size+size%2, len(rest)):]
	}
	if !ok || string(parts["debian-binary"]) != "2.0\n" {
		t.Fatalf("no Debian package: %q", data[:min(100, len(data))])
	}
	return parts
}

func TestRPM(t *testing.T) {
	if _, err := exec.LookPath("rpm"); err != nil {
		t.Skip("no rpm")
	}
	file := packageOf(t, "rpm")
	query := func(format string) string {
		return run(t.Context(), t, "rpm", "--dbpath", t.TempDir(), "-qp", "--queryformat", format, file)
	}
	var have []string
	for line := range strings.Lines(query(`[%{FILEMODES:perms} %{FILENAMES}\n]`)) {
		have = append(have, strings.Replace(strings.TrimSuffix(line, "\n"), " /", " ", 1))
	}
	want := append(
		slices.Clone(both), "-rw-r--r-- usr/share/licenses/target-s3/LICENSE",
		"-rw-r--r-- usr/share/licenses/target-s3/example.com/a,b/LICENSE", "-rw-r--r-- usr/share/zsh/site-functions/_target-s3",
	)
	slices.SortFunc(want, byFile)
	slices.SortFunc(have, byFile)
	compareLists(t, have, want)
	if got, want := query("%{NAME} %{VERSION}-%{RELEASE} %{ARCH} %{LICENSE} %{URL} %{PACKAGER}\n"), "target-s3 1.2.3~rc.4-1 aarch64 Apache-2.0 AND MIT https://example.com/source Ada <ada@example.com>\n"; got != want {
		t.Errorf("the package says %q, want %q", got, want)
	}
}

// compareExtras holds what is read from the tree: the man page with version and day, and the
// completions that the program writes.
func compareExtras(t *testing.T, x Extras) {
	t.Helper()
	if title := ".TH TARGET-S3 1 2026-02-03 \"target-s3 1.2.3\" \"User Commands\"\n"; !bytes.Contains(x.man, []byte(title)) {
		t.Errorf("the man page lacks %s", title)
	}
	for shell, want := range map[string]string{"bash": "bash completion", "zsh": "#compdef target-s3", "fish": "fish completion", "powershell": "powershell completion"} {
		if !bytes.Contains(x.completions[shell], []byte(want)) {
			t.Errorf("%s: no %q in %.200s", shell, want, x.completions[shell])
		}
	}
	for _, f := range x.examples {
		if len(f.data) == 0 || !regexp.MustCompile(`^[a-z]`).MatchString(f.name) {
			t.Errorf("example %s: %d bytes", f.name, len(f.data))
		}
	}
}

func TestRequireCommit(t *testing.T) {
	b := Built{Platform: Platform{OS: runtime.GOOS, Arch: runtime.GOARCH}}
	for _, c := range []struct {
		commit  string
		changed bool
		want    string
	}{{"", false, "says no commit"}, {"abc", true, "differ from the commit"}, {"abc", false, ""}} {
		b.Commit, b.changed = c.commit, c.changed
		if err := b.RequireCommit(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%q, %v: %v", c.commit, c.changed, err)
		}
	}
}

var pretended = time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
