package distribution

import (
	"archive/tar"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// TestImage reads an image as a registry would.
func TestImage(t *testing.T) {
	r, err := NewRelease(root, "1.2.3-rc.4")
	if err != nil {
		t.Fatal(err)
	}
	r.Source = "https://example.com/source"
	var all []Built
	for _, p := range Platforms() {
		if p.OS == "linux" {
			all = append(all, pretend(p))
		}
	}
	file, err := r.SaveImage(t.TempDir(), all)
	if err != nil {
		t.Fatal(err)
	}
	index := readLayout(t, file)
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	list, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var platforms []string
	for _, d := range list.Manifests {
		platforms = append(platforms, d.Platform.String())
		img, err := index.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		compareConfig(t, img, list.Annotations, d.Platform.Architecture)
		compareLayer(t, img)
	}
	if !slices.Equal(platforms, []string{"linux/amd64", "linux/arm64"}) {
		t.Errorf("platforms: %q", platforms)
	}
}

// readLayout unpacks an OCI layout and returns the index that is tagged with the version.
func readLayout(t *testing.T, file string) v1.ImageIndex {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dir := t.TempDir()
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, filepath.FromSlash(h.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	tags, err := all.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(tags.Manifests) != 1 || tags.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != "1.2.3-rc.4" {
		t.Fatalf("the layout has %+v", tags.Manifests)
	}
	index, err := all.ImageIndex(tags.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func compareConfig(t *testing.T, img v1.Image, ofIndex map[string]string, arch string) {
	t.Helper()
	c, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if c.OS != "linux" || c.Architecture != arch || !c.Created.Equal(pretended) {
		t.Errorf("%s: %s, %s, %v", arch, c.OS, c.Architecture, c.Created)
	}
	dockerfile, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range c.Config.Labels {
		if !strings.Contains(string(dockerfile), name+`="`) {
			t.Errorf("the Dockerfile has no label %s", name)
		}
	}
	for _, line := range []string{"USER " + c.Config.User, `ENTRYPOINT ["` + strings.Join(c.Config.Entrypoint, `", "`) + `"]`} {
		if !strings.Contains(string(dockerfile), "\n"+line+"\n") {
			t.Errorf("the Dockerfile has no %s", line)
		}
	}
	for name, want := range map[string]string{
		"title": "target-s3", "version": "1.2.3-rc.4", "licenses": "Apache-2.0 AND MIT", "created": "2026-02-03T04:05:06Z", "source": "https://example.com/source",
	} {
		if got := c.Config.Labels["org.opencontainers.image."+name]; got != want {
			t.Errorf("label %s: %q, want %q", name, got, want)
		}
	}
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(manifest.Annotations, c.Config.Labels) || !maps.Equal(ofIndex, c.Config.Labels) {
		t.Errorf("labels are %v, annotations of the manifest %v, of the index %v", c.Config.Labels, manifest.Annotations, ofIndex)
	}
}

func compareLayer(t *testing.T, img v1.Image) {
	t.Helper()
	layers, err := img.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%v, %d layers", err, len(layers))
	}
	z, err := layers[0].Compressed()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, m := range tarMembers(t, data) {
		have = append(have, m.mode.String()+" "+m.name)
		if m.name == "etc/ssl/certs/ca-certificates.crt" && !x509.NewCertPool().AppendCertsFromPEM(m.data) {
			t.Error("no certificate can be read")
		}
	}
	compareLists(t, have, []string{
		"-rw-r--r-- LICENSE", "-rw-r--r-- etc/group", "-rw-r--r-- etc/passwd", "-rw-r--r-- etc/ssl/certs/ca-certificates.crt",
		"-rw-r--r-- licenses/example.com/a,b/LICENSE", "-rwxr-xr-x target-s3", "-rw-r--r-- target-s3.cdx.json",
	})
}

// TestRootCertificates holds that those are there that S3 and its relatives have.
func TestRootCertificates(t *testing.T) {
	pool := rootCertificates()
	n := strings.Count(string(pool), "BEGIN CERTIFICATE")
	if n < 100 {
		t.Errorf("only %d certificates", n)
	}
	found := 0
	for _, c := range certificates(t, pool) {
		if slices.Contains([]string{"Amazon Root CA 1", "ISRG Root X1", "GTS Root R1", "DigiCert Global Root G2"}, c.Subject.CommonName) {
			found++
		}
	}
	if found != 4 {
		t.Errorf("%d of 4 certificates are there", found)
	}
}

func certificates(t *testing.T, text []byte) []*x509.Certificate {
	t.Helper()
	var all []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}
