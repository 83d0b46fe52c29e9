package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

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
	sum.swept += o.swept
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
	fmt.Fprintln(t, "store\tmode\tpipelines\tkills\tinside a commit\tfaults\tfailed\texit 75\trefused\tgave up\trows\tlost\tcopies\tuploads left\tswept")
	where, what := map[string]int{}, map[string]int{}
	for _, name := range sortedKeys(s.lines) {
		o := s.lines[name]
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", name, s.count[name], total(o.kills), o.inside, total(o.faults), o.failed, o.recoveries, o.refused, o.gaveUp, o.rows, o.lost, o.copies, o.left, o.swept)
		store, _, _ := strings.Cut(name, "\t")
		for k, n := range o.faults {
			what[store+": "+k] += n
		}
		for k, n := range o.kills {
			where[store+": "+k] += n
		}
	}
	_ = t.Flush()
	fmt.Fprintf(w, "\n%d kills in %v, at these places:\n", s.killed(), took.Round(time.Second))
	for _, k := range sortedKeys(where) {
		fmt.Fprintf(w, "%6d  %s\n", where[k], k)
	}
	fmt.Fprintf(w, "\n%d processes met a fault:\n", total(what))
	for _, k := range sortedKeys(what) {
		fmt.Fprintf(w, "%6d  %s\n", what[k], k)
	}
	if left > 0 {
		fmt.Fprintf(w, "%d aimed kills and faults were left out for want of time\n", left)
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
