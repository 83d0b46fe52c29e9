//go:build !race

package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"target-s3/target/config"
)

// manifest is a file of examples/kubernetes. tools/kubernetes checks it as the API's
// server would; here is run what its containers run.
type manifest string

func readManifest(t *testing.T, name string) manifest {
	t.Helper()
	text, err := os.ReadFile("../../examples/kubernetes/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return manifest(text)
}

// block is the text that is indented below the line that ends with these words and "|".
func (m manifest) block(t *testing.T, line string) string {
	t.Helper()
	begin := regexp.MustCompile(`(?m)^( *)` + regexp.QuoteMeta(line) + ` \|\n`).FindStringSubmatch(string(m))
	if begin == nil {
		t.Fatalf("no %s |", line)
	}
	var text strings.Builder
	indent := len(begin[1]) + 2
	for l := range strings.Lines(string(m)[strings.Index(string(m), begin[0])+len(begin[0]):]) {
		if strings.TrimSpace(l[:min(indent, len(l))]) != "" {
			break
		}
		text.WriteString(l[min(indent, len(l)-1):])
	}
	return text.String()
}

var memoryLimit = regexp.MustCompile(`limits:\n(?: *#.*\n)* *memory: (\d+)([GM])i\n`)

// hasRoom sees to it that the loader fits into the memory of its container.
func (m manifest) hasRoom(t *testing.T, settings string) {
	t.Helper()
	found := memoryLimit.FindStringSubmatch(string(m))
	if found == nil {
		t.Fatal("no limit of memory")
	}
	mib, err := strconv.Atoi(found[1])
	if err != nil {
		t.Fatal(err)
	}
	if found[2] == "G" {
		mib <<= 10
	}
	c, _, err := config.LoadPart(config.JSON("config.json", []byte(settings)))
	if err != nil {
		t.Fatal(err)
	}
	if need := int(c.MemoryLimitBytes>>20) + 96; mib <= need {
		t.Errorf("%d MiB of memory, and the loader may take %d", mib, need)
	}
}

// syncPod is the folder in which a container of the CronJob runs.
type syncPod struct {
	*exampleFolder
	shell, script string
}

// run starts the container's command, as a pod of its own would: nothing is left of those
// before it but the bucket.
func (p *syncPod) run(tap string) *exampleProcess {
	p.t.Helper()
	p.program("tap-postgres", tap)
	for _, name := range []string{"state.json", "messages", "sent"} {
		_ = os.Remove(p.path(name))
	}
	return p.start(nil, p.shell, "-c", p.script)
}

const syncTap = `echo '{"type":"SCHEMA","stream":"orders","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"}}}}'
n=$(sed 's/[^0-9]//g' state.json)
echo "{\"type\":\"RECORD\",\"stream\":\"orders\",\"record\":{\"id\":${n:-0}}}"
echo "{\"type\":\"STATE\",\"value\":{\"n\":$((${n:-0} + 1))}}"
`

// TestExampleKubernetesCronJob runs the script of the CronJob in the shells that images have.
func TestExampleKubernetesCronJob(t *testing.T) {
	m := readManifest(t, "cronjob.yaml")
	settings := m.block(t, "config.json:")
	m.hasRoom(t, settings)
	for _, shell := range []string{"sh", "bash"} {
		if exec.Command(shell, "-c", ":").Run() != nil {
			continue
		}
		t.Run(shell, func(t *testing.T) {
			p := &syncPod{newExampleFolder(t), shell, ""}
			p.script = strings.ReplaceAll(m.block(t, "-"), "/etc/sync/", p.dir+"/")
			p.settings(settings)
			p.outcomes()
		})
		t.Run(shell+" terminated", func(t *testing.T) {
			p := &syncPod{newExampleFolder(t), shell, ""}
			p.script = strings.ReplaceAll(m.block(t, "-"), "/etc/sync/", p.dir+"/")
			p.settings(settings)
			sync := p.run(silentTap)
			p.await("sent", sync)
			sync.signal(sync.Process.Pid) // to the first process alone, as the kubelet does
			sync.ends(143)                // and with it the tap, or this would take ten minutes
			sync.interrupted()
			p.eachOnce(1)
			p.run(syncTap).ends(0) // which begins behind the record
			p.eachOnce(2)
		})
	}
}

// outcomes are those that the Job's policy tells apart by the exit code.
func (p *syncPod) outcomes() {
	p.t.Helper()
	p.run(syncTap).ends(0)
	p.run(syncTap).ends(0) // which begins where the first ended
	p.eachOnce(2)
	p.run(syncTap + "exit 9\n").ends(9) // the tap's code; what it sent is loaded
	p.eachOnce(3)
	p.run("echo 'a line of a log'\nexec sleep 600\n").ends(1) // the loader's code; the tap is ended

	// Another load has committed since this one read the state.
	loader, err := exec.LookPath("target-s3")
	if err != nil {
		p.t.Fatal(err)
	}
	p.program("target-s3", `case "$*" in *--tap-state*) tap-postgres | `+loader+` --config config.json > other ;; esac
exec `+loader+` "$@"
`)
	p.run(syncTap).ends(75)
	p.eachOnce(4)
	p.program("target-s3", "exec "+loader+` "$@"`)
	p.run(syncTap).ends(0) // the next pod goes on behind it
	p.eachOnce(5)
}

// TestExampleKubernetesBackfill cuts a file as the manifest says, and runs the containers
// of the Indexed Job on the pieces: one after its end again, one twice at a time, one that
// was killed.
func TestExampleKubernetesBackfill(t *testing.T) {
	const rows = 20_000
	m := readManifest(t, "backfill.yaml")
	settings := m.block(t, "config.json:")
	m.hasRoom(t, settings)
	f := newExampleFolder(t)
	f.settings(settings)
	var whole strings.Builder
	whole.WriteString(`{"type": "SCHEMA", "stream": "orders", "key_properties": ["id"], "schema": {"properties": {"id": {"type": "integer"}}}}` + "\n")
	for id := range rows {
		fmt.Fprintf(&whole, `{"type": "RECORD", "stream": "orders", "record": {"id": %d}}`+"\n", id)
	}
	f.write("whole.singer", whole.String(), 0o600)
	var cut []string
	for _, c := range regexp.MustCompile(`(?m)^#   (.*)$`).FindAllStringSubmatch(string(m), -1) {
		cut = append(cut, strings.ReplaceAll(c[1], "1000000", "5000"))
	}
	f.start(nil, "sh", "-ec", strings.Join(cut, "\n")).ends(0)

	var args []string
	for _, a := range regexp.MustCompile(`(?m)^ *- (--.*)$`).FindAllStringSubmatch(string(m), -1) {
		args = append(args, strings.NewReplacer("/etc/backfill/", f.dir+"/", "/data/", f.dir+"/").Replace(a[1]))
	}
	pod := func(index string) *exampleProcess {
		var expanded []string
		for _, a := range args {
			expanded = append(expanded, strings.ReplaceAll(a, "$(JOB_COMPLETION_INDEX)", index))
		}
		return f.start(nil, "target-s3", expanded...)
	}
	for _, index := range []string{"0", "1", "4", "1"} {
		pod(index).ends(0)
	}
	killed := pod("2")
	f.await("out/bucket/_target_s3/once/backfill-2026-2.json", killed)
	_ = killed.Process.Kill()
	_ = killed.Wait()
	pod("2").ends(0)
	twin := pod("3")
	_ = pod("3").Wait()
	_ = twin.Wait()
	pod("3").ends(0)
	pod("5").ends(2) // a piece that is not there
	f.eachOnce(rows)
}
