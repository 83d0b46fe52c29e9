package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"target-s3/bench/generate"
)

// print writes the tables, as Markdown that can be read as it is.
func (res *results) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; %d rounds, median (least–most)\n", res.Machine, res.Rounds)
	res.printRows(&b)
	res.printThroughput(&b)
	res.printGrowth(&b)
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
	t := table{{"ratio", "data", "measured", "reach", "would be great", "reached"}}
	for _, r := range res.Ratios {
		sign := "≤ "
		if r.ratio.least {
			sign = "≥ "
		}
		reached := "no"
		switch {
		case r.Goal == 0:
			reached = ""
		case r.Reached:
			reached = "yes"
		}
		t = append(t, []string{r.Name, r.Data, spread(r.Values, decimals(r.Values)) + r.ratio.suffix(), r.ratio.shown(sign, r.Goal), r.ratio.shown(sign, r.ratio.great), reached})
	}
	t.print(b)
}

// throughputs are the columns of the table and the picture of throughput. What the
// records of the peers weigh without their messages does not count: it is the same
// records for all.
var throughputs = []struct{ head, name string }{
	{"`json.Valid`", baseValid},
	{"jsonl", engineJSONL},
	{"csv", engineCSV},
	{"Parquet", engineParquet},
	{"DuckDB, Parquet", peerDuckDB},
	{"pyarrow, Parquet", peerPyarrow},
	{"gojsonschema alone", baseJudge},
}

// throughput is in MB of input by the second of CPU time; 0 where nothing was measured.
func (res *results) throughput(kind, name string) float64 {
	r := res.row(kind, "", name)
	if r == nil {
		return 0
	}
	return float64(r.Bytes) / 1e6 / median(each(r.Samples, cpu))
}

func (res *results) printThroughput(b *strings.Builder) {
	head := []string{"data", "records"}
	for _, c := range throughputs {
		head = append(head, c.head)
	}
	t := table{head}
	for _, kind := range generate.Kinds() {
		r := res.row(kind, "", engineJSONL)
		if r == nil {
			continue
		}
		cells := []string{kind, fmt.Sprint(r.Records)}
		for _, c := range throughputs {
			if v := res.throughput(kind, c.name); v > 0 {
				cells = append(cells, number(v))
			} else {
				cells = append(cells, "–")
			}
		}
		t = append(t, cells)
	}
	if len(t) > 1 {
		t.print(b)
	}
}

func (res *results) printGrowth(b *strings.Builder) {
	t := table{{"what grows", "", "CPU, ms by the MB", "to the first", "peak MiB"}}
	for _, g := range res.growth() {
		for i, p := range g.points {
			t = append(t, []string{g.name, fmt.Sprint(p.count), number(g.costs[i]), number(g.costs[i] / g.costs[0]), number(g.peaks[i])})
		}
	}
	if len(t) > 1 {
		t.print(b)
	}
}

// printReach has one row for each ratio, with the medians of all its data.
func (res *results) printReach(b *strings.Builder) {
	t := table{{"ratio", "measured", "reach", "would be great"}}
	for _, r := range res.Ratios {
		figure := fmt.Sprintf("%.*f", decimals(r.Values), median(r.Values))
		if !r.Reached && r.Goal > 0 {
			figure = "**" + figure + "**"
		}
		if slices.Contains(generate.Kinds(), r.Data) {
			figure = r.Data + " " + figure
		}
		sign := "≤ "
		if r.ratio.least {
			sign = "≥ "
		}
		cells := []string{r.Name, figure + r.ratio.suffix(), r.ratio.shown(sign, r.Goal), r.ratio.shown(sign, r.ratio.great)}
		if last := t[len(t)-1]; last[0] == cells[0] && last[2] == cells[2] {
			last[1] += ", " + cells[1]
		} else {
			t = append(t, cells)
		}
	}
	t.print(b)
}

// shown is a goal.
func (r ratio) shown(sign string, v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprint(sign, v, r.suffix())
}

func (r ratio) suffix() string {
	if r.unit == "" {
		return ""
	}
	return " " + r.unit
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

// decimals are as many as leave three significant digits.
func decimals(v []float64) int {
	switch m := median(v); {
	case m >= 100:
		return 0
	case m >= 10:
		return 1
	case m >= 1:
		return 2
	}
	return 3
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
