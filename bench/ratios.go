package main

import (
	"slices"

	"target-s3/bench/generate"
)

// get is a command's run in the same round, over the same data or that of another
// set.
type get func(set, name string) sample

// ratio is a figure that does not depend on the machine, as far as there is such a
// thing, and what it is meant to be.
type ratio struct {
	part  string
	name  string
	sets  []string // data sets that it is of
	goal  float64
	great float64 // would be great; 0: nothing is said about that
	least bool    // the goal is the least that it may be, not the most
	unit  string  // "" for a true ratio
	needs []need
	value func(get) float64
}

// quantity is something about a run.
type quantity func(sample) float64

func cpu(s sample) float64      { return s.CPU.Seconds() }
func wall(s sample) float64     { return s.Wall.Seconds() }
func peak(s sample) float64     { return float64(s.Peak) / (1 << 20) }
func bytesOut(s sample) float64 { return float64(s.Report.BytesOut) }

// each of a run's CPU time by what it is divided over.
func cpuByRecord(s sample) float64 { return cpu(s) / float64(s.Report.Records) }
func cpuByByte(s sample) float64   { return cpu(s) / float64(s.Report.BytesIn) }

// quotient is a quantity of one run by that of another.
func quotient(part, name string, sets []string, of quantity, above, below need, goal, great float64) ratio {
	return ratio{part: part, name: name, sets: sets, goal: goal, great: great, needs: []need{above, below}, value: func(g get) float64 {
		return of(g(above.set, above.name)) / of(g(below.set, below.name))
	}}
}

// plain is a quantity of a single run.
func plain(part, name string, sets []string, of quantity, in need, unit string, goal, great float64) ratio {
	return ratio{part: part, name: name, sets: sets, goal: goal, great: great, unit: unit, needs: []need{in}, value: func(g get) float64 {
		return of(g(in.set, in.name))
	}}
}

func here(name string) need { return need{name: name} }

// ratios are those of the parts and names that the user asks for, in the order of
// the page in docs.
func (b *bench) ratios() (chosen []ratio) {
	for _, r := range slices.Concat(formatRatios(b.kinds), parquetRatios(), gzipRatios(b.kinds), growthRatios(), uploadRatios(), startRatios(), ruleRatios()) {
		r.sets = slices.DeleteFunc(slices.Clone(r.sets), func(set string) bool { return slices.Contains(generate.Kinds(), set) && !slices.Contains(b.kinds, set) })
		if b.on(r.part) && b.rows.MatchString(r.name) && len(r.sets) > 0 {
			chosen = append(chosen, r)
		}
	}
	return chosen
}

func formatRatios(kinds []string) []ratio {
	const part = partFormats
	return []ratio{
		quotient(part, "CPU of jsonl, validated, 1 core / encoding/json Valid", kinds, cpu, here(engineJSONL), here(baseValid), 0.55, 0.45),
		quotient(part, "CPU of jsonl, validated / not validated", kinds, cpu, here(engineJSONL), here(engineUnchecked), 1.35, 0),
		quotient(part, "wall of jsonl, 2 cores / newline split, both fed by cat", kinds, wall, here(programJSONL), here(baseSplit), 4, 0),
		quotient(part, "CPU of Parquet / jsonl", []string{generate.Narrow, generate.Wide, generate.Text}, cpu, here(engineParquet), here(engineJSONL), 2.4, 2),
		quotient(part, "CPU of Parquet / jsonl", []string{generate.Nested}, cpu, here(engineParquet), here(engineJSONL), 3.5, 2),
		quotient(part, "CPU of csv / jsonl", []string{generate.Narrow, generate.Wide}, cpu, here(engineCSV), here(engineJSONL), 1.3, 0),
		quotient(part, "CPU of csv / jsonl", []string{generate.Text, generate.Mixed}, cpu, here(engineCSV), here(engineJSONL), 1.7, 0),
		quotient(part, "CPU of csv with subtables / jsonl", []string{generate.Nested}, cpu, here(engineCSV), here(engineJSONL), 2.2, 2),
		plain(part, "heap allocations a record, jsonl", kinds, func(s sample) float64 { return s.Report.Allocations }, here(engineJSONL), "", 0.01, 0),
		plain(part, "peak memory, jsonl, 8 streams", []string{generate.Mixed}, peak, here(programJSONL), "MiB", 64, 0),
		plain(part, "peak memory, Parquet, 8 streams", []string{generate.Mixed}, peak, here(engineParquet), "MiB", 128, 96),
	}
}

func parquetRatios() []ratio {
	flat := []string{generate.Narrow, generate.Wide, generate.Nested, generate.Text}
	return []ratio{
		quotient(partPeers, "CPU of Parquet / DuckDB, 1 thread", flat, cpu, here(engineParquet), here(peerDuckDB), 1, 0.7),
		quotient(partPeers, "CPU of Parquet / pyarrow, 1 thread", flat, cpu, here(engineParquet), here(peerPyarrow), 1, 0.7),
		plain(partPeers, "size of Parquet / pyarrow's write_table of the same rows, both "+sizeCodec, flat, func(s sample) float64 {
			return float64(s.Report.BytesIn) / bytesOut(s)
		}, here(peerAgain), "", 1.1, 1),
	}
}

