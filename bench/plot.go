package main

import (
	"fmt"
	"math"
	"strings"

	"target-s3/bench/generate"
)

// The pictures are drawn by hand: bars and lines, in colours that also those who see
// few of them can tell apart (Okabe and Ito).
var colours = []string{"#777777", "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00", "#cc79a7"}

const (
	pictureWidth  = 760
	pictureHeight = 340
	plotLeft      = 56
	plotTop       = 64
	plotBottom    = 300
	plotRight     = 740
	font          = `font-family="sans-serif" font-size="12" fill="#333"`
)

// picture is an SVG in the making.
type picture struct{ strings.Builder }

func newPicture(title string) *picture {
	p := &picture{}
	fmt.Fprintf(p, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n", pictureWidth, pictureHeight, title)
	fmt.Fprintf(p, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", pictureWidth, pictureHeight)
	p.text(plotLeft, 20, "start", title)
	return p
}

func (p *picture) end() string { return p.String() + "</svg>\n" }

func (p *picture) text(x, y float64, anchor, text string) {
	fmt.Fprintf(p, `<text x="%.0f" y="%.0f" text-anchor="%s" %s>%s</text>`+"\n", x, y, anchor, font, text)
}

func (p *picture) rule(y float64, label string) {
	fmt.Fprintf(p, `<line x1="%d" x2="%d" y1="%.0f" y2="%.0f" stroke="#ddd"/>`+"\n", plotLeft, plotRight, y, y)
	p.text(plotLeft-6, y+4, "end", label)
}

// legend names the colours in a row of their own.
func (p *picture) legend(names []string) {
	x := float64(plotLeft)
	for i, name := range names {
		fmt.Fprintf(p, `<rect x="%.0f" y="32" width="10" height="10" fill="%s"/>`+"\n", x, colours[i])
		p.text(x+14, 42, "start", name)
		x += 28 + 6.4*float64(len(name))
	}
}

// throughputPicture has a group of bars for each kind of data.
func (res *results) throughputPicture() string {
	p := newPicture("MB of input by the second of CPU time, one core; higher is better")
	var names []string
	var most float64
	for _, c := range throughputs {
		names = append(names, strings.Trim(c.head, "`"))
		for _, kind := range generate.Kinds() {
			most = max(most, res.throughput(kind, c.name))
		}
	}
	p.legend(names)
	y := func(v float64) float64 { return plotBottom - v/most*(plotBottom-plotTop) }
	for v := 0.0; v <= most; v += 100 {
		p.rule(y(v), number0(v))
	}
	group := float64(plotRight-plotLeft) / float64(len(generate.Kinds()))
	bar := (group - 20) / float64(len(throughputs))
	for i, kind := range generate.Kinds() {
		left := plotLeft + group*float64(i) + 10
		for j, c := range throughputs {
			if v := res.throughput(kind, c.name); v > 0 {
				fmt.Fprintf(p, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"><title>%s, %s: %s MB/s</title></rect>`+"\n",
					left+bar*float64(j), y(v), bar-1, plotBottom-y(v), colours[j], kind, names[j], number0(v))
			}
		}
		p.text(left+group/2-10, plotBottom+18, "middle", kind)
	}
	return p.end()
}

// growthPicture has a line for each series, both axes logarithmic.
func (res *results) growthPicture() string {
	p := newPicture("CPU time by the MB of input, to that of the fewest; flat is best")
	all := res.growth()
	var names []string
	least, most := 0.5, 2.0
	for _, g := range all {
		names = append(names, g.name)
		for _, c := range g.costs {
			least, most = min(least, c/g.costs[0]), max(most, c/g.costs[0])
		}
	}
	p.legend(names)
	y := func(v float64) float64 {
		return plotBottom - math.Log(v/least)/math.Log(most/least)*(plotBottom-plotTop)
	}
	for _, v := range []float64{0.25, 0.5, 1, 2, 4, 8, 16, 32} {
		if v >= least && v <= most {
			p.rule(y(v), fmt.Sprint(v))
		}
	}
	x := func(n int) float64 { return plotLeft + math.Log10(float64(n))/4*(plotRight-plotLeft) }
	for _, n := range []int{1, 10, 100, 1000, 10_000} {
		p.text(x(n), plotBottom+18, "middle", fmt.Sprint(n))
	}
	for i, g := range all {
		var line []string
		for j, at := range g.points {
			line = append(line, fmt.Sprintf("%.1f,%.1f", x(at.count), y(g.costs[j]/g.costs[0])))
		}
		fmt.Fprintf(p, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(line, " "), colours[i])
	}
	return p.end()
}

func number0(v float64) string { return fmt.Sprintf("%.0f", v) }
