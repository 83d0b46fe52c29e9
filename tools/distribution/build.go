package distribution

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Build makes the program for a platform.
func (r *Release) Build(ctx context.Context, p Platform) (Built, error) {
	binary, err := p.Build(ctx, r.Root, r.Version)
	if err != nil {
		return Built{}, err
	}
	modules, err := p.Modules(ctx, r.Root, r.Version)
	if err != nil {
		return Built{}, err
	}
	b := Built{Platform: p, Binary: binary, Modules: modules, Date: epoch}
	if err := b.readCommit(); err != nil {
		return Built{}, err
	}
	b.SBOM, err = SBOM(modules, binary)
	return b, err
}

// readCommit finds out what the binary says of the commit that it was built from.
func (b *Built) readCommit() error {
	info, err := buildinfo.Read(bytes.NewReader(b.Binary))
	if err != nil {
		return err
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.changed = s.Value == "true"
		case "vcs.time":
			if b.Date, err = time.Parse(time.RFC3339, s.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// RequireCommit is for what is published: the program must say which commit it is, so that
// anybody can build it again.
func (b Built) RequireCommit() error {
	switch {
	case b.Commit == "":
		return fmt.Errorf("the program for %s says no commit; build in a clone (a worktree of git will not do)", b.Platform)
	case b.changed:
		return fmt.Errorf("the program for %s is built from files that differ from the commit; git status lists them", b.Platform)
	}
	return nil
}

// SaveWheel writes the wheel into a folder, whole or not at all, and returns its path.
func (r *Release) SaveWheel(dir string, b Built) (string, error) {
	var wheel bytes.Buffer
	if err := r.WriteWheel(&wheel, b); err != nil {
		return "", err
	}
	return save(filepath.Join(dir, r.WheelName(b.Platform)), wheel.Bytes())
}

// save writes a file, whole or not at all, and returns its path.
func save(file string, data []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(file), ".release-*")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(f.Name()) }() // no more there if all went well
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	return file, err
}
