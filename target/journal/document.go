package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"target-s3/target/store"
)

// MaxBytes bounds a journal, as it is written and as it is read. It has room for
// some 80,000 objects of one part, or for 350,000 parts: 1.7 TB in the smallest that
// there are. Twice that is in memory while it is written or read.
const MaxBytes = 32 << 20

// format is the version of the form that is written, and the only one that is read.
const format = 1

// The states that a journal can be in.
const (
	statusOpen = "open" // the commit is made; its objects and its state may not all be out
	statusDone = "done" // they are
)

// Object is one object of a commit: how it is published, and what it holds.
type Object struct {
	Table   string `json:"table"`
	Version int64  `json:"version"`
	Rows    int64  `json:"rows"`
	store.Receipt
}

// document is what a journal says.
type document struct {
	Format   int             `json:"format"`
	Name     string          `json:"name"`
	Commit   int64           `json:"commit"` // counts from 1; 0: there was none yet
	Token    string          `json:"token"`  // random, another in each version of a journal
	Status   string          `json:"status"`
	State    json.RawMessage `json:"state"`    // of the pipeline once the commit is done; null: none
	Previous json.RawMessage `json:"previous"` // before the commit
	Objects  []Object        `json:"objects"`
}

// encode returns the document with an object a line. The bytes of the states are
// as they came: what is written to standard output after a crash is what would have
// been written without.
//
// What could not be read again must not be written: nobody could go on from it.
func (d *document) encode() ([]byte, error) {
	if err := d.check(d.Name); err != nil {
		return nil, fmt.Errorf("a journal cannot say this: %w", err)
	}
	var b bytes.Buffer
	b.Grow(len(d.State) + len(d.Previous) + len(d.Objects)*usualObject + usualObject)
	fmt.Fprintf(&b, "{\"format\": %d,\n\"name\": %s,\n\"commit\": %d,\n\"token\": %s,\n\"status\": %s,\n\"state\": ",
		d.Format, text(d.Name), d.Commit, text(d.Token), text(d.Status))
	b.Write(orNull(d.State)) // fmt would copy it
	b.WriteString(",\n\"previous\": ")
	b.Write(orNull(d.Previous))
	b.WriteString(",\n\"objects\": [")
	for i, o := range d.Objects {
		line, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		b.Write(line)
		if b.Len() > MaxBytes {
			break
		}
	}
	b.WriteString("\n]}\n")
	if states := len(d.State) + len(d.Previous); b.Len() > MaxBytes && states > MaxBytes/2 {
		return nil, fmt.Errorf("the journal of a commit would be larger than %d MiB: the states before and after it take %d MiB. A tap with such states cannot be loaded exactly once", MaxBytes>>20, states>>20)
	}
	if b.Len() > MaxBytes {
		return nil, fmt.Errorf("the journal of a commit of %d objects would be larger than %d MiB: commit more often (a smaller batch_wait_limit_seconds, or a tap that sends a STATE more often), or have fewer and larger files",
			len(d.Objects), MaxBytes>>20)
	}
	if !d.readable(b.Bytes()) {
		return nil, errors.New("the state cannot be kept in a journal: it is not JSON in UTF-8, or it is nested to 10,000 levels or more")
	}
	return b.Bytes(), nil
}

// readable reports whether the states can be read within the document, where they stand
// one level down. Nothing is copied for that, since a state may have 16 MiB.
func (d *document) readable(body []byte) bool {
	for _, state := range [][]byte{d.State, d.Previous} {
		if len(state) > 0 && !json.Valid(state) {
			return false
		}
	}
	return utf8.Valid(body) && json.Valid(body)
}

// usualObject is what an object of one part takes, and what stands around them.
const usualObject = 512

// text is a string in JSON. A name is checked, a token is ours: neither has what
// could not be encoded.
func text(s string) []byte {
	b, _ := json.Marshal(s)
	return b
}

func orNull(state []byte) []byte {
	if len(state) == 0 {
		return []byte("null")
	}
	return state
}

