//go:build !race

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestExampleAirflow lets Airflow import the DAGs of examples/airflow and run them: as
// they should go, with tasks that are tried again and others that must not be, and with
// one that is killed. testdata/examples/run_dags.py has the runs.
func TestExampleAirflow(t *testing.T) {
	python := os.Getenv("TEST_TARGET_S3_AIRFLOW")
	if python == "" {
		t.Skip("TEST_TARGET_S3_AIRFLOW names no Python with Airflow")
	}
	loader, err := exec.LookPath("target-s3")
	if err != nil {
		t.Fatal(err)
	}
	f := newExampleFolder(t)
	settings, err := os.ReadFile("../../examples/airflow/config.json")
	if err != nil {
		t.Fatal(err)
	}
	f.settings(string(settings))
	dags, err := os.ReadFile("../../examples/airflow/shop.py")
	if err != nil {
		t.Fatal(err)
	}
	f.write("dags/shop.py", strings.NewReplacer("/etc/target-s3/shop/", f.dir+"/", "/data/singer", f.path("singer")).Replace(string(dags)), 0o600)
	f.program("tap-postgres", syncTap+`[ -e `+f.path("silent")+` ] || exit 0
head -c 300000 /dev/zero | tr '\0' '\n'
touch `+f.path("sent")+`
exec sleep 600
`)
	f.program("target-s3", fmt.Sprintf(`[ "$1" != state ] || exec %[1]s "$@"
ends() { [ ! -e "$1" ] || { code=$(cat "$1"); rm "$1"; exit $code; }; }
ends %[2]s/before
%[1]s "$@" || exit
ends %[2]s/after
`, loader, f.dir))

	// The sync has the first rows, and the backfill the others.
	const synced, rows = 4, 3004
	f.write("singer/schemas.singer", `{"type": "SCHEMA", "stream": "orders", "key_properties": ["id"], "schema": {"properties": {"id": {"type": "integer"}}}}`+"\n", 0o600)
	for piece := range 3 {
		var b strings.Builder
		for n := range (rows - synced) / 3 {
			fmt.Fprintf(&b, `{"type": "RECORD", "stream": "orders", "record": {"id": %d}}`+"\n", synced+n*3+piece)
		}
		f.write(fmt.Sprintf("singer/piece-%d.singer", piece), b.String(), 0o600)
	}
	var log bytes.Buffer
	for _, args := range [][]string{{"-m", "airflow", "db", "migrate"}, {"testdata/examples/run_dags.py", f.dir}} {
		cmd := exec.CommandContext(t.Context(), python, args...)
		cmd.Env = append(os.Environ(), "PATH="+f.path("bin")+":"+os.Getenv("PATH"), "AIRFLOW_HOME="+f.dir, "AIRFLOW__CORE__LOAD_EXAMPLES=False")
		cmd.Stdout, cmd.Stderr = &log, &log
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, &log)
		}
	}
	f.eachOnce(rows)
}
