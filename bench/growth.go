package main

// series is how the cost of a unit grows with how many there are of something.
type series struct {
	name   string
	points []point
	cost   quantity
}

type point struct {
	count int
	set   string
}

func allSeries() []series {
	return []series{
		{name: "streams in turn", points: points(streamCounts, streamsSet), cost: cpuByByte},
		{name: "streams in turn, of distinct schemas", points: points(streamCounts, distinctSet), cost: cpuByByte},
		{name: "columns", points: points(columnCounts, columnsSet), cost: cpuByByte},
		{name: "SCHEMA messages, of as many streams", points: points(schemaCounts, schemasSet), cost: cpuByByte},
	}
}

func points(counts []int, set func(int) string) (p []point) {
	for _, n := range counts {
		p = append(p, point{n, set(n)})
	}
	return p
}

// grown is what was measured of a series.
type grown struct {
	series
	costs []float64 // ms of CPU by the MB, medians
	peaks []float64 // MiB, the most
}

// growth is of the series that were measured whole.
func (res *results) growth() (all []grown) {
	for _, s := range allSeries() {
		g := grown{series: s}
		for _, p := range s.points {
			if r := res.row(p.set, "", engineJSONL); r != nil {
				g.costs = append(g.costs, 1e9*median(each(r.Samples, s.cost)))
				g.peaks = append(g.peaks, peakMost(r.Samples))
			}
		}
		if len(g.costs) == len(s.points) {
			all = append(all, g)
		}
	}
	return all
}
