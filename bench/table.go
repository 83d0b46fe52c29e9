package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// print writes the tables, as Markdown that can be read as it is.
func (res *results) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; %d rounds, median (least–most)\n", res.Machine, res.Rounds)
	res.printRows(&b)
	res.printRatios(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (res *results) printRows(b *strings.Builder) {
	t := table{{"data", "what", "wall s", "CPU s", "MB/s", "MB/s of CPU", "records/s", "peak MiB"}}
	for _, r := range res.Rows {
		mb := float64(r.Bytes) / 1e6
		walls, cpus := each(r.Samples, wall), each(r.Samples, cpu)
		t = append(t, []string{
			r.Data, r.Name, spread(walls, 3), spread(cpus, 3), number(mb / median(walls)), number(mb / median(cpus)),
			number(float64(r.Records) / median(walls)), res.peak(r.Samples),
		})
	}
	t.print(b)
}

// peak is of the round with the most.
func (res *results) peak(s []sample) string {
	v := peakMost(s)
	if floor := float64(res.Floor) / (1 << 20); v <= floor {
		return fmt.Sprintf("≤ %.0f", floor)
	}
	return fmt.Sprintf("%.0f", v)
}

func peakMost(s []sample) float64 { return slices.Max(each(s, peak)) }

func (res *results) printRatios(b *strings.Builder) {
	if len(res.Ratios) == 0 {
		return
	}
	t := table{{"data", "ratio", "measured", "goal", "reached"}}
	for _, r := range res.Ratios {
		sign, reached, unit := "≤ ", "no", ""
		if r.ratio.least {
			sign = "≥ "
		}
		if r.Reached {
			reached = "yes"
		}
		if r.ratio.unit != "" {
			unit = " " + r.ratio.unit
		}
		t = append(t, []string{r.Data, r.Name, spread(r.Values, 3) + unit, fmt.Sprint(sign, r.Goal, unit), reached})
	}
	t.print(b)
}

func each(s []sample, of func(sample) float64) []float64 {
	v := make([]float64, len(s))
	for i := range s {
		v[i] = of(s[i])
	}
	return v
}

func spread(v []float64, decimals int) string {
	return fmt.Sprintf("%.*f (%.*f–%.*f)", decimals, median(v), decimals, slices.Min(v), decimals, slices.Max(v))
}

// number has three significant digits or all before the point.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// table is rows of cells, the first of them the heads. The first two columns are
// text, the others figures.
type table [][]string

func (t table) print(b *strings.Builder) {
	widths := make([]int, len(t[0]))
	for _, cells := range t {
		for i, c := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	b.WriteByte('\n')
	for n, cells := range t {
		for i, c := range cells {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			if i < 2 {
				b.WriteString("| " + c + pad + " ")
			} else {
				b.WriteString("| " + pad + c + " ")
			}
		}
		b.WriteString("|\n")
		if n == 0 {
			for i, w := range widths {
				if i < 2 {
					b.WriteString("| :" + strings.Repeat("-", w-1) + " ")
				} else {
					b.WriteString("| " + strings.Repeat("-", w-1) + ": ")
				}
			}
			b.WriteString("|\n")
		}
	}
}