// decode reads a document strictly: whoever wrote it, what it says is acted upon.
func decode(body []byte, name string) (document, error) {
	var d document
	if len(body) > MaxBytes {
		return d, fmt.Errorf("it is larger than %d MiB", MaxBytes>>20)
	}
	if !utf8.Valid(body) {
		return d, errors.New("it is not UTF-8")
	}
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return d, plain(err)
	}
	if head.Format > format {
		return d, errNewer
	}
	if head.Format != format {
		return d, fmt.Errorf("its format is %d, this version of the program reads format %d", head.Format, format)
	}
	r := json.NewDecoder(bytes.NewReader(body))
	r.DisallowUnknownFields()
	if err := r.Decode(&d); err != nil {
		return d, plain(err)
	}
	if _, err := r.Token(); err != io.EOF {
		return d, errors.New("something follows its end")
	}
	return d, d.check(name)
}

// plain is an error of package json without the names of our types.
func plain(err error) error {
	var kind *json.UnmarshalTypeError
	switch {
	case !errors.As(err, &kind):
		return err
	case kind.Field == "":
		return fmt.Errorf("it is not a JSON object, but of the kind %s", kind.Value)
	}
	return fmt.Errorf("its %s is of the kind %s", kind.Field, kind.Value)
}

func (d *document) check(name string) error {
	switch {
	case d.Name != name:
		return fmt.Errorf("its name is %q, not %q", d.Name, name)
	case d.Status != statusOpen && d.Status != statusDone:
		return fmt.Errorf("its status is %q, must be %q or %q", d.Status, statusOpen, statusDone)
	case d.Token == "" || len(d.Token) > maxToken:
		return fmt.Errorf("its token must have 1 to %d characters", maxToken)
	case d.Commit < 0 || d.Commit > maxCommit || d.Commit == 0 && d.Status == statusOpen:
		return fmt.Errorf("its commit is %d", d.Commit)
	}
	var err error
	if d.State, err = checkState(d.State); err != nil {
		return fmt.Errorf("its state %w", err)
	}
	if d.Previous, err = checkState(d.Previous); err != nil {
		return fmt.Errorf("its previous state %w", err)
	}
	keys := make(map[string]bool, len(d.Objects))
	for i := range d.Objects {
		o := &d.Objects[i]
		if err := o.check(); err != nil {
			return fmt.Errorf("object %d (%.200q): %w", i+1, o.Key, err)
		}
		if keys[o.Key] {
			return fmt.Errorf("object %d (%.200q) is there twice", i+1, o.Key)
		}
		keys[o.Key] = true
	}
	return nil
}

// errNewer says that another version of the program must read it.
var errNewer = errors.New("it was written by a newer version of this program")

// maxCommit is a number that all readers of JSON can hold.
const maxCommit = 1<<53 - 1

// maxToken is longer than any that this program has made.
const maxToken = 100

// checkState returns nil for null. A state is one line: standard output has one
// a line.
func checkState(state []byte) ([]byte, error) {
	switch {
	case len(state) == 0 || string(state) == "null":
		return nil, nil
	case bytes.ContainsAny(state, "\r\n"):
		return nil, errors.New("has a line break")
	}
	return state, nil
}

// check leaves to the store what only it can judge.
func (o *Object) check() error {
	switch {
	case !isKey(o.Key):
		return errors.New("that is not a key of an object")
	case o.Rows < 0 || o.Size < 0:
		return errors.New("its rows and its size must not be negative")
	case len(o.Parts) > store.MaxParts:
		return fmt.Errorf("it has %d parts, more than %d", len(o.Parts), store.MaxParts)
	}
	return nil
}

// isKey reports whether the key can be that of an object, in a folder as well: it
// leads nowhere else.
func isKey(key string) bool {
	if len(key) > 1024 {
		return false
	}
	for segment := range strings.SplitSeq(key, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return false
		}
	}
	return !strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f })
}
