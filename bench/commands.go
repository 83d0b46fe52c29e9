package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// What is measured, by the names that the table has. The engine runs in a process
// of this program, without a destination; target-s3 is the program itself, as a
// user runs it, which writes files.
const (
	engineJSONL     = "engine jsonl"
	engineUnchecked = "engine jsonl, not validated"
	engineCSV       = "engine csv"
	engineCSVJSON   = "engine csv, arrays as JSON"
	engineParquet   = "engine parquet"
	engineGzip      = "engine gzip"
	programJSONL    = "target-s3 jsonl"
	programGzip     = "target-s3 gzip"
	programGzipOne  = "target-s3 gzip, 1 core"
	baseSplit       = "newline split"
	baseValid       = "encoding/json Valid"
	baseJudge       = "gojsonschema"
	baseGzip        = "klauspost gzip"
)

// commandNames are in the order in which they run. engineGzip is only profiled.
var commandNames = []string{
	baseSplit, programJSONL, baseValid, engineJSONL, engineUnchecked, engineCSV, engineCSVJSON, engineParquet, baseJudge, baseGzip, programGzip, programGzipOne,
}

const (
	gzipLevel  = 1
	judgeShare = 8 // gojsonschema gets so small a part of the input
)

// settings of the program that a command has beside the defaults.
type settings map[string]any

var (
	gzipped   = settings{"compression": "gzip", "compression_level": gzipLevel}
	asCSV     = settings{"output_file_format": "csv"}
	asCSVJSON = settings{"output_file_format": "csv", "csv_arrays": "json"}
	asParquet = settings{"output_file_format": "parquet"}
	unchecked = settings{"validate_records": false}
)

func (b *bench) command(name string, d *dataset) (command, error) {
	c := command{name: d.name + ": " + name, inputs: []string{d.path}, procs: 1}
	child := func(args ...string) { c.argv = append([]string{b.self}, args...) }
	switch name {
	case engineJSONL:
		b.engine(&c, d, nil)
	case engineUnchecked:
		b.engine(&c, d, unchecked)
	case engineCSV:
		b.engine(&c, d, asCSV)
	case engineCSVJSON:
		b.engine(&c, d, asCSVJSON)
	case engineParquet:
		b.engine(&c, d, asParquet)
	case engineGzip:
		b.engine(&c, d, gzipped)
	case programJSONL:
		c.procs = 2
		return c, b.loader(&c, d, nil)
	case programGzip:
		c.procs = 2
		return c, b.loader(&c, d, gzipped)
	case programGzipOne:
		return c, b.loader(&c, d, gzipped)
	case baseSplit:
		child(childPrefix + "split")
	case baseValid:
		child(childPrefix + "valid")
	case baseJudge:
		c.share = 1.0 / judgeShare
		child(childPrefix+"gojsonschema", "-limit", strconv.FormatInt(d.size/judgeShare, 10))
	case baseGzip:
		c.inputs = d.produced
		child(childPrefix+"gzip", "-level", strconv.Itoa(gzipLevel))
	default:
		return c, fmt.Errorf("there is no command %q", name)
	}
	return c, nil
}

// engine is the program's engine with a store that discards.
func (b *bench) engine(c *command, d *dataset, s settings) {
	document := settings{"s3_bucket": "bench"}
	maps.Copy(document, s)
	c.argv = []string{b.self, childPrefix + "load", "-settings", document.json(), "-warmup", strconv.FormatInt(d.size/4, 10)}
}

func (s settings) json() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings, numbers and booleans always marshal
	}
	return string(text)
}

// loader is the program itself, which writes to a folder that is emptied when the
// run is over.
func (b *bench) loader(c *command, d *dataset, s settings) error {
	out := filepath.Join(b.work, "out")
	document := settings{"s3_bucket": "bench", "aws_endpoint_url": "file://" + out, "log_level": "warn"}
	maps.Copy(document, s)
	config := filepath.Join(b.work, "config.json")
	c.argv = []string{b.program, "--config", config}
	c.after = func(s *sample) error {
		files, size, err := written(out)
		s.Report = report{Records: d.records, BytesIn: d.size, BytesOut: size}
		if err == nil && len(files) < d.data.Streams {
			err = fmt.Errorf("%d files of %d streams", len(files), d.data.Streams)
		}
		return errors.Join(err, os.RemoveAll(out))
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	return os.WriteFile(config, []byte(document.json()), 0o666)
}

// written are the files in a folder. Among them there must be none of rejected
// records: the data is meant to be valid.
func written(dir string) (files []string, size int64, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if strings.Contains(path, "_sdc_rejected") {
			return fmt.Errorf("records were rejected: %s", path)
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		files = append(files, path)
		size += info.Size()
		return nil
	})
	return files, size, err
}

// produce keeps what the program makes of the data, for baselines that do to the
// result what the program does to it on the way.
func (b *bench) produce(ctx context.Context, d *dataset) error {
	c, err := b.command(programJSONL, d)
	if err != nil {
		return err
	}
	kept := filepath.Join(b.work, "produced-"+d.name)
	c.after = func(*sample) error { return os.Rename(filepath.Join(b.work, "out"), kept) }
	if _, err := measureOnce(ctx, c); err != nil {
		return err
	}
	d.produced, _, err = written(kept)
	return err
}

// profile runs each load of the engine once more, with all processors, and writes
// where its CPU time goes.
func (b *bench) profile(ctx context.Context) error {
	if err := os.MkdirAll(b.profiles, 0o777); err != nil {
		return err
	}
	for i := range b.sets {
		d := &b.sets[i]
		for _, name := range []string{engineJSONL, engineUnchecked, engineCSV, engineGzip} {
			c, err := b.command(name, d)
			if err != nil {
				return err
			}
			path := filepath.Join(b.profiles, d.name+"-"+strings.NewReplacer(" ", "-", ",", "").Replace(name)+".pprof")
			c.argv = append(c.argv, "-profile", path)
			if _, err := measureOnce(ctx, c); err != nil {
				return err
			}
			fmt.Fprintf(b.log, "profile %s\n", path)
		}
	}
	return nil
}
