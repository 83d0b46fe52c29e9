package target

import (
	"cmp"
	"slices"

	"target-s3/singer/printable"
)

// rejections are why records were rejected, by stream.
type rejections map[string]*reasons

// reasons counts the rejected records of one stream, and the commonest reasons.
type reasons struct {
	total  int64
	counts map[string]int64
}

// Reason is why so many records were rejected.
type Reason struct {
	Text  string
	Count int64
}

// The bounds of what is remembered of a stream: reasons may have values of the
// records in them, so that each of a million is another.
const (
	maxReasons     = 8
	maxReasonBytes = 200
	shownReasons   = 3
)

// add counts records of a stream, for a reason or for many: then it is empty.
func (r rejections) add(stream, reason string, count int64) {
	s := r[stream]
	if s == nil {
		s = &reasons{counts: map[string]int64{}}
		r[stream] = s
	}
	s.total += count
	if reason != "" {
		s.add(printable.Short(reason, maxReasonBytes), count)
	}
}

// merge adds what another has counted.
func (r rejections) merge(other rejections) {
	for stream, s := range other {
		rest := s.total
		for _, reason := range s.sorted() {
			r.add(stream, reason.Text, reason.Count)
			rest -= reason.Count
		}
		r.add(stream, "", rest)
	}
}

// add counts a reason. Where there are too many the rarest gives way, so that one
// that is common from some record on is found.
func (s *reasons) add(text string, count int64) {
	if _, known := s.counts[text]; !known && len(s.counts) == maxReasons {
		delete(s.counts, s.sorted()[maxReasons-1].Text)
	}
	s.counts[text] += count
}

// sorted are the reasons, the commonest first.
func (s *reasons) sorted() []Reason {
	all := make([]Reason, 0, len(s.counts))
	for text, count := range s.counts {
		all = append(all, Reason{text, count})
	}
	slices.SortFunc(all, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Text, b.Text))
	})
	return all
}
