// Command chaos kills target-s3 where it hurts, lets it run again as a runner would,
// and counts the rows: none may be lost, and with exactly_once none may be there
// twice.
//
//	go run ./tools/chaos -time 1m
//	go run ./tools/chaos -count 1000
//
// Processes are killed before, between and after each request of a load, of a
// recovery, of target-s3 state and of target-s3 sweep, by a proxy that counts; a request
// that was on its way arrives while the next process is at work. On a folder they are
// killed before and after each step, by a build (-tags chaos) that says where it is and
// waits. Requests and steps meet faults that are not a crash, each once and for good.
// docs/promises.md has the figures of a long run.
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
	"sync"
	"time"
)

// harness is what the trials share that run one after the other.
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
	flag.BoolVar(&o.aimed, "aimed", false, "end sooner, once all aimed kills and faults were tried")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of what is random")
	flag.StringVar(&o.store, "store", "", "s3 or folder; both if not given")
	flag.IntVar(&o.parallel, "parallel", 2, "trials at the same time")
	flag.Parse()
	if err := run(o, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "chaos: %v\n", err)
		os.Exit(1)
	}
}

type options struct {
	count    int
	time     time.Duration
	aimed    bool
	seed     uint64
	store    string
	parallel int
}

func run(o options, w io.Writer) error {
	stores := []string{"s3", "folder"}
	if o.store != "" {
		stores = []string{o.store}
	}
	scratch, err := os.MkdirTemp("", "target-s3-chaos-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	var workers []*harness
	for n := range o.parallel {
		h, err := newHarness(scratch, n, stores)
		if err != nil {
			return err
		}
		defer h.close()
		workers = append(workers, h)
	}
	fmt.Fprintf(w, "seed %d\n", o.seed)
	scenes := map[string][]scene{}
	for _, s := range stores {
		if scenes[s], err = workers[0].scenes(s); err != nil {
			return err
		}
	}
	c := &campaign{options: o, stores: stores, random: rand.New(rand.NewPCG(o.seed, 0)), aims: aimedPlans(scenes), requests: map[string]int{}, sum: newSummary(), begun: time.Now()}
	for s, of := range scenes {
		for _, one := range of {
			c.requests[s] = max(c.requests[s], len(one.names))
		}
	}
	var all sync.WaitGroup
	for _, h := range workers {
		all.Go(func() { c.work(h) })
	}
	all.Wait()
	c.sum.print(w, time.Since(c.begun), len(c.aims))
	return c.failure
}

// campaign hands out plans to those who carry them out.
type campaign struct {
	options
	stores   []string
	requests map[string]int // of the longest scene
	begun    time.Time

	mu      sync.Mutex
	random  *rand.Rand
	aims    []plan
	number  int
	sum     *summary
	failure error
}

func (c *campaign) work(h *harness) {
	for {
		p, ok := c.next()
		if !ok {
			return
		}
		out, err := h.run(p)
		c.note(p, out, err)
	}
}

// next is a plan that is aimed, and after some of them a random one, so that a short run
// has both.
func (c *campaign) next() (p plan, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.failure != nil,
		c.count > 0 && c.sum.killed() >= c.count,
		c.count == 0 && time.Since(c.begun) >= c.time,
		c.aimed && len(c.aims) == 0:
		return p, false
	}
	if c.number++; len(c.aims) > 0 && c.number%4 > 0 {
		p, c.aims = c.aims[0], c.aims[1:]
		return p, true
	}
	return random(c.random, c.stores, c.requests), true
}

func (c *campaign) note(p plan, out outcome, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sum.add(p, out)
	if err != nil && c.failure == nil {
		c.failure = fmt.Errorf("%+v: %w", p, err)
	}
}

// newHarness makes what trials need. The program is built once.
func newHarness(scratch string, number int, stores []string) (*harness, error) {
	h := &harness{scratch: filepath.Join(scratch, fmt.Sprint(number)), program: filepath.Join(scratch, "target-s3")}
	err := os.Mkdir(h.scratch, 0o700)
	if err == nil && number == 0 {
		build := exec.Command("go", "build", "-tags", "chaos", "-o", h.program, "./cmd/target-s3")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	if err == nil && slices.Contains(stores, "s3") {
		if h.server, err = startServer(h.scratch); err == nil {
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
}
