package report

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"target-s3/target"
	"target-s3/target/objectkey"
)

// Log returns a receiver of events that writes each to a log.
func Log(to *slog.Logger) func(target.Event) { return (&logger{log: to}).tell }

type logger struct {
	log          *slog.Logger
	checkpointed bool // since the last Progress
}

func (l *logger) tell(event target.Event) {
	switch e := event.(type) {
	case target.Schema:
		l.log.Debug("schema", "stream", e.Stream, "changed", e.Changed, "table", e.Table, "keys", e.Keys)
	case target.NoKeys:
		l.log.Warn("SCHEMA message without key_properties: the stream has no key", "stream", e.Stream)
	case target.ObjectKey:
		l.log.Warn("key property is an object; CSV has a column for each of its properties, also in subtables", "stream", e.Stream, "key", e.Property)
	case target.NotJoined:
		l.log.Warn("rows of subtables cannot be joined with their records: the stream has no key, and add_record_metadata is false; set that to true, or csv_arrays to json", "stream", e.Stream)
	case target.FolderName:
		l.log.Warn("property has the name of a folder in the object key; engines that read name=value as a column show that in its place, so rename the one in s3_key_format_string", "stream", e.Stream, "property", e.Property, "folder", e.Folder+"=")
	case target.UnknownType:
		l.log.Warn("messages of unknown type are skipped", append([]any{"type", e.Type}, at(e.At)...)...)
	case target.Rejection:
		const message = "records do not fit their schema and go to table " + objectkey.RejectedTable
		l.log.Warn(message,
			append(append([]any{"stream", e.Stream}, at(e.At)...), "reason", e.Reason)...)
	case target.LeftUnchecked:
		l.log.Warn("checking a record takes too long to wait for: it and what follows it are left to the next run", at(e.At)...)
	case target.LeftUncovered:
		var records int64
		for _, n := range e.Streams {
			records += n
		}
		l.log.Warn("records that no STATE covers are left to the next run", "records", records, "streams", len(e.Streams))
	case target.NoState:
		l.log.Warn("no STATE for max_uncommitted_seconds: committing without one; a rerun may bring these records again", "records", e.Counts.Records, "rejected", e.Counts.Rejected)
	case target.Checkpoint:
		l.checkpoint(e)
	case target.Progress:
		l.progress(e)
	case target.NotAborted:
		l.log.Warn("an upload could not be aborted; its parts cost storage until a lifecycle rule removes them", "key", e.Key, "error", e.Err)
	case target.NotRetracted:
		l.log.Warn("a file of the commit that failed could not be taken back: no state covers it, and a rerun brings its rows again",
			"location", e.Location, "error", e.Err)
	case target.UnmetPatterns:
		l.log.Warn("patterns in the setting streams that no stream of this load has met; are they misspelt?", "patterns", e.Patterns)
	case target.Ended:
		l.ended(e)
	}
}

// at are the attributes that say where in the input something is.
func at(p target.Position) []any {
	if p.File == "" {
		return []any{"line", p.Line}
	}
	return []any{"file", p.File, "line", p.Line}
}

func (l *logger) checkpoint(e target.Checkpoint) {
	var bytes int64
	for _, o := range e.Objects {
		bytes += o.Bytes
		l.log.Debug("object", "location", o.Location, "rows", o.Rows, "bytes", o.Bytes)
	}
	if len(e.Objects) == 0 {
		l.log.Debug("state written, nothing was waiting for it")
		return
	}
	l.checkpointed = true
	l.log.Info("checkpoint", "records", e.Counts.Records, "rejected", e.Counts.Rejected, "objects", len(e.Objects), "bytes", bytes, "seconds", e.Took.Seconds(), "state", e.State != nil)
	for _, name := range slices.Sorted(maps.Keys(e.Streams)) {
		if n := e.Streams[name].Records; n > 0 {
			l.metric("counter", "record_count", float64(n), map[string]string{"stream": name})
		}
	}
	l.metric("timer", "batch_processing_time", e.Took.Seconds(), map[string]string{"status": "succeeded"})
}

