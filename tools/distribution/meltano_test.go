//go:build unix

package distribution

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// project is a Meltano project.
type project struct {
	*testing.T
	meltano, dir string
	env          []string // settings beside those of meltano.yml
}

// with are other settings for one run, as variables that Meltano reads.
func (p project) with(settings ...string) project {
	p.env = settings
	return p
}

// command is meltano, in the project.
func (p project) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(p.Context(), p.meltano, args...)
	cmd.Dir = p.dir
	cmd.Env = append(append(os.Environ(), "MELTANO_SEND_ANONYMOUS_USAGE_STATS=false", "NO_COLOR=1"), p.env...)
	return cmd
}

// meltanoRun runs meltano and returns what it says, and whether it succeeded.
func (p project) meltanoRun(args ...string) (out string, ok bool) {
	p.Helper()
	text, err := p.command(args...).CombinedOutput()
	return string(text), err == nil
}

// must is meltanoRun where all goes well.
func (p project) must(args ...string) string {
	p.Helper()
	out, ok := p.meltanoRun(args...)
	if !ok {
		p.Fatalf("meltano %q:\n%s", args, out)
	}
	return out
}

// says requires a line of the loader's of a level.
func (p project) says(out, level, words string) {
	p.Helper()
	if !regexp.MustCompile(`(?m)\[` + level + ` *\] target-s3 .*` + words).MatchString(out) {
		p.Errorf("no line of the level %s that says %q:\n%s", level, words, out)
	}
}

func (p project) write(name, text string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
}

// newProject copies examples/meltano, and adds the loader from its definition and a wheel.
func newProject(t *testing.T) project {
	t.Helper()
	p := project{T: t, meltano: os.Getenv("TEST_TARGET_S3_MELTANO"), dir: filepath.Join(t.TempDir(), "project")}
	if p.meltano == "" {
		t.Skip("TEST_TARGET_S3_MELTANO does not say where Meltano is")
	}
	if err := os.CopyFS(p.dir, os.DirFS(filepath.Join(root, "examples", "meltano"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(p.dir, "tap_orders.py"), 0o700); err != nil {
		t.Fatal(err)
	}
	definition, err := os.ReadFile(filepath.Join(root, "plugins", "loaders", "target-s3--files.yml"))
	if err != nil {
		t.Fatal(err)
	}
	const published = `pip_url: "target-s3-files"`
	if !strings.Contains(string(definition), published) {
		t.Fatalf("the definition does not say %s", published)
	}
	p.write("target-s3--files.yml", strings.Replace(string(definition), published, `pip_url: "`+hostWheel(t.Context(), t)+`"`, 1))
	p.must("add", "target-s3", "--plugin-type", "loader", "--from-ref", "target-s3--files.yml")
	p.must("config", "set", "target-s3", "s3_bucket", "my-bucket")
	p.must("config", "set", "target-s3", "aws_endpoint_url", "file:out")
	return p
}

// hostWheel builds a wheel for this machine.
func hostWheel(ctx context.Context, t *testing.T) string {
	t.Helper()
	r, err := NewRelease(root, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Build(ctx, host(t))
	if err != nil {
		t.Fatal(err)
	}
	wheel, err := r.SaveWheel(t.TempDir(), b)
	if err != nil {
		t.Fatal(err)
	}
	return wheel
}

// TestMeltano goes through examples/meltano: what its README says, and what goes wrong.
// TEST_TARGET_S3_MELTANO is the path of meltano.
func TestMeltano(t *testing.T) {
	p := newProject(t)
	out := p.must("run", "tap-orders", "target-s3")
	p.says(out, "info", "start version=1.2.3 ")
	p.says(out, "warning", "records do not fit their schema .* stream=orders line=6 ")
	p.says(out, "info", "METRIC .*record_count")
	if strings.Contains(out, "have no effect") || strings.Contains(out, `"logger_name"`) {
		t.Errorf("a notice that nobody asked for, or a line that was not taken apart:\n%s", out)
	}

	p.Run("failures", func(t *testing.T) { meltanoFailures(project{t, p.meltano, p.dir, nil}) })
	p.Run("settings", func(t *testing.T) { meltanoSettings(project{t, p.meltano, p.dir, nil}) })
	p.Run("bucket", func(t *testing.T) { meltanoBucket(project{t, p.meltano, p.dir, nil}) })
}

// meltanoFailures: each exit code of a load that is not 0 ends the run, with a line of the
// level error that says why.
func meltanoFailures(p project) {
	p.write("orders.csv", "id,email,amount,note\n5,eve@example.com,many,\n")
	for setting, want := range map[string]string{
		"BATCH_WAIT_LIMIT_SECONDS=soon": `batch_wait_limit_seconds .*soon.*: must be a number of seconds`, // 2
		"INVALID_RECORDS=fail":          `amount: Invalid type`,                                           // 1
		"MAX_REJECTED_RECORDS=0":        `max_rejected_records`,                                           // 3
	} {
		out, ok := p.with("TARGET_S3_"+setting).meltanoRun("run", "--full-refresh", "tap-orders", "target-s3")
		if ok {
			p.Errorf("%s: meltano succeeded:\n%s", setting, out)
		}
		p.says(out, "error", want)
	}
}

// meltanoSettings: objects, fractions and aliases arrive as they are meant, also where
// Meltano adds a variable for each member of an object.
func meltanoSettings(p project) {
	p.must("config", "set", "target-s3", "object_tags", `{"team": "data"}`)
	p.write("orders.csv", "id,email,amount,note\n6,fay@example.com,6,\n")
	p.with(
		`TARGET_S3_STREAMS={"ord*": {"output_file_format": "csv", "csv_force_quote": true}}`,
		"TARGET_S3_DELIMITER=|", "TARGET_S3_BATCH_WAIT_LIMIT_SECONDS=0.5",
	).must("run", "--full-refresh", "tap-orders", "target-s3")
	found, err := filepath.Glob(filepath.Join(p.dir, "out", "my-bucket", "singer", "orders", "*.csv"))
	if err != nil || len(found) != 1 {
		p.Fatalf("%q %v", found, err)
	}
	text, err := os.ReadFile(found[0])
	if err != nil || !strings.Contains(string(text), `"6"|"fay@example.com"|"6`) {
		p.Errorf("%v\n%s", err, text)
	}
}
