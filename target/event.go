package target

import (
	"errors"
	"sync"
	"time"

	"target-s3/singer"
	"target-s3/target/store"
)

// Event is something that happened in a load: one of the types below. It says
// what happened and nothing of how to put it, which is for those who are told
// (package report words the log, the metrics and the summary). Names, reasons and
// errors are as the input or a server wrote them.
//
// Options.Event gets them one at a time, on whichever goroutine of the load it
// happened: so it needs no lock, and the load waits while it runs. It must not
// block, and must not change what it is given.
//
// What happens on one goroutine is told in its order. So a Checkpoint comes after
// all of its rejections, and Checkpoints are in the order of the input. What is
// read (Schema, NoKeys, ObjectKey, NotJoined, FolderName, UnknownType) is told when it is read,
// which may be before what stands earlier in the input was loaded. Ended is the last.
type Event interface{ event() }

// Schema says that a stream's schema came, or another one.
type Schema struct {
	Stream, Table string
	Keys          []string
	Changed       bool
}

// NoKeys says that a SCHEMA message has no key_properties.
type NoKeys struct{ Stream string }

// ObjectKey says that a key property is an object, which CSV takes apart.
type ObjectKey struct{ Stream, Property string }

// NotJoined says that nothing joins the rows of a stream's subtables with its records: it
// has no key, and gets none.
type NotJoined struct{ Stream string }

// FolderName says that a property has the name of a folder in the object key.
type FolderName struct{ Stream, Property, Folder string }

// UnknownType says that messages of a type are skipped. It comes once for a type.
type UnknownType struct {
	Type string
	At   Position
}

// Rejection says that a record was rejected, the first of its stream.
type Rejection struct {
	Stream, Reason string
	At             Position
}

// LeftUnchecked says that a load which was stopped no longer waits for a record
// that is being checked, which is near that line.
type LeftUnchecked struct{ At Position }

// LeftUncovered says how many records of each stream are left to the next run,
// because no STATE covers them and the load was stopped.
type LeftUncovered struct{ Streams map[string]int64 }

// NoState says that max_uncommitted_seconds passed without a STATE: what came since
// the last checkpoint is committed without one.
type NoState struct{ Counts Counts }

// Checkpoint says that everything up to a place in the input is durable, and that
// the state is written, if there is one.
type Checkpoint struct {
	Objects []Object // that are visible now; none: only the state was written
	Counts  Counts   // of the records in them
	Streams map[string]Counts
	State   []byte // nil: none
	Took    time.Duration
}

// Object is one that a load wrote.
type Object struct {
	Key, Location string
	Table         string // as in the key; subtables have one of their own
	Stream        string // whose records it has; empty: rejected ones, of any stream
	Schema        string // its fingerprint, as 64 hexadecimal digits; empty as Stream is
	Version       int64
	Rows, Bytes   int64 // as stored
	Sums          store.Sums
	BatchedAt     string // _sdc_batched_at of its rows
	First, Last   int64  // _sdc_sequence of its rows; 0: they have none
}

// Progress says how far the load is. It comes at every Options.Beat.
type Progress struct {
	Counts   Counts        // of records that are durable
	Staged   Counts        // of those that were read and are not durable yet
	Bytes    int64         // of the objects, as stored
	Open     int64         // files that take rows
	Held     int64         // bytes that these have in memory
	Silent   time.Duration // how long the tap has sent nothing; 0: it sends
	Complete bool          // all of the input was read

	Streams map[string]StreamProgress // as they were at the beat before; nil: as in the event before
}

// StreamProgress is how far one stream is.
type StreamProgress struct {
	Records, Rejected int64 // that were read, durable or not
	Open              int64 // files that take rows, those of subtables included
	Bytes             int64 // of the objects, as stored
}

// NotAborted says that what was staged of an object could not be removed.
type NotAborted struct {
	Key string
	Err error
}

// NotRetracted says that an object of a commit that failed could not be taken back:
// it is visible, and no state covers it.
type NotRetracted struct {
	Location string
	Err      error
}

// UnmetPatterns are those of the setting streams that no stream of the load has met.
type UnmetPatterns struct{ Patterns []string }

// Ended says that the load is over.
type Ended struct {
	Summary Summary
	Outcome Outcome
	Empty   bool // nothing came but white space
}

// Outcome is how a load ended, as its exit code says it.
type Outcome uint8

// The outcomes.
const (
	Failed      Outcome = iota
	Succeeded           // everything is durable
	Rejected            // everything is durable, but too many records were rejected
	Interrupted         // what was read is durable
)

// Position is a line of the input, of one of its files, or of a file that a BATCH
// message names.
type Position struct {
	File string // empty: the input is one, and the line is in it
	Line int64  // from 1
}

func (Schema) event()        {}
func (NoKeys) event()        {}
func (ObjectKey) event()     {}
func (NotJoined) event()     {}
func (FolderName) event()    {}
func (UnknownType) event()   {}
func (Rejection) event()     {}
func (LeftUnchecked) event() {}
func (LeftUncovered) event() {}
func (NoState) event()       {}
func (Checkpoint) event()    {}
func (Progress) event()      {}
func (NotAborted) event()    {}
func (NotRetracted) event()  {}
func (UnmetPatterns) event() {}
func (Ended) event()         {}

// teller tells of events, one at a time.
type teller struct {
	mu     sync.Mutex
	tell   func(Event)                                          // nil: nobody is told
	locate func(offset int64) (file string, lines, bytes int64) // nil: the input is one
}

// event tells of an event, and of none after Ended: a goroutine that is blocked in a
// Read goes on when the load is over.
func (t *teller) event(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tell == nil {
		return
	}
	t.tell(e)
	if _, last := e.(Ended); last {
		t.tell = nil
	}
}

// at is the position of a line that begins at an offset of the file, or, where none
// is named, of the input.
func (t *teller) at(file string, line, offset int64) Position {
	if t.locate == nil || file != "" {
		return Position{file, line}
	}
	file, lines, _ := t.locate(offset)
	return Position{file, line - lines}
}

// locateError puts the file and the line there into an error of a line.
func (t *teller) locateError(err error) {
	var line *singer.LineError
	if t.locate == nil || !errors.As(err, &line) || line.File != "" {
		return
	}
	file, lines, bytes := t.locate(line.Offset)
	line.File, line.Line, line.Offset = file, line.Line-lines, line.Offset-bytes
}