func gzipRatios(kinds []string) []ratio {
	const part = partFormats
	cores := quotient(part, "wall of gzip with 1 core / with 2 cores", kinds, wall, here(programGzipOne), here(programGzip), 1.7, 0)
	cores.least = true
	return []ratio{
		quotient(part, "wall of gzip 1, 2 cores / klauspost gzip 1, 1 thread, over the produced bytes", kinds, wall, here(programGzip), here(baseGzip), 1, 0.9),
		quotient(part, "size of gzip / klauspost gzip in one stream", kinds, bytesOut, here(programGzip), here(baseGzip), 1.02, 0),
		cores,
		plain(part, "peak memory, gzip, 8 streams", []string{generate.Mixed}, peak, here(programGzip), "MiB", 96, 0),
		{
			part: part, name: "memory per further open gzip file", sets: []string{generate.Mixed}, goal: 0.65, great: 0.5, unit: "MiB",
			needs: []need{here(programGzip), {many, programGzip}},
			value: func(g get) float64 {
				return (peak(g(many, programGzip)) - peak(g("", programGzip))) / (manyStreams - mixedStreams)
			},
		},
	}
}

// growthRatios are of data that grows in something other than records. A SCHEMA
// message that is known already is the measure of one that takes turns with another.
func growthRatios() []ratio {
	const part = partGrowth
	streams, distinct, schemas, columns := streamsSet(2000), distinctSet(2000), schemasSet(8000), columnsSet(4000)
	return []ratio{
		quotient(part, "CPU of 2,000 streams in turn / of one, by the byte", []string{streams}, cpuByByte, here(engineJSONL), need{streamsSet(1), engineJSONL}, 4, 2),
		quotient(part, "CPU of 2,000 streams of distinct schemas in turn / of one, by the byte", []string{distinct}, cpuByByte, here(engineJSONL), need{distinctSet(1), engineJSONL}, 4, 0),
		quotient(part, "CPU of 8,000 SCHEMA messages / of 2,000", []string{schemas}, cpu, here(engineJSONL), need{schemasSet(2000), engineJSONL}, 4, 0),
		plain(part, "peak memory, 8,000 SCHEMA messages", []string{schemas}, peak, here(engineJSONL), "MiB", 96, 0),
		quotient(part, "CPU of 4,000 columns / of 100, by the byte", []string{columns}, cpuByByte, here(engineJSONL), need{columnsSet(100), engineJSONL}, 2, 0),
		quotient(part, "CPU of two schemas in turn / of one again and again, jsonl", []string{turns}, cpu, here(engineJSONL), need{repeated, engineJSONL}, 2, 0),
		quotient(part, "CPU of two schemas in turn / of one again and again, Parquet", []string{turns}, cpu, here(engineParquet), need{repeated, engineParquet}, 0, 0),
		plain(part, "peak memory, two schemas in turn, Parquet", []string{turns}, peak, here(engineParquet), "MiB", 608, 0),
	}
}

// uploadRatios count what sending takes beyond making the files, which s5cmd is spared.
func uploadRatios() []ratio {
	set := []string{generate.Narrow}
	perGiB := func(s sample) float64 { return cpu(s) / bytesOut(s) * (1 << 30) }
	beyond := func(g get) float64 {
		whole := g("", programS3)
		whole.CPU -= g("", engineJSONL).CPU
		return perGiB(whole)
	}
	needs := []need{here(programS3), here(engineJSONL), here(peerS5cmd)}
	return []ratio{
		{part: partUploads, name: "CPU of uploading 1 GiB to S3, beyond the engine's", sets: set, goal: 1.8, unit: "s", needs: needs[:2], value: beyond},
		{part: partUploads, name: "CPU of uploading to S3, beyond the engine's / s5cmd's", sets: set, goal: 0.55, needs: needs, value: func(g get) float64 {
			return beyond(g) / perGiB(g("", peerS5cmd))
		}},
	}
}

func startRatios() []ratio {
	set, empty := []string{oneRecord}, here(emptyProgram)
	return []ratio{
		quotient(partStart, "CPU of --version / of an empty Go program", set, cpu, here(programVersion), empty, 4, 3),
		quotient(partStart, "CPU of a load of one record to a folder / of an empty Go program", set, cpu, here(programOne), empty, 4, 3),
	}
}

func ruleRatios() (ratios []ratio) {
	goals := map[string]float64{escapedNames: 1.3, "exponents": 2, "odd moments": 2, "repeated keys": 2}
	for _, name := range append([]string{escapedNames}, generate.Twins()...) {
		goal := goals[name]
		if goal == 0 {
			goal = 3
		}
		ratios = append(ratios, quotient(partRules, "CPU of "+name+" / of the same said plainly, by the record", []string{name}, cpuByRecord,
			here(engineJSONL), need{name + generate.Plain, engineJSONL}, goal, 0))
	}
	return ratios
}

// reached is whether a value is as good as it is meant to be.
func (r ratio) reached(v float64) bool {
	if r.least {
		return v >= r.goal
	}
	return v <= r.goal
}
