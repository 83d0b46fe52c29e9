package journal

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"target-s3/target/store"
)

// folder is where journals are, below the prefix of all keys. Hive, Athena and Spark
// skip what begins with an underscore.
const (
	folder = "_target_s3"
	once   = "once"
	suffix = ".json"
)

// Folder is what the keys of all journals begin with.
func Folder(prefix string) string { return prefix + folder + "/" }

// Key is that of a pipeline's journal.
func Key(prefix, name string) string { return Folder(prefix) + name + suffix }

// OnceKey is that of the journal of an input that is loaded as a whole.
func OnceKey(prefix, id string) string { return Folder(prefix) + once + "/" + id + suffix }

// Journal is one version of a journal and what was made of it since. It is used by
// one goroutine at a time.
type Journal struct {
	store   store.Store
	key     string
	doc     document
	version string        // that the store gives it; empty: there is none yet
	token   func() string // makes a token
	publish int           // how many objects are published at the same time
	state   []byte        // that went out after the last commit, with no records before it; nil: none
}

// publishing is how many requests publish at the same time: the bytes are there
// already, and nothing waits for anything but answers.
const publishing = 32

// Read reads a journal, which need not exist yet. The name is what its document must
// say.
func Read(ctx context.Context, s store.Store, key, name string) (*Journal, error) {
	j := &Journal{store: s, key: key, token: rand.Text, publish: publishing}
	j.doc = document{Format: format, Name: name, Status: statusDone}
	doc, version, err := j.read(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return j, nil
	case err != nil:
		return nil, err
	}
	j.doc, j.version = doc, version
	return j, nil
}

func (j *Journal) read(ctx context.Context) (document, string, error) {
	body, version, err := j.store.Read(ctx, j.key, MaxBytes)
	if err != nil {
		return document{}, "", err
	}
	doc, err := decode(body, j.doc.Name)
	if err != nil {
		return doc, "", &UnreadableError{j.Location(), err}
	}
	return doc, version, nil
}

// Location is how a person would name it.
func (j *Journal) Location() string { return j.store.Location(j.key) }

// Commits is how many there were.
func (j *Journal) Commits() int64 { return j.doc.Commit }

// Exists reports whether there is such a journal in the store.
func (j *Journal) Exists() bool { return j.version != "" }

// IsOpen reports whether a commit was made that may not be finished.
func (j *Journal) IsOpen() bool { return j.doc.Status == statusOpen }

// State is the pipeline's, nil where there is none yet. Of an open journal it is the
// one that is written when the commit is finished.
func (j *Journal) State() []byte { return j.doc.State }

// Released notes a state that no object had to wait for. It is written with the next
// version of the journal: until then a rerun begins a little earlier, and reads nothing
// twice that is in the bucket.
func (j *Journal) Released(state []byte) {
	if len(state) > 0 {
		j.state = state
	}
}

// Objects are those of the last commit.
func (j *Journal) Objects() []Object { return j.doc.Objects }

// Begin makes sure, before anything is loaded, that commits can be made: where there
// is no journal yet it writes one that says so, and tries that the store holds to
// conditions. A store that does not would let two loads commit the same rows.
func (j *Journal) Begin(ctx context.Context) error {
	if j.Exists() {
		return nil
	}
	if err := j.replace(ctx, document{Status: statusDone}); err != nil {
		return err
	}
	body, err := j.doc.encode()
	if err != nil {
		return err
	}
	for _, wrong := range []string{"", NoVersion} {
		_, err := j.store.Replace(ctx, j.key, body, wrong)
		switch {
		case err == nil:
			return &UnconditionalError{Place: j.Location()}
		case !errors.Is(err, store.ErrChanged):
			return err
		}
	}
	return nil
}

// NoVersion is the version of no object.
const NoVersion = `"00000000000000000000000000000000"`

