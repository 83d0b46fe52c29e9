package distribution

import (
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// SaveImage writes an image for these platforms into a folder: an OCI layout in a tar, which
// skopeo and podman take as oci-archive. It is what the Dockerfile makes, but without an
// engine, and the same bytes each time.
func (r *Release) SaveImage(dir string, all []Built) (string, error) {
	index := mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex))
	for _, b := range all {
		img, err := r.image(b)
		if err != nil {
			return "", err
		}
		platform := v1.Platform{OS: b.Platform.OS, Architecture: b.Platform.Arch}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: &platform}})
	}
	index = mutate.Annotations(index, r.labels(all[0])).(v1.ImageIndex)
	scratch, err := os.MkdirTemp("", "distribution-*")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	l, err := layout.Write(scratch, empty.Index)
	if err != nil {
		return "", err
	}
	if err := l.AppendIndex(index, layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": r.Version})); err != nil {
		return "", err
	}
	files, err := readTree(scratch)
	if err != nil {
		return "", err
	}
	var archive bytes.Buffer
	if err := writeTar(&archive, files, all[0].Date); err != nil {
		return "", err
	}
	return save(filepath.Join(dir, Program+"_"+r.Version+"_image.tar"), archive.Bytes())
}

// readTree reads the files below a folder, sorted by name.
func readTree(dir string) ([]member, error) {
	var files []member
	tree := os.DirFS(dir)
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		files = append(files, member{name, data, 0o644})
		return err
	})
	return files, err
}

// image is the image for one platform: one layer, and how the program is run.
func (r *Release) image(b Built) (v1.Image, error) {
	var content bytes.Buffer
	if err := writeTar(&content, imageFiles(b), b.Date); err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(
		func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content.Bytes())), nil },
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.BestCompression),
	)
	if err != nil {
		return nil, err
	}
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	img, err = mutate.Append(img, mutate.Addendum{
		Layer: layer, MediaType: types.OCILayer,
		History: v1.History{Created: v1.Time{Time: b.Date}, CreatedBy: "tools/release"},
	})
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = b.Platform.OS, b.Platform.Arch, v1.Time{Time: b.Date}
	config.Config = v1.Config{User: imageUser, Entrypoint: []string{"/" + Program}, WorkingDir: "/", Labels: r.labels(b)}
	if img, err = mutate.ConfigFile(img, config); err != nil {
		return nil, err
	}
	return mutate.Annotations(img, r.labels(b)).(v1.Image), nil
}

const imageUser = "65532:65532"

// labels say what an image is, under the names that OCI has for it.
func (r *Release) labels(b Built) map[string]string {
	const prefix = "org.opencontainers.image."
	labels := map[string]string{
		prefix + "title":       Program,
		prefix + "description": Summary,
		prefix + "version":     r.Version,
		prefix + "created":     b.Date.Format(time.RFC3339),
		prefix + "licenses":    Licenses(b.Modules),
	}
	if b.Commit != "" {
		labels[prefix+"revision"] = b.Commit
	}
	if r.Source != "" {
		labels[prefix+"source"] = r.Source
	}
	return labels
}

// imageFiles are the files of the image: the program, and what an empty image lacks: root
// certificates, a user's name, and a folder for temporary files that anyone may use.
func imageFiles(b Built) []member {
	files := []member{
		{Program, b.Binary, 0o755},
		{Program + ".cdx.json", b.SBOM, 0o644},
		{"etc/", nil, 0o755},
		{"etc/group", []byte("nonroot:x:65532:\n"), 0o644},
		{"etc/passwd", []byte("nonroot:x:65532:65532:nonroot:/:/sbin/nologin\n"), 0o644},
		{"etc/ssl/", nil, 0o755},
		{"etc/ssl/certs/", nil, 0o755},
		{"etc/ssl/certs/ca-certificates.crt", rootCertificates(), 0o644},
		{"tmp/", nil, 0o1777},
	}
	for _, f := range b.licenseFiles() {
		if f.Name != "LICENSE" {
			f.Name = "licenses/" + f.Name
		}
		files = append(files, member{f.Name, f.Data, 0o644})
	}
	slices.SortFunc(files, byName)
	return files
}

// rootCertificates are those that Mozilla trusts without a condition, which a file of them
// cannot hold.
func rootCertificates() []byte {
	var b bytes.Buffer
	b.WriteString("# Mozilla's root certificates, as golang.org/x/crypto/x509roots has them.\n")
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
		}
	}
	return b.Bytes()
}
