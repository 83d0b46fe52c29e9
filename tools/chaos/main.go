// Command chaos kills target-s3 where it hurts, lets it run again as a runner would,
// and counts the rows: none may be lost, and with exactly_once none may be there
// twice.
//
//	go run ./tools/chaos -time 1m
//	go run ./tools/chaos -count 1000
//
// Processes are killed before, between and after each request of a load, of a
// recovery and of target-s3 state, by a proxy that counts; a request that was on its
// way arrives while the next process is at work. On a folder they are killed before and
// after each step, by a build (-tags chaos) that says where it is and waits. Single
// requests and steps meet faults that are not a crash. docs/promises.md has the figures of
// a long run.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// harness is what all trials share.
type harness struct {
	program string
	scratch string
	server  *server // nil: not needed
	proxy   *proxy
	number  int // of the trial
}

func main() {
	var o options
	flag.IntVar(&o.count, "count", 0, "end after so many kills; 0: when -time is over")
	flag.DurationVar(&o.time, "time", time.Minute, "end after this time, unless there is a -count")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of what is random")
	flag.StringVar(&o.store, "store", "", "s3 or folder; both if not given")
	flag.Parse()
	if err := run(o, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "chaos: %v\n", err)
		os.Exit(1)
	}
}

type options struct {
	count int
	time  time.Duration
	seed  uint64
	store string
}

func run(o options, w io.Writer) error {
	stores := []string{"s3", "folder"}
	if o.store != "" {
		stores = []string{o.store}
	}
	h, err := newHarness(stores)
	if err != nil {
		return err
	}
	defer h.close()
	fmt.Fprintf(w, "seed %d\n", o.seed)
	requests, err := h.measure(stores)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(o.seed, 0))
	sum := newSummary()
	begin := time.Now()
	aimed := aimedPlans(stores, requests)
	for o.count > 0 && sum.killed() < o.count || o.count == 0 && time.Since(begin) < o.time {
		var p plan
		if len(aimed) > 0 && h.number%2 == 0 { // the others at random, so that a short run has both
			p, aimed = aimed[0], aimed[1:]
		} else {
			p = random(r, stores, requests)
		}
		out, err := h.run(p)
		sum.add(p, out)
		if err != nil {
			sum.print(w, time.Since(begin), len(aimed))
			return fmt.Errorf("trial %d: %+v: %w", h.number, p, err)
		}
	}
	sum.print(w, time.Since(begin), len(aimed))
	return nil
}

func newHarness(stores []string) (*harness, error) {
	scratch, err := os.MkdirTemp("", "target-s3-chaos-")
	if err != nil {
		return nil, err
	}
	h := &harness{scratch: scratch, program: filepath.Join(scratch, "target-s3")}
	build := exec.Command("go", "build", "-tags", "chaos", "-o", h.program, "./cmd/target-s3")
	build.Stderr = os.Stderr
	err = build.Run()
	if err == nil && slices.Contains(stores, "s3") {
		if h.server, err = startServer(scratch); err == nil {
			h.proxy, err = startProxy(h.server.Address, h.server.restart)
		}
	}
	if err != nil {
		h.close()
		return nil, err
	}
	return h, nil
}

func (h *harness) close() {
	if h.proxy != nil {
		h.proxy.close()
	}
	if h.server != nil {
		h.server.stop()
	}
	_ = os.RemoveAll(h.scratch)
}

// measure finds out how many requests, or events, a load has.
func (h *harness) measure(stores []string) (map[string]int, error) {
	requests := map[string]int{}
	for _, s := range stores {
		out, err := h.run(plan{store: s, exactlyOnce: true, input: input{checkpoints: 3}})
		if err != nil {
			return nil, err
		}
		requests[s] = out.requests
	}
	return requests, nil
}

// summary is what there is to say in the end.
type summary struct {
	lines map[string]*outcome
	count map[string]int // of pipelines
}

func newSummary() *summary { return &summary{map[string]*outcome{}, map[string]int{}} }

func (s *summary) add(p plan, o outcome) {
	name := p.store + "\twithout"
	switch {
	case p.fromBucket:
		name = p.store + "\texactly_once, state of the bucket"
	case p.exactlyOnce:
		name = p.store + "\texactly_once"
	}
	sum := s.lines[name]
	if sum == nil {
		sum = &outcome{kills: map[string]int{}, faults: map[string]int{}}
		s.lines[name] = sum
	}
	s.count[name]++
	for where, n := range o.kills {
		sum.kills[where] += n
	}
	for what, n := range o.faults {
		sum.faults[what] += n
	}
	sum.failed += o.failed
	sum.inside += o.inside
	sum.recoveries += o.recoveries
	sum.refused += o.refused
	sum.gaveUp += o.gaveUp
	sum.rows += o.rows
	sum.lost += o.lost
	sum.left += o.left
	sum.copies += o.copies
}

func (s *summary) killed() (n int) {
	for _, o := range s.lines {
		n += total(o.kills)
	}
	return n
}

func total(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

func (s *summary) print(w io.Writer, took time.Duration, left int) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "store\tmode\tpipelines\tkills\tinside a commit\tfaults\tfailed\texit 75\trefused\tgave up\trows\tlost\tcopies\tuploads left")
	where, what := map[string]int{}, map[string]int{}
	for _, name := range sortedKeys(s.lines) {
		o := s.lines[name]
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", name, s.count[name], total(o.kills), o.inside, total(o.faults), o.failed, o.recoveries, o.refused, o.gaveUp, o.rows, o.lost, o.copies, o.left)
		for k, n := range o.faults {
			what[k] += n
		}
		for k, n := range o.kills {
			where[strings.SplitN(name, "\t", 2)[0]+": "+k] += n
		}
	}
	_ = t.Flush()
	fmt.Fprintf(w, "\n%d kills in %v, at these places:\n", s.killed(), took.Round(time.Second))
	for _, k := range sortedKeys(where) {
		fmt.Fprintf(w, "%6d  %s\n", where[k], k)
	}
	fmt.Fprintf(w, "\n%d requests met a fault:\n", total(what))
	for _, k := range sortedKeys(what) {
		fmt.Fprintf(w, "%6d  %s\n", what[k], k)
	}
	if left > 0 {
		fmt.Fprintf(w, "%d aimed kills were left out for want of time\n", left)
	}
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
