package main

import (
	"slices"
	"strconv"

	"target-s3/bench/generate"
)

// The parts of the bench, for -only.
const (
	partFormats = "formats" // the program and its baselines over five kinds of data
	partPeers   = "peers"   // other writers of Parquet
	partUploads = "uploads" // into an S3 server on this machine
	partGrowth  = "growth"  // in streams, schemas and columns
	partRules   = "rules"   // data that is valid in ways that few taps need
	partStart   = "start"   // what starting costs
)

func allParts() []string {
	return []string{partFormats, partPeers, partUploads, partGrowth, partRules, partStart}
}

// Data sets beside the kinds of data. Many has the same data as mixed in more files.
const (
	mixedStreams = 8
	manyStreams  = mixedStreams + 64
	many         = "many"
	oneRecord    = "one record"
	repeated     = "a schema again and again"
	turns        = "two schemas in turn"
	escapedNames = "escaped names"
)

func streamsSet(n int) string  { return strconv.Itoa(n) + " streams in turn" }
func distinctSet(n int) string { return streamsSet(n) + ", of distinct schemas" }
func schemasSet(n int) string  { return strconv.Itoa(n) + " schemas" }
func columnsSet(n int) string  { return strconv.Itoa(n) + " columns" }

// How many there are of what grows.
var (
	streamCounts = []int{1, 20, 200, 2000}
	schemaCounts = []int{500, 2000, 8000}
	columnCounts = []int{10, 100, 1000, 4000}
)

const (
	schemaTurns = 4000 // messages of a stream whose schema comes before each record
	smaller     = 0.2  // of the size of the others, for the kinds of data that are many
)

// sets are all data sets in the order in which they are measured. Those that nothing
// needs are not written.
func (b *bench) allSets() (sets []dataset) {
	for _, kind := range b.kinds {
		streams := 1
		if kind == generate.Mixed {
			streams = mixedStreams
		}
		sets = append(sets, dataset{name: kind, data: generate.Options{Kind: kind, Streams: streams}})
	}
	add := func(name string, share float64, o generate.Options) {
		o.Streams = max(1, o.Streams)
		sets = append(sets, dataset{name: name, share: share, data: o})
	}
	add(many, 1, generate.Options{Kind: generate.Mixed, Streams: manyStreams})
	for _, n := range streamCounts {
		add(streamsSet(n), 1, generate.Options{Kind: generate.Narrow, Streams: n, InTurn: true})
		add(distinctSet(n), 1, generate.Options{Kind: generate.Narrow, Streams: n, InTurn: true, Distinct: true})
	}
	for _, n := range schemaCounts {
		add(schemasSet(n), 0, generate.Options{Kind: generate.Schemas, Count: n})
	}
	for _, n := range columnCounts {
		add(columnsSet(n), smaller, generate.Options{Kind: generate.Columns, Count: n})
	}
	add(repeated, 0, generate.Options{Kind: generate.Repeated, Count: schemaTurns})
	add(turns, 0, generate.Options{Kind: generate.Turns, Count: schemaTurns})
	add(escapedNames, smaller, generate.Options{Kind: generate.Narrow, Accented: true})
	add(escapedNames+generate.Plain, smaller, generate.Options{Kind: generate.Narrow})
	for _, name := range generate.Twins() {
		add(name, smaller, generate.Options{Kind: name})
		add(name+generate.Plain, smaller, generate.Options{Kind: name + generate.Plain})
	}
	add(oneRecord, 1e-9, generate.Options{Kind: generate.Narrow, InTurn: true})
	return sets
}

// need is a command over a data set. Without a set it is over the one at hand.
type need struct{ set, name string }

// demanded are the commands to run: those of the parts and names that the user asks
// for, and what the ratios among these are made of.
func (b *bench) demanded() (needs map[need]bool) {
	needs = map[need]bool{}
	if b.on(partFormats) {
		for _, kind := range b.kinds {
			for _, name := range formatCommands {
				if b.rows.MatchString(name) {
					needs[need{kind, name}] = true
				}
			}
		}
	}
	for _, r := range b.ratios() {
		for _, set := range r.sets {
			for _, n := range r.needs {
				needs[n.over(set)] = true
			}
		}
	}
	if b.on(partGrowth) && b.rows.MatchString("growth") {
		for _, s := range allSeries() {
			for _, p := range s.points {
				needs[need{p.set, engineJSONL}] = true
			}
		}
	}
	return needs
}

func (n need) over(set string) need {
	if n.set == "" {
		n.set = set
	}
	return n
}

func (b *bench) on(part string) bool { return slices.Contains(b.parts, part) }
