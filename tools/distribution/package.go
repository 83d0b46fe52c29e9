package distribution

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Packagers are the kinds of packages for Linux.
var Packagers = []string{"deb", "rpm"}

const (
	synopsis    = "Singer target for Amazon S3 and compatible object stores"
	description = `Reads the output of a Singer tap (SCHEMA, RECORD, STATE and BATCH messages)
and stores the records as JSON Lines, CSV or Parquet in an Amazon S3 bucket,
or a bucket of a compatible service. A state is written only after every
record before it is in the bucket.`
)

// fallbackMaintainer stands in packages of a release that names nobody.
const fallbackMaintainer = Program + " maintainers <maintainers@" + Program + ".invalid>"

func (r *Release) maintainer() string { return cmp.Or(r.Maintainer, fallbackMaintainer) }

// A configuration of nFPM, as far as it is needed here. nFPM reads YAML, and JSON is that.
type (
	nfpmConfig struct {
		Name            string        `json:"name"`
		Arch            string        `json:"arch"`
		Platform        string        `json:"platform"`
		Version         string        `json:"version"`
		Release         string        `json:"release"`
		Section         string        `json:"section"`
		Priority        string        `json:"priority"`
		Maintainer      string        `json:"maintainer"`
		Description     string        `json:"description"`
		Homepage        string        `json:"homepage,omitempty"`
		License         string        `json:"license"`
		MTime           time.Time     `json:"mtime"`
		DisableGlobbing bool          `json:"disable_globbing"`
		Contents        []nfpmContent `json:"contents"`
		RPM             nfpmRPM       `json:"rpm"`
	}
	nfpmContent struct {
		Source      string   `json:"src"`
		Destination string   `json:"dst"`
		Type        string   `json:"type,omitempty"`
		Info        nfpmFile `json:"file_info"`
	}
	nfpmFile struct {
		Mode  os.FileMode `json:"mode"`
		Owner string      `json:"owner"`
		Group string      `json:"group"`
		MTime time.Time   `json:"mtime"`
	}
	nfpmRPM struct {
		Summary   string `json:"summary"`
		BuildHost string `json:"buildhost"` // the machine's own name by default
	}
)

// SavePackage writes a package for Linux into a folder.
func (r *Release) SavePackage(ctx context.Context, dir, packager string, b Built, x Extras) (string, error) {
	scratch, err := os.MkdirTemp("", "distribution-*")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	config, err := r.packageConfig(scratch, packager, b, x)
	if err != nil {
		return "", err
	}
	target, err := filepath.Abs(filepath.Join(dir, r.archiveName(b.Platform)+"."+packager))
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "tool", "-modfile=tools/nfpm/go.mod", "nfpm", "package", "--config", config, "--packager", packager, "--target", target)
	cmd.Dir = r.Root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("nfpm for %s: %w\n%s", b.Platform, err, out)
	}
	return target, os.Chmod(target, 0o644)
}

// packageConfig writes the files of a package and nFPM's configuration into a folder, and
// returns the path of the latter.
func (r *Release) packageConfig(dir, packager string, b Built, x Extras) (string, error) {
	files, err := r.packageFiles(packager, b, x)
	if err != nil {
		return "", err
	}
	config := nfpmConfig{
		Name: Program, Arch: b.Platform.Arch, Platform: b.Platform.OS, Version: r.Version, Release: "1",
		Section: "utils", Priority: "optional", Maintainer: r.maintainer(), Homepage: r.Source,
		Description: description, License: Licenses(b.Modules), MTime: b.Date, DisableGlobbing: true,
		RPM: nfpmRPM{Summary: synopsis, BuildHost: "localhost"},
	}
	if packager == "deb" {
		config.Description = synopsis + "\n" + description // which has no field for a summary
	}
	for i, f := range files {
		source := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(source, f.data, 0o600); err != nil {
			return "", err
		}
		kind := ""
		if packager == "rpm" {
			kind = rpmKind(f.name)
		}
		config.Contents = append(config.Contents, nfpmContent{source, f.name, kind, nfpmFile{f.mode, "root", "root", b.Date}})
	}
	text, err := json.Marshal(config)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "nfpm.yaml")
	return file, os.WriteFile(file, text, 0o600)
}

