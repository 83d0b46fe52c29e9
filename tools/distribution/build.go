package distribution

import (
	"context"
	"os"
	"path/filepath"
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
	sbom, err := SBOM(modules, binary)
	return Built{Platform: p, Binary: binary, Modules: modules, SBOM: sbom}, err
}

// SaveWheel writes the wheel into a folder, whole or not at all, and returns its path.
func (r *Release) SaveWheel(dir string, b Built) (string, error) {
	file := filepath.Join(dir, r.WheelName(b.Platform))
	f, err := os.CreateTemp(dir, ".wheel-*")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(f.Name()) }() // no more there if all went well
	if err := r.WriteWheel(f, b); err != nil {
		_ = f.Close()
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return "", err
	}
	return file, os.Rename(f.Name(), file)
}
