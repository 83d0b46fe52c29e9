package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"target-s3/singer"
	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/journal"
	"target-s3/target/objectkey"
	"target-s3/target/store"
)

// finishedError says that there was no load, because a commit of another one was
// finished: the tap began from the state before that.
type finishedError struct{}

func (*finishedError) Error() string {
	return "a load that crashed inside a commit was finished, and its state was written. No record was read: the tap began from an older state. Run again"
}

// readJournal reads the journal of the pipeline, or that of an input that is loaded
// as a whole. It is nil where commits have none.
func readJournal(ctx context.Context, bucket store.Store, c config.Config, once string) (*journal.Journal, error) {
	switch {
	case once != "":
		return journal.Read(ctx, bucket, journal.OnceKey(c.S3KeyPrefix, once), once)
	case c.ExactlyOnce != "":
		return journal.Read(ctx, bucket, journal.Key(c.S3KeyPrefix, c.ExactlyOnce), c.ExactlyOnce)
	}
	return nil, nil
}

// finish finishes the commit of a load that crashed inside of it.
func finish(ctx context.Context, j *journal.Journal, states io.Writer, log *slog.Logger) error {
	log.Warn("a load crashed inside a commit: finishing it", "journal", j.Location(), "objects", len(j.Objects()))
	out := singer.NewStateWriter(states)
	return j.Recover(ctx, func(state []byte) error {
		if err := out.Write(state); err != nil {
			return fmt.Errorf("%w; the journal keeps it, and nothing comes twice: run again", err)
		}
		return nil
	})
}

// openJournal makes the journal of a load ready for commits; it is nil where they
// have none. A commit that is open is finished first, which is an error, but with
// --once that is all there is to do. Then it returns done, as for an input that is
// loaded already.
func openJournal(ctx context.Context, bucket store.Store, c config.Config, once string, states io.Writer, log *slog.Logger) (_ *journaled, done bool, err error) {
	j, err := readJournal(ctx, bucket, c, once)
	if err != nil || j == nil {
		return nil, false, err
	}
	switch {
	case j.IsOpen():
		err = finish(ctx, j, states, log)
		if err == nil && once == "" {
			err = &finishedError{}
		}
		return &journaled{journal: j}, true, err
	case once != "" && j.Commits() > 0:
		log.Info("this input is loaded already, and is skipped", "journal", j.Location(), "objects", len(j.Objects()))
		if j.State() != nil { // whoever runs a task again wants what it gave
			err = singer.NewStateWriter(states).Write(j.State())
		}
		return &journaled{journal: j}, true, err
	}
	return &journaled{journal: j}, false, j.Begin(ctx)
}

// skip reads the input to its end: a tap that nobody listens to would fail.
func skip(ctx context.Context, input io.Reader) error {
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, input)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("the input, which is loaded already: %w", err)
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// tooManyRejected is how the load ended, or would have, that made the one commit of an input
// which is loaded as a whole: whoever runs it again is told the same.
func tooManyRejected(j *journal.Journal, c config.Config) error {
	if c.MaxRejectedRecords == nil {
		return nil
	}
	var rejected int64
	for _, o := range j.Objects() {
		if o.Table == objectkey.RejectedTable {
			rejected += o.Rows
		}
	}
	if rejected > *c.MaxRejectedRecords {
		return &target.TooManyRejected{Rejected: rejected, Allowed: *c.MaxRejectedRecords}
	}
	return nil
}

var errNoPipeline = errors.New("target-s3 state needs the setting exactly_once: it names the pipeline whose state is in the bucket")

// journaled is the journal as the engine knows it.
type journaled struct {
	journal *journal.Journal
	pending bool // a commit whose state is not out
}

// Commit implements target.Journal.
func (c *journaled) Commit(ctx context.Context, files []target.Staged, state []byte) error {
	objects := make([]journal.Object, len(files))
	for i, f := range files {
		objects[i] = journal.Object{Table: f.Table, Version: f.Version, Rows: f.Rows, Receipt: f.Receipt}
	}
	c.pending = true
	err := c.journal.Commit(ctx, objects, state)
	if uncertain := (*journal.UncertainError)(nil); errors.As(err, &uncertain) {
		return uncertainError{err}
	}
	return err
}

// uncertainError tells the engine, and has no word more for the user.
type uncertainError struct{ error }

func (e uncertainError) Unwrap() []error { return []error{e.error, target.ErrUncertain} }

// Released implements target.Journal.
func (c *journaled) Released(state []byte) {
	c.pending = false
	c.journal.Released(state)
}

// end says in the journal that the last commit is finished, if it is. Where that
// cannot be said the next run finds out.
func (c *journaled) end(ctx context.Context, log *slog.Logger) {
	if c.pending {
		return
	}
	if err := c.journal.Done(ctx); err != nil {
		log.Warn("the last commit is complete, but the journal does not say so: the next run finishes it once more, and ends with exit code 75", "error", err)
	}
}
