package main

import (
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
	programS3       = "target-s3 jsonl to S3"
	programVersion  = "target-s3 --version"
	programOne      = "target-s3, one record"
	emptyProgram    = "empty Go program"
	baseSplit       = "newline split"
	baseValid       = "encoding/json Valid"
	baseJudge       = "gojsonschema"
	baseGzip        = "klauspost gzip"
	peerDuckDB      = "DuckDB, JSON to Parquet"
	peerPyarrow     = "pyarrow, JSON to Parquet"
	peerAgain       = "pyarrow write_table of our rows"
	peerS5cmd       = "s5cmd cp"
)

// formatCommands run over each kind of data, in this order. engineGzip is only
// profiled.
var formatCommands = []string{
	baseSplit, programJSONL, baseValid, engineJSONL, engineUnchecked, engineCSV, engineCSVJSON, engineParquet, baseJudge, baseGzip, programGzip, programGzipOne,
}

// commandNames are all, in the order in which they run.
var commandNames = append(formatCommands[:len(formatCommands):len(formatCommands)],
	peerDuckDB, peerPyarrow, peerAgain, programS3, peerS5cmd, emptyProgram, programVersion, programOne)

const (
	gzipLevel  = 1
	judgeShare = 8  // gojsonschema gets so small a part of the input
	starts     = 20 // in a row, where a process is short
)

// settings of the program that a command has beside the defaults.
type settings map[string]any

var engineSettings = map[string]settings{
	engineJSONL:     nil,
	engineUnchecked: {"validate_records": false},
	engineCSV:       {"output_file_format": "csv"},
	engineCSVJSON:   {"output_file_format": "csv", "csv_arrays": "json"},
	engineParquet:   {"output_file_format": "parquet"},
	engineGzip:      gzipped,
}

var gzipped = settings{"compression": "gzip", "compression_level": gzipLevel}

func (b *bench) command(name string, d *dataset) (command, error) {
	c := command{name: d.name + ": " + name, inputs: []string{d.path}, procs: 1}
	if s, ok := engineSettings[name]; ok {
		b.engine(&c, d, s)
		return c, nil
	}
	switch name {
	case programJSONL, programGzip, programGzipOne, programOne:
		return c, b.loader(&c, d, name)
	case programVersion, emptyProgram:
		c.inputs, c.procs, c.times = []string{os.DevNull}, 2, starts
		c.argv = []string{b.empty}
		if name == programVersion {
			c.argv = []string{b.program, "--version"}
		}
	case programS3, peerS5cmd:
		return c, b.uploader(&c, d, name)
	case peerDuckDB, peerPyarrow, peerAgain:
		b.peer(&c, d, name)
	default:
		return c, b.baseline(&c, d, name)
	}
	return c, nil
}

func (b *bench) baseline(c *command, d *dataset, name string) error {
	c.reports = true
	c.argv = []string{b.self}
	switch name {
	case baseSplit:
		c.argv = append(c.argv, childPrefix+"split")
	case baseValid:
		c.argv = append(c.argv, childPrefix+"valid")
	case baseJudge:
		c.share = 1.0 / judgeShare
		c.argv = append(c.argv, childPrefix+"gojsonschema", "-limit", strconv.FormatInt(d.size/judgeShare, 10))
	case baseGzip:
		c.inputs = d.produced
		c.argv = append(c.argv, childPrefix+"gzip", "-level", strconv.Itoa(gzipLevel))
	default:
		return fmt.Errorf("there is no command %q", name)
	}
	return nil
}

// engine is the program's engine with a store that discards.
func (b *bench) engine(c *command, d *dataset, s settings) {
	document := settings{"s3_bucket": "bench"}
	maps.Copy(document, s)
	c.reports = true
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
func (b *bench) loader(c *command, d *dataset, name string) error {
	var s settings
	switch name {
	case programGzip:
		c.procs, s = 2, gzipped
	case programGzipOne:
		s = gzipped
	case programOne:
		c.procs, c.times = 2, starts
	default:
		c.procs = 2
	}
	out := filepath.Join(b.work, "out")
	c.after = func(s *sample) error {
		files, size, err := written(out)
		s.Report = report{Records: d.records, BytesIn: d.size, BytesOut: size}
		if err == nil && len(files) < d.data.Streams {
			err = fmt.Errorf("%d files of %d streams", len(files), d.data.Streams)
		}
		return errors.Join(err, os.RemoveAll(out))
	}
	return b.intoFolder(c, out, s)
}

// intoFolder is the program with a folder as its destination.
func (b *bench) intoFolder(c *command, out string, s settings) error {
	document := settings{"s3_bucket": "bench", "aws_endpoint_url": "file://" + out, "log_level": "warn"}
	maps.Copy(document, s)
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	config := filepath.Join(b.work, "config.json")
	c.argv = []string{b.program, "--config", config}
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
