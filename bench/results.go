package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"time"
)

// results are all that was measured.
type results struct {
	Machine string        `json:"machine"`
	Date    string        `json:"date"`
	Rounds  int           `json:"rounds"`
	Rows    []row         `json:"rows"`
	Ratios  []ratioResult `json:"ratios"`
	Floor   int64         `json:"peak_floor_bytes"` // peaks that are not above it are at most it
}

// row is a command over a data set: one sample a round.
type row struct {
	Data    string   `json:"data"`
	Name    string   `json:"name"`
	Bytes   int64    `json:"input_bytes"`
	Records int64    `json:"records"`
	Samples []sample `json:"samples"`
}

// ratioResult has one value a round: the two sides of a ratio are compared as
// they were measured, a moment apart, and not after each has been averaged.
type ratioResult struct {
	Data    string    `json:"data"`
	Name    string    `json:"name"`
	Goal    float64   `json:"goal"`
	Reached bool      `json:"reached"` // by the median
	Values  []float64 `json:"values"`
	ratio   ratio
}

// measure runs everything once a round, in turn, so that whatever else the machine
// does meets all of it.
func (b *bench) measure(ctx context.Context) (*results, error) {
	res := &results{Machine: machine(), Date: time.Now().UTC().Format(time.DateOnly), Rounds: b.rounds}
	for i := range b.sets {
		d := &b.sets[i]
		for _, name := range commandNames {
			if b.needs[need{d.name, name}] {
				res.Rows = append(res.Rows, row{Data: d.name, Name: name, Bytes: d.size, Records: d.records})
			}
		}
	}
	for round := range b.rounds {
		began := time.Now()
		for i := range res.Rows {
			if err := b.measureRow(ctx, &res.Rows[i]); err != nil {
				return nil, err
			}
		}
		fmt.Fprintf(b.log, "round %d of %d: %.0f s\n", round+1, b.rounds, time.Since(began).Seconds())
	}
	b.compare(res)
	return res, nil
}

// measureRow adds a round's sample of a command. Sizes do not change from round to
// round, so what is only measured for them runs once.
func (b *bench) measureRow(ctx context.Context, r *row) error {
	if r.Name == peerAgain && len(r.Samples) > 0 {
		r.Samples = append(r.Samples, r.Samples[0])
		return nil
	}
	var sum sample
	times := 1
	for n := 0; n < times; n++ {
		c, err := b.command(r.Name, b.set(r.Data))
		if err != nil {
			return err
		}
		times = max(1, c.times)
		s, err := measureOnce(ctx, c)
		if err != nil {
			return err
		}
		s.Wall, s.CPU, s.Peak = sum.Wall+s.Wall, sum.CPU+s.CPU, max(sum.Peak, s.Peak)
		sum = s
	}
	sum.Wall, sum.CPU = sum.Wall/time.Duration(times), sum.CPU/time.Duration(times)
	r.Samples = append(r.Samples, sum)
	return nil
}

func (b *bench) set(name string) *dataset {
	i := slices.IndexFunc(b.sets, func(d dataset) bool { return d.name == name })
	return &b.sets[i]
}

// compare makes the ratios for which everything was measured.
func (b *bench) compare(res *results) {
	for _, r := range b.ratios() {
		for _, set := range r.sets {
			if !res.has(r, set) {
				continue
			}
			out := ratioResult{Data: set, Name: r.name, Goal: r.goal, ratio: r}
			for round := range res.Rounds {
				out.Values = append(out.Values, r.value(func(other, name string) sample {
					return res.row(other, set, name).Samples[round]
				}))
			}
			out.Reached = r.reached(median(out.Values))
			res.Ratios = append(res.Ratios, out)
		}
	}
}

func (res *results) has(r ratio, set string) bool {
	return !slices.ContainsFunc(r.needs, func(n need) bool { return res.row(n.set, set, n.name) == nil })
}

// row is the one of that name and set; without a set, of the other one.
func (res *results) row(set, other, name string) *row {
	n := need{set, name}.over(other)
	i := slices.IndexFunc(res.Rows, func(r row) bool { return r.Data == n.set && r.Name == name })
	if i < 0 {
		return nil
	}
	return &res.Rows[i]
}

func machine() string {
	m := fmt.Sprintf("%s %s/%s, %d CPUs", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if load, err := os.ReadFile("/proc/loadavg"); err == nil { // what else goes on spoils wall time above all
		m += ", load " + string(bytes.Fields(load)[0]) + " at the start"
	}
	return m
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	if n == 0 {
		return math.NaN()
	}
	return (v[(n-1)/2] + v[n/2]) / 2
}
