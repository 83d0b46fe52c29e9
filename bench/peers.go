package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed parquet.py
var parquetScript []byte

// sizeCodec is the codec with which sizes are compared, the default of pyarrow.
const sizeCodec = "snappy"

// peer is another writer of Parquet. DuckDB and pyarrow get the records alone, as
// lines of JSON in a file, without the messages around them.
func (b *bench) peer(c *command, d *dataset, name string) {
	c.reports = true
	c.inputs = []string{os.DevNull}
	out := filepath.Join(b.work, "peer.parquet")
	script := filepath.Join(b.work, "parquet.py")
	switch name {
	case peerDuckDB:
		c.argv = []string{b.python, script, "duckdb", d.bare(), out, "uncompressed"}
	case peerPyarrow:
		c.argv = []string{b.python, script, "pyarrow", d.bare(), out, "none"}
	default:
		c.argv = []string{b.python, script, "again", filepath.Join(b.work, "parquet-"+d.name), out, sizeCodec}
	}
}

// bare is the file of the records alone.
func (d *dataset) bare() string { return d.path + ".records" }

// findPeers looks which programs are there to be measured beside ours, and says which
// are not. It returns the commands that cannot be run.
func (b *bench) findPeers(ctx context.Context) (missing map[string]bool, err error) {
	missing = map[string]bool{}
	if b.on(partPeers) {
		script := filepath.Join(b.work, "parquet.py")
		if err := os.WriteFile(script, parquetScript, 0o666); err != nil {
			return nil, err
		}
		if out, err := exec.CommandContext(ctx, b.python, script, "check").CombinedOutput(); err != nil {
			fmt.Fprintf(b.log, "skipped DuckDB and pyarrow: -python %s does not have both (%s)\n", b.python, lastLines(string(out), 1))
			missing[peerDuckDB], missing[peerPyarrow], missing[peerAgain] = true, true, true
		}
	}
	if !b.on(partUploads) {
		return missing, nil
	}
	if err := b.startServer(); err != nil {
		fmt.Fprintf(b.log, "skipped uploads: %v\n", err)
		missing[programS3], missing[peerS5cmd] = true, true
	} else if _, err := exec.LookPath(b.s5cmd); err != nil {
		fmt.Fprintf(b.log, "skipped s5cmd: %v (-s5cmd PATH)\n", err)
		missing[peerS5cmd] = true
	}
	return missing, nil
}

// extract keeps the records alone.
func extract(stdin io.Reader, output string) (rep report, err error) {
	f, err := os.Create(output)
	if err != nil {
		return rep, err
	}
	var out bytes.Buffer
	_, err = eachLine(stdin, func(line []byte) error {
		var m struct{ Record json.RawMessage }
		if err := json.Unmarshal(line, &m); err != nil || m.Record == nil {
			return err
		}
		rep.Records++
		out.Reset()
		out.Write(m.Record)
		out.WriteByte('\n')
		n, err := f.Write(out.Bytes())
		rep.BytesOut += int64(n)
		return err
	})
	if err != nil {
		_ = f.Close()
		return rep, err
	}
	return rep, f.Close()
}
