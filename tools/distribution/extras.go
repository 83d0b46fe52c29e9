package distribution

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"time"
)

// Extras are what archives and packages hold beside the program, the same for all platforms.
type Extras struct {
	man         []byte
	completions map[string][]byte // by shell
	changelog   []byte
	examples    []member
}

// exampleFolders are those of examples that are of use without a clone.
var exampleFolders = []string{"cron", "systemd"}

// Extras gathers them. The program itself, built for this machine, writes its completions.
func (r *Release) Extras(ctx context.Context, date time.Time) (Extras, error) {
	x := Extras{completions: map[string][]byte{}}
	man, err := os.ReadFile(filepath.Join(r.Root, "docs", Program+".1"))
	if err != nil {
		return x, err
	}
	x.man = r.datedMan(man, date)
	if x.changelog, err = os.ReadFile(filepath.Join(r.Root, "CHANGELOG.md")); err != nil {
		return x, err
	}
	if x.examples, err = r.examples(); err != nil {
		return x, err
	}
	return x, r.complete(ctx, x.completions)
}

// datedMan adds the version and the day of its commit to the title of the page.
func (r *Release) datedMan(page []byte, date time.Time) []byte {
	title := fmt.Sprintf(".TH TARGET-S3 1 %s \"%s %s\" \"User Commands\"\n", date.Format(time.DateOnly), Program, r.Version)
	return bytes.Replace(page, []byte(".TH TARGET-S3 1\n"), []byte(title), 1)
}

func (r *Release) examples() ([]member, error) {
	sample, err := os.ReadFile(filepath.Join(r.Root, "config.sample.json"))
	if err != nil {
		return nil, err
	}
	files := []member{{"config.sample.json", sample, 0o644}}
	examples := os.DirFS(filepath.Join(r.Root, "examples"))
	for _, folder := range exampleFolders {
		err := fs.WalkDir(examples, folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(examples, name)
			if err != nil {
				return err
			}
			mode := os.FileMode(0o644)
			if path.Ext(name) == ".sh" {
				mode = 0o755
			}
			files = append(files, member{name, data, mode})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// complete has the program write the completions for each shell.
func (r *Release) complete(ctx context.Context, completions map[string][]byte) error {
	dir, err := os.MkdirTemp("", "distribution-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	here := Platform{OS: runtime.GOOS, Arch: runtime.GOARCH}
	program, err := here.Build(ctx, r.Root, r.Version)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, here.Executable())
	if err := os.WriteFile(file, program, 0o755); err != nil {
		return err
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if completions[shell], err = exec.CommandContext(ctx, file, "completion", shell).Output(); err != nil {
			return fmt.Errorf("completions for %s: %w", shell, err)
		}
	}
	return nil
}
