package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"target-s3/bench/generate"
)

// bench is one run of this command.
type bench struct {
	options
	self    string // this program
	program string // target-s3
	work    string // folder for everything that is removed at the end
	log     io.Writer
	sets    []dataset
}

// dataset is an input.
type dataset struct {
	name     string
	data     generate.Options
	path     string
	records  int64
	size     int64
	produced []string // what the program makes of it, as plain jsonl
}

// Data sets of several streams. Many has the same data as mixed in more files.
const (
	mixedStreams = 8
	manyStreams  = mixedStreams + 64
	many         = "many"
)

// prepare builds the program and writes the data.
func prepare(ctx context.Context, o options, log io.Writer) (_ *bench, err error) {
	b := &bench{options: o, log: log}
	if b.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if b.work, err = os.MkdirTemp(place(o), "target-s3-bench-"); err != nil {
		return nil, err
	}
	if b.work, err = filepath.Abs(b.work); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = b.clean()
		}
	}()
	b.program = filepath.Join(b.work, "target-s3")
	if err := b.build(ctx); err != nil {
		return nil, err
	}
	for _, kind := range o.kinds {
		streams := 1
		if kind == generate.Mixed {
			streams = mixedStreams
		}
		b.sets = append(b.sets, dataset{name: kind, data: generate.Options{Kind: kind, Streams: streams}})
	}
	if slices.Contains(o.kinds, generate.Mixed) {
		b.sets = append(b.sets, dataset{name: many, data: generate.Options{Kind: generate.Mixed, Streams: manyStreams}})
	}
	for i := range b.sets {
		if err := b.write(ctx, &b.sets[i], o.size); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *bench) clean() error { return os.RemoveAll(b.work) }

// place is the folder for temporary files: in memory if there is room for the data
// and what is made of it, so that no disk is measured.
func place(o options) string {
	const memory = "/dev/shm"
	var fs syscall.Statfs_t
	if o.dir != "" || syscall.Statfs(memory, &fs) != nil {
		return o.dir
	}
	needed := uint64(o.size) * uint64(3*len(o.kinds)+3)
	if fs.Bavail < needed/uint64(fs.Bsize)+64<<20/uint64(fs.Bsize) {
		return ""
	}
	return memory
}

// build builds the program as the Dockerfile does.
func (b *bench) build(ctx context.Context) error {
	fmt.Fprintln(b.log, "building target-s3")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", b.program, "target-s3/cmd/target-s3")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build of target-s3 (run this within its repository): %w\n%s", err, out)
	}
	return nil
}

// write generates the data in a process of its own: see peakOf.
func (b *bench) write(ctx context.Context, d *dataset, size int64) error {
	fmt.Fprintf(b.log, "writing %s: %d MB\n", d.name, size/1e6)
	d.path = filepath.Join(b.work, d.name+".singer")
	d.data.Size, d.data.Seed, d.data.Compact = size, b.seed, b.compact
	cmd := exec.CommandContext(ctx, b.self, childPrefix+"generate", "-output", d.path, "-kind", d.data.Kind,
		"-streams", strconv.Itoa(d.data.Streams), "-size", strconv.FormatInt(size, 10),
		"-seed", strconv.FormatUint(b.seed, 10), "-compact="+strconv.FormatBool(b.compact))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("data %s: %w\n%s", d.name, err, stderr.Bytes())
	}
	var r report
	if err := json.Unmarshal(out, &r); err != nil {
		return fmt.Errorf("data %s: report %q: %w", d.name, out, err)
	}
	d.records, d.size = r.Records, r.BytesOut
	return nil
}
