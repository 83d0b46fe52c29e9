package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"target-s3/bench/generate"
)

// childPrefix marks the first argument of a process that measures nothing but is
// measured: whatever is compared with the program must also be a process, so that its
// CPU time and its memory are counted alike.
const childPrefix = "child:"

// report is what a child prints at its end.
type report struct {
	Records     int64   `json:"records,omitempty"`
	BytesIn     int64   `json:"bytes_in,omitempty"`
	BytesOut    int64   `json:"bytes_out,omitempty"`
	Allocations float64 `json:"allocations_per_record,omitempty"`

	// CPU is of the work alone, where starting up is not what is compared.
	CPU time.Duration `json:"cpu_ns,omitempty"`
}

// childOptions are all children's; each uses what it needs.
type childOptions struct {
	settings string // of the program, as JSON
	profile  string
	warmup   int64
	limit    int64
	level    int
	data     generate.Options
	output   string
}

// asChild does a child's work if this process is one.
func asChild(args []string, stdin io.Reader, stdout io.Writer) (ran bool, err error) {
	if len(args) == 0 || !strings.HasPrefix(args[0], childPrefix) {
		return false, nil
	}
	var o childOptions
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	f.StringVar(&o.settings, "settings", "", "")
	f.StringVar(&o.profile, "profile", "", "")
	f.Int64Var(&o.warmup, "warmup", 0, "")
	f.Int64Var(&o.limit, "limit", 0, "")
	f.IntVar(&o.level, "level", 1, "")
	f.StringVar(&o.data.Kind, "kind", "", "")
	f.IntVar(&o.data.Streams, "streams", 1, "")
	f.Int64Var(&o.data.Size, "size", 0, "")
	f.Uint64Var(&o.data.Seed, "seed", 1, "")
	f.BoolVar(&o.data.Compact, "compact", false, "")
	f.BoolVar(&o.data.InTurn, "in-turn", false, "")
	f.BoolVar(&o.data.Distinct, "distinct", false, "")
	f.BoolVar(&o.data.Accented, "accented", false, "")
	f.IntVar(&o.data.Count, "count", 0, "")
	f.StringVar(&o.output, "output", "", "")
	if err := f.Parse(args[1:]); err != nil {
		return true, err
	}
	r, err := child(strings.TrimPrefix(args[0], childPrefix), o, stdin)
	if err != nil {
		return true, fmt.Errorf("%s: %w", args[0], err)
	}
	return true, json.NewEncoder(stdout).Encode(r)
}

func child(name string, o childOptions, stdin io.Reader) (report, error) {
	switch name {
	case "generate":
		return generateFile(o)
	case "extract":
		return extract(stdin, o.output)
	case "load":
		return loadDiscarding(o, stdin)
	case "split":
		return split(stdin)
	case "valid":
		return valid(stdin)
	case "gojsonschema":
		return judge(stdin, o.limit)
	case "gzip":
		return compressStream(stdin, o.level)
	}
	return report{}, fmt.Errorf("there is no child %q", name)
}

func generateFile(o childOptions) (report, error) {
	f, err := os.Create(o.output)
	if err != nil {
		return report{}, err
	}
	r, err := generate.Write(f, o.data)
	if err != nil {
		_ = f.Close()
		return report{}, err
	}
	return report{Records: r.Records, BytesOut: r.Bytes}, f.Close()
}
