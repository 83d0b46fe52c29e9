package distribution

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Save writes all files of the release for these platforms into a folder, and tells of
// each one. SHA256SUMS is the last of them.
func (r *Release) Save(ctx context.Context, dir string, platforms []Platform, told func(file string)) error {
	var all []Built
	for _, p := range platforms {
		b, err := r.Build(ctx, p)
		if err == nil {
			err = b.RequireCommit()
		}
		if err != nil {
			return err
		}
		all = append(all, b)
	}
	x, err := r.Extras(ctx, all[0].Date)
	if err != nil {
		return err
	}
	files, err := r.saveAll(ctx, dir, all, x, told)
	if err != nil {
		return err
	}
	sums, err := checksums(files)
	if err != nil {
		return err
	}
	file, err := save(filepath.Join(dir, "SHA256SUMS"), sums)
	told(file)
	return err
}

func (r *Release) saveAll(ctx context.Context, dir string, all []Built, x Extras, told func(string)) ([]string, error) {
	var files []string
	var linux []Built
	add := func(file string, err error) error {
		if err == nil {
			files = append(files, file)
			told(file)
		}
		return err
	}
	for _, b := range all {
		if err := add(r.SaveArchive(dir, b, x)); err != nil {
			return nil, err
		}
		if err := add(save(filepath.Join(dir, r.archiveName(b.Platform)+".cdx.json"), b.SBOM)); err != nil {
			return nil, err
		}
		if err := add(r.SaveWheel(dir, b)); err != nil {
			return nil, err
		}
		if b.Platform.OS != "linux" {
			continue
		}
		linux = append(linux, b)
		for _, packager := range Packagers {
			if err := add(r.SavePackage(ctx, dir, packager, b, x)); err != nil {
				return nil, err
			}
		}
	}
	if len(linux) > 0 {
		if err := add(r.SaveImage(dir, linux)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// checksums are those of files, as sha256sum --check reads them.
func checksums(files []string) ([]byte, error) {
	var lines []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("%x  %s\n", sha256.Sum256(data), filepath.Base(file)))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[64:], b[64:]) })
	return []byte(strings.Join(lines, "")), nil
}
