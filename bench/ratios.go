package main

import (
	"slices"

	"target-s3/bench/generate"
)

// get is a command's run in the same round, over the same data or that of another
// set.
type get func(set, name string) sample

// need is a command that a ratio is made of. Without a set it is over the data at
// hand.
type need struct{ set, name string }

// ratio is a figure that does not depend on the machine, as far as there is such a
// thing, and what it is meant to be.
type ratio struct {
	name  string
	goal  float64
	least bool   // the goal is the least that it may be, not the most
	unit  string // "" for a true ratio
	only  string // data set that it is of; "" for all but many
	needs []need
	value func(get) float64
}

func cpu(s sample) float64  { return s.CPU.Seconds() }
func wall(s sample) float64 { return s.Wall.Seconds() }
func peak(s sample) float64 { return float64(s.Peak) / (1 << 20) }
func size(s sample) float64 { return float64(s.Report.BytesOut) }

// quotient of a quantity of two commands.
func quotient(name string, goal float64, of func(sample) float64, above, below string) ratio {
	return ratio{name: name, goal: goal, needs: []need{{name: above}, {name: below}}, value: func(g get) float64 {
		return of(g("", above)) / of(g("", below))
	}}
}

// ratios are in the order of the page in docs.
func ratios() []ratio {
	cores := quotient("wall of gzip with 1 core / with 2 cores", 1.7, wall, programGzipOne, programGzip)
	cores.least = true
	return []ratio{
		quotient("CPU of jsonl, validated, 1 core / encoding/json Valid", 0.55, cpu, engineJSONL, baseValid),
		quotient("wall of jsonl, 2 cores / newline split, both fed by cat", 4, wall, programJSONL, baseSplit),
		quotient("CPU of jsonl, validated / not validated", 1.35, cpu, engineJSONL, engineUnchecked),
		quotient("CPU of csv / jsonl", 1.7, cpu, engineCSV, engineJSONL),
		quotient("wall of gzip 1, 2 cores / klauspost gzip 1, 1 thread, over the produced bytes", 1, wall, programGzip, baseGzip),
		quotient("size of gzip / klauspost gzip in one stream", 1.02, size, programGzip, baseGzip),
		cores,
		{
			name: "peak memory, jsonl, 8 open streams", goal: 64, unit: "MiB", only: generate.Mixed, needs: []need{{name: programJSONL}},
			value: func(g get) float64 { return peak(g("", programJSONL)) },
		},
		{
			name: "peak memory, gzip, 8 open streams", goal: 96, unit: "MiB", only: generate.Mixed, needs: []need{{name: programGzip}},
			value: func(g get) float64 { return peak(g("", programGzip)) },
		},
		{
			name: "memory per further open gzip file", goal: 0.75, unit: "MiB", only: generate.Mixed,
			needs: []need{{name: programGzip}, {many, programGzip}},
			value: func(g get) float64 {
				return (peak(g(many, programGzip)) - peak(g("", programGzip))) / (manyStreams - mixedStreams)
			},
		},
		{
			name: "heap allocations a record, jsonl, validated", goal: 0.01, needs: []need{{name: engineJSONL}},
			value: func(g get) float64 { return g("", engineJSONL).Report.Allocations },
		},
	}
}

// applies is whether the ratio is of that data set.
func (r ratio) applies(set string) bool {
	return set != many && (r.only == "" || r.only == set)
}

// reached is whether a value is as good as it is meant to be.
func (r ratio) reached(v float64) bool {
	if r.least {
		return v >= r.goal
	}
	return v <= r.goal
}

// wanted are the commands to run over a data set: those that the user asks for and
// those that a ratio which they ask for needs.
func (b *bench) wanted(set string) (names []string) {
	for _, name := range commandNames {
		wanted := set != many && b.rows.MatchString(name)
		for _, r := range ratios() {
			if !b.rows.MatchString(r.name) {
				continue
			}
			for _, d := range b.sets {
				wanted = wanted || r.applies(d.name) && slices.ContainsFunc(r.needs, func(n need) bool {
					return n.name == name && (n.set == set || n.set == "" && d.name == set)
				})
			}
		}
		if wanted {
			names = append(names, name)
		}
	}
	return names
}
