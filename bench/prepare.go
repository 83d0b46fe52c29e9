package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"target-s3/bench/generate"
)

// bench is one run of this command.
type bench struct {
	options
	self    string // this program
	program string // target-s3
	empty   string // a program that does nothing
	bin     string // folder of these two
	work    string // folder for everything else that is removed at the end
	log     io.Writer
	sets    []dataset
	needs   map[need]bool // what is to be run
	server  *server       // nil: uploads are not measured
}

// dataset is an input.
type dataset struct {
	name     string
	data     generate.Options
	share    float64 // of the size that was asked for; 0: all of it
	path     string
	records  int64
	size     int64
	produced []string // what the program makes of it, as plain jsonl
}

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
	if err := b.buildAll(ctx); err != nil {
		return nil, err
	}
	missing, err := b.findPeers(ctx)
	if err != nil {
		return nil, err
	}
	b.needs = b.demanded()
	maps.DeleteFunc(b.needs, func(n need, _ bool) bool { return missing[n.name] })
	return b, b.writeSets(ctx)
}

// writeSets writes the data that anything needs, and what is made of it.
func (b *bench) writeSets(ctx context.Context) (err error) {
	needed := func(set string, names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return b.needs[need{set, name}] })
	}
	for _, d := range b.allSets() {
		if !needed(d.name, commandNames...) {
			continue
		}
		if err := b.write(ctx, &d); err != nil {
			return err
		}
		if needed(d.name, baseGzip, peerS5cmd) {
			if d.produced, err = b.produce(ctx, &d, "jsonl", nil); err != nil {
				return err
			}
		}
		if needed(d.name, peerAgain) {
			if _, err := b.produce(ctx, &d, "parquet", settings{"output_file_format": "parquet", "compression": sizeCodec}); err != nil {
				return err
			}
		}
		if needed(d.name, peerDuckDB, peerPyarrow) {
			_, err := measureOnce(ctx, command{
				name: d.name + ": records", inputs: []string{d.path}, procs: 2, reports: true, argv: []string{b.self, childPrefix + "extract", "-output", d.bare()},
			})
			if err != nil {
				return err
			}
		}
		b.sets = append(b.sets, d)
	}
	return nil
}

func (b *bench) clean() error {
	return errors.Join(b.stopServer(), os.RemoveAll(b.work), os.RemoveAll(b.bin))
}

// place is the folder for temporary files: in memory if there is room for the data
// and what is made of it, so that no disk is measured.
func place(o options) string {
	const memory = "/dev/shm"
	if o.dir != "" {
		return o.dir
	}
	needed := uint64(o.size)*uint64(3*len(o.kinds)+14) + 64<<20
	if room, err := freeBytes(memory); err != nil || room < needed {
		return ""
	}
	return memory
}

// buildAll builds the programs where programs are, on a disk: from a file system in memory
// the kernel maps them in smaller pieces, and starting takes up to a fifth longer. So it
// does from a file as the linker leaves it, see install.
func (b *bench) buildAll(ctx context.Context) (err error) {
	if b.bin, err = os.MkdirTemp(b.dir, "target-s3-bench-programs-"); err != nil {
		return err
	}
	if b.bin, err = filepath.Abs(b.bin); err != nil {
		return err
	}
	b.program, b.empty = filepath.Join(b.bin, "target-s3"), filepath.Join(b.bin, "empty")
	return errors.Join(b.build(ctx, b.program, "target-s3/cmd/target-s3"), b.build(ctx, b.empty, "target-s3/bench/empty"))
}

// build builds a program as the Dockerfile does.
func (b *bench) build(ctx context.Context, program, from string) error {
	fmt.Fprintf(b.log, "building %s\n", filepath.Base(program))
	linked := program + ".linked"
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", linked, from)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build of %s (run this within the repository): %w\n%s", from, err, out)
	}
	return install(program, linked)
}

// install moves a program as unpacking an archive or an image does, in pieces of 32 KiB.
// The kernel keeps a file in the pieces in which it was written, and maps a program from
// them: the linker leaves single pages, with which starting takes a fifth longer, and a
// single write pieces of 2 MiB, with which it takes a fifth less.
func install(program, linked string) error {
	from, err := os.Open(linked)
	if err != nil {
		return err
	}
	to, err := os.OpenFile(program, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o777)
	if err != nil {
		return errors.Join(err, from.Close())
	}
	_, err = io.Copy(struct{ io.Writer }{to}, struct{ io.Reader }{from}) // without the shortcuts of files
	return errors.Join(err, to.Close(), from.Close(), os.Remove(linked))
}

// write generates the data in a process of its own: see peakOf.
func (b *bench) write(ctx context.Context, d *dataset) error {
	d.path = filepath.Join(b.work, strings.ReplaceAll(d.name, " ", "-")+".singer")
	d.data.Size = b.size
	if d.share > 0 {
		d.data.Size = int64(float64(b.size) * d.share)
	}
	cmd := exec.CommandContext(ctx, b.self, childPrefix+"generate", "-output", d.path, "-kind", d.data.Kind,
		"-streams", strconv.Itoa(d.data.Streams), "-size", strconv.FormatInt(d.data.Size, 10), "-seed", strconv.FormatUint(b.seed, 10),
		"-compact="+strconv.FormatBool(b.compact), "-in-turn="+strconv.FormatBool(d.data.InTurn), "-distinct="+strconv.FormatBool(d.data.Distinct),
		"-accented="+strconv.FormatBool(d.data.Accented), "-count", strconv.Itoa(d.data.Count))
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
	fmt.Fprintf(b.log, "wrote %s: %.1f MB\n", d.name, float64(d.size)/1e6)
	return nil
}
