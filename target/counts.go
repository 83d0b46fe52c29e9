package target

// Counts say what became of records. A record that makes rows of subtables is one.
type Counts struct {
	Records   int64 // loaded, without the rejected ones
	Rejected  int64
	Uncovered int64 // of both, those after the last STATE: a rerun may bring them again
}

// counts are those of the records since the last checkpoint, but for the uncovered
// ones, which a checkpoint without a STATE does not cover.
type counts struct {
	Counts
	streams   map[string]*streamCounts
	uncovered []*streamCounts // those of streams that have such records
}

type streamCounts struct {
	Counts
	name    string
	reasons reasons
}

func newCounts() *counts { return &counts{streams: map[string]*streamCounts{}} }

// any reports whether there are records since the last checkpoint.
func (c *counts) any() bool { return c.Records+c.Rejected > 0 }

func (c *counts) stream(name string) *streamCounts {
	s := c.streams[name]
	if s == nil {
		s = &streamCounts{name: name, reasons: reasons{}}
		c.streams[name] = s
	}
	return s
}

// load counts records that are loaded.
func (c *counts) load(stream string, records int64) {
	s := c.stream(stream)
	s.Records += records
	c.Records += records
	c.uncover(s, records)
}

// reject counts rejected records, for a reason or for many: then it is empty.
func (c *counts) reject(stream, reason string, records int64) {
	s := c.stream(stream)
	s.Rejected += records
	c.Rejected += records
	c.uncover(s, records)
	if reason != "" {
		s.reasons.add(reason, records)
	}
}

func (c *counts) uncover(s *streamCounts, records int64) {
	if s.Uncovered == 0 {
		c.uncovered = append(c.uncovered, s)
	}
	s.Uncovered += records
	c.Uncovered += records
}

// cover is for a STATE, which covers what came before it.
func (c *counts) cover() {
	for _, s := range c.uncovered {
		s.Uncovered = 0
	}
	c.uncovered, c.Uncovered = c.uncovered[:0], 0
}

// next are the counts to go on with after a checkpoint.
func (c *counts) next() *counts {
	n := newCounts()
	for _, s := range c.uncovered {
		n.uncover(n.stream(s.name), s.Uncovered)
	}
	return n
}

// byStream are the counts to show.
func (c *counts) byStream() map[string]Counts {
	all := make(map[string]Counts, len(c.streams))
	for name, s := range c.streams {
		all[name] = s.Counts
	}
	return all
}

// merge adds the counts of a checkpoint to those of the load.
func (c *counts) merge(cp *counts) {
	c.cover()
	for _, s := range cp.uncovered {
		c.uncover(c.stream(s.name), s.Uncovered)
	}
	for name, s := range cp.streams {
		to := c.stream(name)
		to.Records += s.Records
		to.Rejected += s.Rejected
		for _, r := range s.reasons.sorted() {
			to.reasons.add(r.Text, r.Count)
		}
	}
	c.Records += cp.Records
	c.Rejected += cp.Rejected
}
