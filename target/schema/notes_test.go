package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"target-s3/target/spans"
)

// place is what a format may look for in the records of the fuzz tests.
func (c *choices) place(depth int) *spans.Place {
	p := &spans.Place{Bare: c.of(3) == 0}
	if depth > 0 && c.of(3) > 0 {
		p.Members = []*spans.Place{}
		for _, name := range append(fuzzNames, "o", "l", "ab", "other") {
			if c.of(3) > 0 {
				m := c.place(depth - 1)
				m.Name = name
				p.Members = append(p.Members, m)
			}
		}
	}
	if depth > 0 && c.of(2) == 0 {
		p.Items = c.place(depth - 1)
	}
	return p
}

// checkNotes compares what was noted in a record that was just proven with what
// walking over it finds. FuzzWalk of package spans compares that with encoding/json.
func checkNotes(t *testing.T, p *Prover, place *spans.Place, record []byte) {
	t.Helper()
	var walked spans.Notes
	walked.Walk(place, record, false)
	if got, want := notesText(p.Notes(), 0, place), notesText(&walked, 0, place); got != want {
		t.Fatalf("%s\ngot %s\nwant %s", record, got, want)
	}
}

// escapesOf is where the escapes begin in a string, after it is compared with what was
// noted of them, if anything was.
func escapesOf(n *spans.Notes, block, slot int) (at []int) {
	from, to := n.At(block, slot)
	if from == to || n.Text[from] != '"' {
		return nil
	}
	for i := from; i < to; i++ {
		if n.Text[i] == '\\' {
			at = append(at, i)
			for ; n.Text[i] == '\\'; i += 2 {
				if n.Text[i+1] == 'u' {
					i += 4
				}
			}
		}
	}
	how := n.Block(block)[slot].How()
	noted := n.EscapesOf(how)
	if how != spans.Unknown && (len(noted) < len(at) || !slices.Equal(noted[:len(at)], at) || len(noted) > len(at) && noted[len(at)] < to) {
		panic(fmt.Sprintf("%s: escapes at %v, noted %v", n.Text[from:to], at, noted))
	}
	return at
}

// notesText is all that notes have of a block.
func notesText(n *spans.Notes, block int, p *spans.Place) string {
	var b strings.Builder
	for slot := range p.End {
		fmt.Fprintf(&b, "%d %q %v\n", slot, n.Value(block, slot), escapesOf(n, block, slot))
	}
	for o := range n.Others(block, p) {
		fmt.Fprintf(&b, "%d %q %v %q\n", o.Of, o.Key, o.Key == nil, n.Text[o.From:o.To])
	}
	var arrays func(p *spans.Place)
	arrays = func(p *spans.Place) {
		if p.Items != nil && n.Listed(block, p) {
			for in, element := range n.Elements(block, p) {
				fmt.Fprintf(&b, "%d[%s]\n", p.Slot, notesText(in, element, p.Items))
			}
		}
		for _, m := range p.Members {
			arrays(m)
		}
	}
	arrays(p)
	return b.String()
}
