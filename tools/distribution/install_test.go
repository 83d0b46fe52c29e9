package distribution

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// host is the platform of the tests. Where none is built for it they are skipped.
func host(t *testing.T) Platform {
	t.Helper()
	all := Platforms()
	i := slices.IndexFunc(all, func(p Platform) bool { return p.OS == runtime.GOOS && p.Arch == runtime.GOARCH })
	if i < 0 {
		t.Skip("no wheel is built for this platform")
	}
	return all[i]
}

// TestBuild builds the program twice, puts it into a wheel, and installs that where no
// Go is: with pip and, if it is there, with uv.
func TestBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	p := host(t)
	r, err := NewRelease(root, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	built, err := r.Build(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.Build(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(built.Binary, again.Binary) || !bytes.Equal(built.SBOM, again.SBOM) {
		t.Error("two builds of one commit differ")
	}
	x, err := r.Extras(t.Context(), pretended)
	if err != nil {
		t.Fatal(err)
	}
	compareExtras(t, x)
	if dockerfile, err := os.ReadFile(filepath.Join(root, "Dockerfile")); err != nil || !strings.Contains(string(dockerfile), `licenses="`+Licenses(built.Modules)+`"`) {
		t.Errorf("%v; the Dockerfile has not the label %s", err, Licenses(built.Modules))
	}
	requireStatic(t, p, built.Binary)
	compareModules(t, built)
	wheel, err := r.SaveWheel(t.TempDir(), built)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("pip", func(t *testing.T) { install(t, wheel, pip) })
	t.Run("uv", func(t *testing.T) { install(t, wheel, uv) })
}

func requireStatic(t *testing.T, p Platform, binary []byte) {
	t.Helper()
	if p.OS != "linux" {
		return
	}
	f, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range f.Progs {
		if section.Type == elf.PT_INTERP {
			t.Error("the program is not static: it names an interpreter")
		}
	}
	if f.Section(".symtab") != nil || f.Section(".debug_info") != nil {
		t.Error("the program is not stripped")
	}
}

// compareModules holds the list of modules to what the linker wrote into the binary.
func compareModules(t *testing.T, b Built) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, b.Binary, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "version", "-m", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var linked, listed []string
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) > 2 && f[0] == "dep" {
			linked = append(linked, f[1]+" "+f[2])
		}
	}
	for _, m := range b.Modules {
		if len(m.Files) == 0 || m.License == "" {
			t.Errorf("%s has no licence", m.Path)
		}
		if m.Path != Program && m.Path != "std" {
			listed = append(listed, m.Path+" "+m.Version)
		}
	}
	slices.Sort(linked)
	slices.Sort(listed)
	if len(linked) == 0 || !slices.Equal(linked, listed) {
		t.Errorf("linked are %q, listed %q", linked, listed)
	}
	var sbom bom
	if err := json.Unmarshal(b.SBOM, &sbom); err != nil || len(sbom.Components) != len(listed)+1 || sbom.Metadata.Component.Version != "1.2.3" {
		t.Errorf("SBOM: %v, %d components of %d modules", err, len(sbom.Components), len(listed))
	}
}

// pip and uv make an empty environment in dir with the wheel in it.
func pip(ctx context.Context, t *testing.T, dir, wheel string) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	if out, err := exec.CommandContext(ctx, python, "-m", "venv", dir).CombinedOutput(); err != nil {
		t.Skipf("python3 makes no environment: %s", out)
	}
	run(ctx, t, filepath.Join(bin(dir), "python"), "-m", "pip", "install", "--no-index", "--disable-pip-version-check", wheel)
	run(ctx, t, filepath.Join(bin(dir), "python"), "-m", "pip", "check", "--disable-pip-version-check")
}

func uv(ctx context.Context, t *testing.T, dir, wheel string) {
	uv := os.Getenv("TEST_TARGET_S3_UV")
	if uv == "" {
		uv = "uv"
	}
	if _, err := exec.LookPath(uv); err != nil {
		t.Skip("no uv, and TEST_TARGET_S3_UV does not say where it is")
	}
	run(ctx, t, uv, "venv", "--offline", "--no-config", dir)
	run(ctx, t, uv, "pip", "install", "--offline", "--no-config", "--no-index", "--python", dir, wheel)
}

// commit is what --version says of the commit. Go writes it into what it builds in a clone,
// not in one of its worktrees.
func commit(t *testing.T) string {
	t.Helper()
	if info, err := os.Stat(filepath.Join(root, ".git")); err != nil || !info.IsDir() {
		return ""
	}
	cmd := exec.CommandContext(t.Context(), "git", "log", "-1", "--format=%H %ct")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	id, seconds, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	at, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	status := exec.CommandContext(t.Context(), "git", "status", "--porcelain")
	status.Dir = root
	if out, err := status.Output(); err != nil || len(out) > 0 {
		id += ", changed"
	}
	return "commit " + id + ", " + time.Unix(at, 0).UTC().Format(time.RFC3339) + ", go"
}

func bin(environment string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(environment, "Scripts")
	}
	return filepath.Join(environment, "bin")
}

func run(ctx context.Context, t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// install loads the example of the README with what was installed, on a PATH that has
// nothing else.
func install(t *testing.T, wheel string, with func(context.Context, *testing.T, string, string)) {
	dir := filepath.Join(t.TempDir(), "environment")
	with(t.Context(), t, dir, wheel)
	example, err := filepath.Abs(filepath.Join(root, "examples", "quickstart"))
	if err != nil {
		t.Fatal(err)
	}
	target := func(args ...string) string {
		var stderr strings.Builder
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin(dir), Program), args...)
		cmd.Dir, cmd.Env, cmd.Stderr = filepath.Dir(dir), []string{"PATH=" + bin(dir)}, &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%q: %v\n%s", args, err, stderr.String())
		}
		return string(out)
	}
	if got, want := target("--version"), "target-s3 1.2.3 ("+commit(t); !strings.HasPrefix(got, want) {
		t.Errorf("--version: %s, want %s", got, want)
	}
	state := target("--config", filepath.Join(example, "config.json"), "--input", filepath.Join(example, "shop.singer"))
	if !json.Valid([]byte(state)) || !strings.Contains(state, `"orders"`) {
		t.Errorf("state: %s", state)
	}
	found, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "quickstart-output", "*", "*", "orders", "*.jsonl"))
	if err != nil || len(found) != 1 {
		t.Errorf("objects: %q %v", found, err)
	}
}
