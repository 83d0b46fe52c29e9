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
	res := &results{Machine: machine(), Rounds: b.rounds}
	for i := range b.sets {
		d := &b.sets[i]
		names := b.wanted(d.name)
		if slices.Contains(names, baseGzip) {
			if err := b.produce(ctx, d); err != nil {
				return nil, err
			}
		}
		for _, name := range names {
			res.Rows = append(res.Rows, row{Data: d.name, Name: name, Bytes: d.size, Records: d.records})
		}
	}
	for round := range b.rounds {
		began := time.Now()
		for i := range res.Rows {
			r := &res.Rows[i]
			c, err := b.command(r.Name, b.set(r.Data))
			if err != nil {
				return nil, err
			}
			s, err := measureOnce(ctx, c)
			if err != nil {
				return nil, err
			}
			r.Samples = append(r.Samples, s)
		}
		fmt.Fprintf(b.log, "round %d of %d: %.0f s\n", round+1, b.rounds, time.Since(began).Seconds())
	}
	b.compare(res)
	return res, nil
}

func (b *bench) set(name string) *dataset {
	i := slices.IndexFunc(b.sets, func(d dataset) bool { return d.name == name })
	return &b.sets[i]
}

// compare makes the ratios of which everything was measured.
func (b *bench) compare(res *results) {
	for _, d := range b.sets {
		for _, r := range ratios() {
			if !r.applies(d.name) || !res.has(r, d.name) {
				continue
			}
			out := ratioResult{Data: d.name, Name: r.name, Goal: r.goal, ratio: r}
			for round := range res.Rounds {
				out.Values = append(out.Values, r.value(func(set, name string) sample {
					return res.row(set, d.name, name).Samples[round]
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
	if set == "" {
		set = other
	}
	i := slices.IndexFunc(res.Rows, func(r row) bool { return r.Data == set && r.Name == name })
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
