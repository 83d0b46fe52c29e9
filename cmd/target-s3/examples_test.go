//go:build !race

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// exampleFolder is where an example runs, with programs of its own before those of the
// system, and a bucket in the folder out.
type exampleFolder struct {
	t   *testing.T
	dir string
}

func newExampleFolder(t *testing.T) *exampleFolder {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the examples are for Unix")
	}
	f := &exampleFolder{t, t.TempDir()}
	f.write("out/bucket/.keep", "", 0o600)
	return f
}

func (f *exampleFolder) path(name string) string { return filepath.Join(f.dir, name) }

func (f *exampleFolder) write(name, text string, mode os.FileMode) string {
	f.t.Helper()
	file := f.path(name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		f.t.Fatal(err)
	}
	return file
}

func (f *exampleFolder) read(name string) string {
	f.t.Helper()
	text, err := os.ReadFile(f.path(name))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(text)
}

// program is one that the example finds in its PATH.
func (f *exampleFolder) program(name, text string) string {
	f.t.Helper()
	return f.write("bin/"+name, "#!/bin/sh\n"+text, 0o700)
}

// settings are those of an example, for the bucket of the folder, with JSON Lines.
func (f *exampleFolder) settings(text string) string {
	f.t.Helper()
	settings := map[string]any{}
	if err := json.Unmarshal([]byte(text), &settings); err != nil {
		f.t.Fatalf("%v\n%s", err, text)
	}
	settings["s3_bucket"], settings["aws_endpoint_url"], settings["output_file_format"] = "bucket", "file:"+f.path("out"), "jsonl"
	changed, err := json.Marshal(settings)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.write("config.json", string(changed), 0o600)
}

// exampleProcess is a command of an example in a group of its own.
type exampleProcess struct {
	*exec.Cmd
	t   *testing.T
	log bytes.Buffer
}

func (f *exampleFolder) start(environment []string, name string, args ...string) *exampleProcess {
	f.t.Helper()
	p := &exampleProcess{t: f.t, Cmd: exec.CommandContext(f.t.Context(), name, args...)}
	p.Dir, p.Stderr = f.dir, &p.log
	killGroup(p.Cmd)
	p.Env = append(os.Environ(), "PATH="+f.path("bin")+":"+os.Getenv("PATH"))
	p.Env = append(p.Env, environment...)
	if err := p.Start(); err != nil {
		f.t.Fatal(err)
	}
	return p
}

// ends waits for the end, which must be with this exit code.
func (p *exampleProcess) ends(code int) {
	p.t.Helper()
	_ = p.Wait()
	if got := p.ProcessState.ExitCode(); got != code {
		p.t.Fatalf("exit code %d, want %d\n%s", got, code, &p.log)
	}
}

// signal sends SIGTERM to the process, or to its group if the number is negative.
func (p *exampleProcess) signal(who int) {
	p.t.Helper()
	if err := terminate(who); err != nil {
		p.t.Fatal(err)
	}
}

// await waits until the file is there.
func (f *exampleFolder) await(name string, p *exampleProcess) {
	f.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(f.path(name)); err == nil {
			return
		}
		if time.Now().After(deadline) {
			f.t.Fatalf("%s is not there\n%s", name, &p.log)
		}
	}
}

// silentTap is a tap that sends a record and a state, and then nothing any more. What
// follows them is more than a pipe holds: once it has been sent, they have been read.
const silentTap = `cat <<'END'
{"type":"SCHEMA","stream":"orders","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"}}}}
{"type":"RECORD","stream":"orders","record":{"id":0}}
{"type":"STATE","value":{"n":1}}
END
head -c 3000000 /dev/zero | tr '\0' '\n'
touch sent
exec sleep 600
`

// rows is how often each id is in the table orders, of ids below n.
func (f *exampleFolder) rows(n int) []int {
	f.t.Helper()
	files, err := filepath.Glob(f.path("out/bucket/shop/orders/*.jsonl"))
	if err != nil {
		f.t.Fatal(err)
	}
	times := make([]int, n)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			row := struct{ ID *int }{}
			if err := json.Unmarshal(line, &row); err != nil || row.ID == nil {
				f.t.Fatalf("%s: %s", file, line)
			}
			times[*row.ID]++
		}
	}
	return times
}

// eachOnce counts the rows, which must all be there, and none twice.
func (f *exampleFolder) eachOnce(n int) {
	f.t.Helper()
	for id, times := range f.rows(n) {
		if times != 1 {
			f.t.Fatalf("row %d is there %d times", id, times)
		}
	}
}

// interrupted says that the loader, and not only its shell, got the signal.
func (p *exampleProcess) interrupted() {
	p.t.Helper()
	if log := p.log.String(); !strings.Contains(log, "status=interrupted") && !strings.Contains(log, `"status":"interrupted"`) {
		p.t.Errorf("the loader was not interrupted\n%s", &p.log)
	}
}
