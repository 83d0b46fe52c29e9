//go:build !race

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestExampleSystemd lets systemd check the units of examples/systemd, and say how far
// they are shut off.
func TestExampleSystemd(t *testing.T) {
	if exec.Command("systemd-analyze", "--version").Run() != nil {
		t.Skip("systemd-analyze is not there")
	}
	f := newExampleFolder(t)
	load := f.program("load.sh", "")
	examples, err := filepath.Glob("../../examples/systemd/*")
	if err != nil || len(examples) != 3 {
		t.Fatalf("%q, %v", examples, err)
	}
	for _, example := range examples {
		text, err := os.ReadFile(example)
		if err != nil {
			t.Fatal(err)
		}
		f.write(filepath.Base(example), strings.ReplaceAll(string(text), "/usr/local/lib/target-s3/load.sh", load), 0o600)
	}
	unit := f.path("sync@shop.service")
	out, err := exec.Command("systemd-analyze", "verify", unit, f.path("sync@shop.timer"), f.path("sync-failed@shop.service")).CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("@shop.")) { // what it says of units that the machine has does not matter
		t.Errorf("%v\n%s", err, out)
	}
	out, err = exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=20", unit).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestExampleLoadTerminated ends a service as systemd does: all of its processes get
// SIGTERM. Its script must not end before the loader has committed.
func TestExampleLoadTerminated(t *testing.T) {
	if exec.Command("bash", "--version").Run() != nil {
		t.Skip("needs bash")
	}
	script, err := filepath.Abs("../../examples/cron/load.sh")
	if err != nil {
		t.Fatal(err)
	}
	f := newExampleFolder(t)
	f.settings(`{"integration_name": "shop"}`)
	f.program("tap-silent", silentTap)
	p := f.start([]string{"TAP=tap-silent"}, script)
	f.await("sent", p)
	p.signal(-p.Process.Pid)
	p.ends(143)
	p.interrupted()
	f.eachOnce(1)
	if got := f.read("state.json"); got != `{"n":1}`+"\n" {
		t.Errorf("state.json: %q", got)
	}
}
