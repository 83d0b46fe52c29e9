package target

import (
	"cmp"
	"slices"

	"target-s3/singer/printable"
)

// reasons are the commonest reasons why records of a stream were rejected, with
// how often each was one.
type reasons map[string]int64

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
)

// add counts a reason. Where there are too many the rarest gives way, so that one
// that is common from some record on is found.
func (r reasons) add(text string, count int64) {
	text = printable.Short(text, maxReasonBytes)
	if _, known := r[text]; !known && len(r) == maxReasons {
		delete(r, r.sorted()[maxReasons-1].Text)
	}
	r[text] += count
}

// sorted are the reasons, the commonest first.
func (r reasons) sorted() []Reason {
	all := make([]Reason, 0, len(r))
	for text, count := range r {
		all = append(all, Reason{text, count})
	}
	slices.SortFunc(all, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Text, b.Text))
	})
	return all
}