// packageFiles are the files of a package, where distributions expect them.
func (r *Release) packageFiles(packager string, b Built, x Extras) ([]member, error) {
	zsh := "zsh/site-functions"
	if packager == "deb" {
		zsh = "zsh/vendor-completions"
	}
	files := []member{
		{"/usr/bin/" + Program, b.Binary, 0o755},
		{"/usr/share/bash-completion/completions/" + Program, x.completions["bash"], 0o644},
		{"/usr/share/fish/vendor_completions.d/" + Program + ".fish", x.completions["fish"], 0o644},
		{"/usr/share/" + zsh + "/_" + Program, x.completions["zsh"], 0o644},
		{docFolder + "README.md", r.readme, 0o644},
		{docFolder + Program + ".cdx.json", b.SBOM, 0o644},
	}
	compressed := []member{{manFile, x.man, 0o644}, {docFolder + "changelog.gz", x.changelog, 0o644}}
	for _, f := range x.examples {
		files = append(files, member{docFolder + "examples/" + f.name, f.data, f.mode})
	}
	if packager == "deb" {
		files = append(
			files,
			member{docFolder + "copyright", r.copyright(b), 0o644},
			member{"/usr/share/lintian/overrides/" + Program, []byte(overrides), 0o644},
		)
		compressed = append(compressed, member{docFolder + "changelog.Debian.gz", r.debianChangelog(b), 0o644})
	} else {
		for _, f := range b.licenseFiles() {
			files = append(files, member{licenseFolder + f.Name, f.Data, 0o644})
		}
	}
	for _, f := range compressed {
		var err error
		if f.data, err = gzipped(f.data); err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	slices.SortFunc(files, byName)
	return files, nil
}

const (
	docFolder     = "/usr/share/doc/" + Program + "/"
	licenseFolder = "/usr/share/licenses/" + Program + "/"
	manFile       = "/usr/share/man/man1/" + Program + ".1.gz"
)

// rpmKind is what rpm knows of a file beside its name. nFPM leaves files of these kinds
// out of other packages.
func rpmKind(name string) string {
	switch {
	case strings.HasPrefix(name, docFolder), name == manFile:
		return "doc"
	case strings.HasPrefix(name, licenseFolder):
		return "license"
	}
	return ""
}

// debianChangelog says what Debian's tools read: the version of the package, and its date.
func (r *Release) debianChangelog(b Built) []byte {
	return fmt.Appendf(nil, "%s (%s-1) unstable; urgency=medium\n\n  * See changelog.gz.\n\n -- %s  %s\n",
		Program, strings.Replace(r.Version, "-", "~", 1), r.maintainer(), b.Date.Format(time.RFC1123Z))
}

// overrides are what lintian need not say, and why.
const overrides = `# A program of Go without C has no libraries to load.
target-s3: statically-linked-binary *usr/bin/target-s3*
# Those who get the modules in the binary must get their licences with them, also if they
# unpack the package where there is no Debian.
target-s3: copyright-file-contains-full-apache-2-license
target-s3: copyright-not-using-common-license-for-apache2
# Nobody asked Debian for the package.
target-s3: initial-upload-closes-no-bugs *
`

// copyright is the file of that name of a Debian package: the licences of all modules that
// are in the binary, each text once.
func (r *Release) copyright(b Built) []byte {
	var c bytes.Buffer
	fmt.Fprintf(&c, "%s %s is under the Apache License 2.0.\n", Program, r.Version)
	if r.Source != "" {
		fmt.Fprintf(&c, "Its source is at %s.\n", r.Source)
	}
	c.WriteString("\nThe binary holds code of these modules of Go:\n\n")
	of := map[string][]string{} // the files that have a text
	var texts []string
	for _, m := range b.Modules {
		fmt.Fprintf(&c, "  %s %s: %s\n", m.Path, m.Version, m.License)
		for _, f := range m.Files {
			text := strings.TrimRight(strings.ReplaceAll(string(f.Data), "\r\n", "\n"), "\n")
			if of[text] == nil {
				texts = append(texts, text)
			}
			of[text] = append(of[text], m.Path+"/"+f.Name)
		}
	}
	for _, text := range texts {
		files := slices.Sorted(slices.Values(of[text]))
		fmt.Fprintf(&c, "\n%s\n%s:\n\n%s\n", strings.Repeat("-", 80), strings.Join(files, ",\n"), text)
	}
	return c.Bytes()
}

// gzipped compresses a file as Debian has them: as far as gzip can, without name and date.
func gzipped(data []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	err = z.Close()
	return b.Bytes(), err
}
