package target

import (
	"errors"
	"fmt"
	"hash/maphash"

	"target-s3/singer"
	"target-s3/singer/jsonscan"
	"target-s3/target/format"
	"target-s3/target/format/parquet"
	"target-s3/target/objectkey"
	"target-s3/target/schema"
)

// registry knows the streams. It belongs to the reader.
type registry struct {
	all     *allSettings
	tell    func(Event)
	streams *streams
	owners  map[string]string          // name of the stream that has a table
	former  *recent[streamID, *stream] // streams whose schemas were replaced: some taps write those that they know in turn
	forms   *recent[formKey, *form]
	shelf   *shelf
	schemas schema.Compiler
	seed    maphash.Seed // of the hashes that forms are found by
}

// What bounds the texts of the former streams' schemas, and of the forms whose plans are
// kept: a plan takes a few times its text, and what it learned is worth more than that.
const (
	formerBytes = 256 << 10
	formsBytes  = 1 << 20
)

func newRegistry(all *allSettings, tell func(Event)) *registry {
	return &registry{
		all: all, tell: tell, shelf: &shelf{most: shelfBytes(all.base.config.MemoryLimitBytes)}, streams: &streams{}, owners: map[string]string{},
		seed: maphash.MakeSeed(), former: newRecent[streamID](formerBytes, func(*stream) {}), forms: newRecent[formKey](formsBytes, (*form).drop),
	}
}

// define takes a SCHEMA message and reports whether it changed anything. What
// means the same as the schema in force changes nothing: the first spelling's
// order of properties stays that of the columns.
func (r *registry) define(m *singer.Message) (changed bool, err error) {
	nameText, err := singer.Text(m.Stream)
	name := string(nameText)
	if err != nil {
		return false, fmt.Errorf(`"stream": %w`, err)
	}
	if name == "" {
		return false, errors.New("the stream of the SCHEMA message has no name")
	}
	old := r.streams.find(name)
	if old != nil && old.form.isOf(m) {
		return false, nil
	}
	f, err := r.form(m, r.all.of(name))
	if err != nil {
		return false, fmt.Errorf(`stream %q: "key_properties": %w`, name, err)
	}
	if m.KeyProperties == nil && (old == nil || old.form.keysText != nil) {
		r.tell(NoKeys{name})
	}
	id := streamID{name, f.fingerprint, f.keysID}
	if old != nil && old.id == id {
		return false, nil
	}
	s := r.former.take(id)
	if s == nil || !s.form.isOf(m) { // its properties may be in another order, and the columns with them
		if s, err = r.make(id, f); err != nil {
			return false, err
		}
	}
	if old != nil {
		r.former.put(old.id, old, len(old.form.text))
	}
	r.streams = r.streams.with(s)
	r.tell(Schema{Stream: name, Table: s.table, Keys: f.keys, Changed: old != nil})
	return true, nil
}

// distinct removes all but the first of what is repeated.
func distinct(names []string) []string {
	var out []string
	met := map[string]bool{}
	for _, name := range names {
		if !met[name] {
			met[name] = true
			out = append(out, name)
		}
	}
	return out
}

// make makes a stream of a schema that is new to it.
func (r *registry) make(id streamID, f *form) (*stream, error) {
	name := id.name
	table, err := r.table(name, len(f.text))
	if err != nil {
		return nil, err
	}
	if err := f.complete(&r.schemas); err != nil {
		return nil, fmt.Errorf("stream %q: %w; correct it in the tap's catalog, or set validate_records to false to load without checking", name, err)
	}
	s := &stream{name: name, table: table, settings: f.settings, id: id, form: f, schema: f.schema, layout: f.layout}
	if l, ok := f.layout.(*parquet.Layout); ok {
		s.layout = l.Named(name)
	}
	if err := s.note(); err != nil {
		return nil, fmt.Errorf("stream %q: %w", name, err)
	}
	s.unfit = jsonscan.InvalidUTF8 | jsonscan.NaN | jsonscan.Infinity // files are JSON and UTF-8 whatever was asked for
	if _, verbatim := s.layout.(*format.JSONL); !verbatim {
		s.unfit |= jsonscan.LoneSurrogate // and these decode what they write
	}
	s.addTables()
	r.warn(s)
	return s, nil
}

// bytesOfStream is about what a stream takes beside the text of its schema, with what is
// counted of it.
const bytesOfStream = 1 << 10

// table is where the rows of a stream go, whose schema has so much text. That the hashes
// of two names are also the same has a chance of one in four billion, unless somebody
// made them so.
func (r *registry) table(name string, text int) (string, error) {
	table := objectkey.TableName(name)
	owner, ok := r.owners[table]
	if ok && owner != name {
		return "", fmt.Errorf("streams %q and %q would share the folder %s: rename one of them in the tap's catalog", owner, name, table)
	}
	if !ok {
		r.owners[table] = name
		r.shelf.narrow(bytesOfStream + text)
	}
	return table, nil
}
