package distribution

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Release is what is built: a version, of the module at Root.
type Release struct {
	Root       string
	Version    string // of semantic versioning, without v
	Source     string // web address of the repository, for packages, images and the links of the readme; empty: not said
	Maintainer string // of packages, NAME <ADDRESS>; empty: not said
	readme     []byte
}

var versions = regexp.MustCompile(`^v?(\d+\.\d+\.\d+)(?:-(alpha|beta|rc)\.(\d+))?$`)

// NewRelease begins a release. A leading v, as tags have it, is not part of the version.
func NewRelease(root, version string) (*Release, error) {
	if !versions.MatchString(version) {
		return nil, fmt.Errorf("version %q: must be like 1.2.3 or 1.2.3-rc.1", version)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		return nil, err
	}
	return &Release{Root: root, Version: strings.TrimPrefix(version, "v"), readme: readme}, nil
}

// pythonVersion is the version as PEP 440 writes it.
func (r *Release) pythonVersion() string {
	m := versions.FindStringSubmatch(r.Version)
	return m[1] + map[string]string{"alpha": "a", "beta": "b", "rc": "rc"}[m[2]] + m[3]
}

// Built is the program for a platform, with what is said of it.
type Built struct {
	Platform Platform
	Binary   []byte
	Modules  []Module
	SBOM     []byte
	Commit   string    // which the binary says it is
	Date     time.Time // of the commit
	changed  bool      // since the commit
}

// WheelName is the name of the file, with all tags of its platform.
func (r *Release) WheelName(p Platform) string {
	return fmt.Sprintf("%s-%s-py3-none-%s.whl", strings.ReplaceAll(Distribution, "-", "_"), r.pythonVersion(), p.tag)
}

// WriteWheel writes a wheel. The program is one of its scripts: pip and uv put those into
// the environment's bin as they are, so no Python starts with it, and signals reach it.
func (r *Release) WriteWheel(w io.Writer, b Built) error {
	base := strings.ReplaceAll(Distribution, "-", "_") + "-" + r.pythonVersion()
	info := base + ".dist-info/"
	licenses := b.licenseFiles()
	files := []member{{base + ".data/scripts/" + b.Platform.Executable(), b.Binary, 0o755}}
	for _, f := range licenses {
		files = append(files, member{info + "licenses/" + f.Name, f.Data, 0o644})
	}
	files = append(
		files,
		member{info + "sboms/" + Program + ".cdx.json", b.SBOM, 0o644},
		member{info + "METADATA", r.wheelMetadata(b, licenses), 0o644},
		member{info + "WHEEL", wheelTags(b.Platform), 0o644},
	)
	var record strings.Builder
	for _, f := range files {
		sum := sha256.Sum256(f.data)
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", quotedCSV(f.name), base64.RawURLEncoding.EncodeToString(sum[:]), len(f.data))
	}
	fmt.Fprintf(&record, "%sRECORD,,\n", info)
	return writeZip(w, append(files, member{info + "RECORD", []byte(record.String()), 0o644}), epoch)
}

// wheelMetadata is METADATA: the headers, and the readme as the description.
func (r *Release) wheelMetadata(b Built, licenses []File) []byte {
	var m strings.Builder
	fmt.Fprintf(&m, "Metadata-Version: 2.4\nName: %s\nVersion: %s\nSummary: %s\n", Distribution, r.pythonVersion(), Summary)
	fmt.Fprintf(&m, "Keywords: singer,meltano,target,loader,s3,parquet,csv,jsonl\nLicense-Expression: %s\n", Licenses(b.Modules))
	for _, f := range licenses {
		fmt.Fprintf(&m, "License-File: %s\n", f.Name)
	}
	if r.Source != "" {
		fmt.Fprintf(&m, "Project-URL: Source, %s\n", r.Source)
	}
	m.WriteString("Classifier: Environment :: Console\nClassifier: Programming Language :: Go\nRequires-Python: >=3.7\n")
	m.WriteString("Description-Content-Type: text/markdown\n\n")
	m.WriteString(r.description())
	return []byte(m.String())
}

func wheelTags(p Platform) []byte {
	var b strings.Builder
	b.WriteString("Wheel-Version: 1.0\nGenerator: target-s3 tools/wheel\nRoot-Is-Purelib: false\n")
	for tag := range strings.SplitSeq(p.tag, ".") {
		fmt.Fprintf(&b, "Tag: py3-none-%s\n", tag)
	}
	return []byte(b.String())
}

// licenseFiles are the licences of all modules, the program's own at the top.
func (b Built) licenseFiles() []File {
	var files []File
	for _, m := range b.Modules {
		for _, f := range m.Files {
			if m.Path != Program {
				f.Name = path.Join(m.Path, f.Name)
			}
			files = append(files, f)
		}
	}
	return files
}

// quotedCSV quotes a field if it must be.
func quotedCSV(text string) string {
	if strings.ContainsAny(text, ",\"\n") {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}