// silence is how long a tap is quiet before that is worth a word.
const silence = time.Minute

// progress writes a line where none of a checkpoint said how far the load is.
func (l *logger) progress(e target.Progress) {
	if l.checkpointed {
		l.checkpointed = false
		return
	}
	line := []any{
		"records", e.Counts.Records, "rejected", e.Counts.Rejected,
		"staged", e.Staged.Records, "staged_rejected", e.Staged.Rejected, "open_files", e.Open, "held_bytes", e.Held,
	}
	if e.Silent >= silence {
		l.log.Info("waiting for the tap, which has sent nothing", append([]any{"for_seconds", int64(e.Silent.Seconds())}, line...)...)
		return
	}
	l.log.Info("no checkpoint in the last minute", line...)
}

// ended writes the summary.
func (l *logger) ended(e target.Ended) {
	s := e.Summary
	for _, name := range slices.Sorted(maps.Keys(s.Streams)) {
		v := s.Streams[name]
		l.log.Info("stream", "stream", name, "records", v.Records, "rejected", v.Rejected, "objects", v.Objects, "bytes", v.Bytes, "last_object", v.Last.Location)
		if v.Proven+v.Asked > 0 {
			l.log.Debug("validation", "stream", name, "proven", v.Proven, "asked_gojsonschema", v.Asked, "keywords_always_asked", v.Slow)
		}
	}
	l.warnRejected(s)
	if e.Outcome == target.Succeeded && e.Empty {
		l.log.Warn("not one message came; did the tap start?")
	}
	line := []any{
		"status", status(e.Outcome), "records", s.Records, "rejected", s.Rejected, "objects", s.Objects, "bytes", s.Bytes, "states", s.States,
	}
	if s.State.File != "" {
		line = append(line, "last_state_file", s.State.File)
	}
	l.log.Info("load ended", append(line, "last_state_line", s.State.Line, "records_after_it", s.Uncovered, "seconds", s.Duration.Seconds())...)
	metric := "failed" // the convention knows but two
	if e.Outcome == target.Succeeded {
		metric = "succeeded"
	}
	l.metric("timer", "job_duration", s.Duration.Seconds(), map[string]string{"status": metric})
}

// status says how a load ended, as its exit code does, in a word.
func status(o target.Outcome) string {
	return [...]string{target.Failed: "failed", target.Succeeded: "succeeded", target.Rejected: "rejected", target.Interrupted: "interrupted"}[o]
}

// warnRejected says what was rejected, why, and where it is.
func (l *logger) warnRejected(s target.Summary) {
	for _, name := range slices.Sorted(maps.Keys(s.Streams)) {
		v := s.Streams[name]
		if v.Rejected == 0 {
			continue
		}
		line := []any{
			"stream", name, "rejected", v.Rejected, "of", v.Records + v.Rejected, "reasons", why(v),
			"objects", s.Table.Objects, "last_object", s.Table.Last.Location,
		}
		if v.Records == 0 {
			l.log.Warn("all records of the stream were rejected; with max_rejected_records set to 0 such a load exits with code 3", line...)
		} else {
			l.log.Warn("records of the stream were rejected", line...)
		}
	}
}

// shownReasons is how many reasons of a stream are worth a person's time.
const shownReasons = 3

// why are the commonest reasons, each with how often it was one.
func why(s *target.StreamSummary) string {
	var parts []string
	reasons, rest := commonest(s)
	for _, r := range reasons {
		parts = append(parts, fmt.Sprintf("%s (%d)", r.Text, r.Count))
	}
	if rest > 0 {
		parts = append(parts, fmt.Sprintf("others (%d)", rest))
	}
	return strings.Join(parts, "; ")
}

// commonest are the reasons to be shown, and how many records were rejected for others.
func commonest(s *target.StreamSummary) (reasons []target.Reason, rest int64) {
	reasons, rest = s.Reasons[:min(len(s.Reasons), shownReasons)], s.Rejected
	for _, r := range reasons {
		rest -= r.Count
	}
	return reasons, rest
}