// Commit is the commit: after it has returned nil the objects will be published and
// the state will be written, by this load or by whoever finds the journal. The state
// may be nil; the pipeline then keeps the one it has.
//
// Before it the objects of the last commit were published and its state was written,
// or there was none. A *ChangedError says that nothing was committed, and that nothing
// can be any more; an *UncertainError that nobody knows. The uploads must then be
// left as they are: they are published or aborted by those who find out.
func (j *Journal) Commit(ctx context.Context, objects []Object, state []byte) error {
	before := j.latest()
	next := document{Commit: j.doc.Commit + 1, Status: statusOpen, State: state, Previous: before, Objects: objects}
	if len(state) == 0 {
		next.State = before
	}
	return j.replace(ctx, next)
}

// Done says in the journal that the last commit is finished. Another load may have
// said so already, and may have gone on from there.
func (j *Journal) Done(ctx context.Context) error {
	if !j.IsOpen() && j.state == nil {
		return nil
	}
	next := document{Commit: j.doc.Commit, Status: statusDone, State: j.latest(), Objects: make([]Object, len(j.doc.Objects))}
	for i, o := range j.doc.Objects {
		o.Upload, o.Parts = "", nil // of no use any more
		next.Objects[i] = o
	}
	err := j.replace(ctx, next)
	if changed := (*ChangedError)(nil); errors.As(err, &changed) && changed.found.follows(j.doc) {
		return nil
	}
	return err
}

// latest is the state that went out last.
func (j *Journal) latest() []byte {
	if j.state != nil {
		return j.state
	}
	return j.doc.State
}

// follows reports whether d was written by somebody who knew that the commit of
// before is finished.
func (d *document) follows(before document) bool {
	return d.Commit > before.Commit || d.Commit == before.Commit && d.Status == statusDone
}

// Trying to replace a journal, and finding out what came of it.
const (
	tries  = 3
	trying = 30 * time.Second // then there are no more: the store has tried again by itself
	settle = 30 * time.Second // after the load was given up
)

// replace writes the next version of the journal. An answer proves nothing but
// success: the store may have asked twice and met what it wrote itself. So whatever
// else it is, the journal is read.
func (j *Journal) replace(ctx context.Context, next document) error {
	next.Format, next.Name, next.Token = format, j.doc.Name, j.token()
	body, err := next.encode()
	if err != nil {
		return err
	}
	begun := time.Now()
	for try := 1; ; try++ {
		version, err := j.store.Replace(ctx, j.key, body, j.version)
		if err == nil {
			j.doc, j.version, j.state = next, version, nil
			return nil
		}
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			return &UnconditionalError{Place: j.Location(), Err: err}
		case try == 1 && errors.Is(err, store.ErrRefused):
			return fmt.Errorf("journal: %w", err)
		}
		found, version, unread := j.settle(ctx)
		switch {
		case unread != nil && !errors.Is(unread, fs.ErrNotExist):
			return &UncertainError{Place: j.Location(), Err: fmt.Errorf("%w, and then %w", err, unread)}
		case unread == nil && found.Token == next.Token:
			j.doc, j.version, j.state = next, version, nil
			return nil
		case unread == nil && next.Status == statusOpen && j.isFinishedBy(found):
			// Its state went out, and nobody has made a commit since: so this load goes on.
			j.doc, j.version = found, version
		case found.Token != j.doc.Token: // one that was removed has none
			return &ChangedError{Place: j.Location(), found: found}
		case try >= tries || time.Since(begun) > trying || ctx.Err() != nil:
			// A request that got no answer may still be on its way. It is the same
			// each time, so that it makes no difference which one arrives.
			return &UncertainError{Place: j.Location(), Err: err}
		}
	}
}

// isFinishedBy reports whether found says no more than that the last commit is done, which
// this load has not said yet. Whoever did took it for crashed: another load that was started,
// or target-s3 state.
func (j *Journal) isFinishedBy(found document) bool {
	return j.IsOpen() && found.Status == statusDone && found.Commit == j.doc.Commit && bytes.Equal(found.State, j.doc.State) &&
		slices.EqualFunc(found.Objects, j.doc.Objects, func(a, b Object) bool { return a.Key == b.Key })
}

// settle reads the journal even if the load was given up in the meantime.
func (j *Journal) settle(ctx context.Context) (document, string, error) {
	if ctx.Err() == nil {
		return j.read(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settle)
	defer cancel()
	return j.read(ctx)
}
