package distribution

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// member is a file of an archive.
type member struct {
	name string
	data []byte
	mode os.FileMode
}

func byName(a, b member) int { return strings.Compare(a.name, b.name) }

// archiveName is the name of archives and packages for a platform, without the extension,
// and of the folder that an archive unpacks to.
func (r *Release) archiveName(p Platform) string {
	return fmt.Sprintf("%s_%s_%s_%s", Program, r.Version, p.OS, p.Arch)
}

// SaveArchive writes the archive of a platform into a folder: a zip for Windows, and
// .tar.gz for others.
func (r *Release) SaveArchive(dir string, b Built, x Extras) (string, error) {
	write, extension := writeTarGzip, ".tar.gz"
	if b.Platform.OS == "windows" {
		write, extension = writeZip, ".zip"
	}
	var archive bytes.Buffer
	if err := write(&archive, r.archiveMembers(b, x), b.Date); err != nil {
		return "", err
	}
	return save(filepath.Join(dir, r.archiveName(b.Platform)+extension), archive.Bytes())
}

func (r *Release) archiveMembers(b Built, x Extras) []member {
	files := []member{
		{b.Platform.Executable(), b.Binary, 0o755},
		{"README.md", r.readme, 0o644},
		{"CHANGELOG.md", x.changelog, 0o644},
		{Program + ".cdx.json", b.SBOM, 0o644},
		{"man/" + Program + ".1", x.man, 0o644},
		{"completions/" + Program + ".bash", x.completions["bash"], 0o644},
		{"completions/" + Program + ".fish", x.completions["fish"], 0o644},
		{"completions/" + Program + ".ps1", x.completions["powershell"], 0o644},
		{"completions/_" + Program, x.completions["zsh"], 0o644},
	}
	for _, f := range b.licenseFiles() {
		if f.Name != "LICENSE" {
			f.Name = "licenses/" + f.Name
		}
		files = append(files, member{f.Name, f.Data, 0o644})
	}
	for _, f := range x.examples {
		f.name = "examples/" + f.name
		files = append(files, f)
	}
	for i := range files {
		files[i].name = r.archiveName(b.Platform) + "/" + files[i].name
	}
	slices.SortFunc(files, byName)
	return files
}

func writeZip(w io.Writer, files []member, date time.Time) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		h := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: date}
		h.SetMode(f.mode)
		entry, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := entry.Write(f.data); err != nil {
			return err
		}
	}
	return z.Close()
}

func writeTarGzip(w io.Writer, files []member, date time.Time) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := writeTar(z, files, date); err != nil {
		return err
	}
	return z.Close()
}

// writeTar writes files that belong to root. A name that ends in a slash is a folder.
func writeTar(w io.Writer, files []member, date time.Time) error {
	t := tar.NewWriter(w)
	for _, f := range files {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: f.name, Size: int64(len(f.data)), Mode: int64(f.mode), ModTime: date}
		if strings.HasSuffix(f.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(f.data); err != nil {
			return err
		}
	}
	return t.Close()
}
