package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"target-s3/target/store"
)

// Recover finishes an open commit: its objects are published, its state is released,
// and the journal says that it is done. It may be interrupted anywhere, done again,
// and done twice at the same time. Release is called with the pipeline's state, unless
// there is none.
//
// A *GoneError says that uploads are gone, so that it cannot be finished by anybody.
func (j *Journal) Recover(ctx context.Context, release func(state []byte) error) error {
	if !j.IsOpen() {
		return nil
	}
	if err := j.publishAll(ctx); err != nil {
		return err
	}
	if state := j.State(); state != nil {
		if err := release(state); err != nil {
			return err
		}
	}
	return j.Done(ctx)
}

// publishAll publishes the objects of the journal until one of them fails.
func (j *Journal) publishAll(ctx context.Context) error {
	objects := j.doc.Objects
	errs := make([]error, len(objects))
	published := make([]bool, len(objects))
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	free := make(chan struct{}, j.publish)
	for i, o := range objects {
		free <- struct{}{}
		if within.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-free }()
			if errs[i] = j.store.Resume(o.Receipt).Publish(within); errs[i] != nil {
				cancel()
			}
			published[i] = errs[i] == nil
		})
	}
	all.Wait()
	if gone := slices.IndexFunc(errs, isGone); gone >= 0 {
		return j.gone(ctx, published, errs[gone])
	}
	// The first that failed by itself: the others were cancelled for it.
	for _, err := range errs {
		switch {
		case errors.Is(err, fs.ErrExist):
			return fmt.Errorf("the commit in %s cannot be finished while another object has the key of one of its own: move that object to another key, and run again (%w)", j.Location(), err)
		case err != nil && !errors.Is(err, context.Canceled):
			return err
		}
	}
	return ctx.Err()
}

func isGone(err error) bool { return errors.Is(err, store.ErrGone) }

// gone finds out which objects are visible.
func (j *Journal) gone(ctx context.Context, published []bool, cause error) error {
	e := &GoneError{Place: j.Location(), Err: cause}
	for i, o := range j.doc.Objects {
		place := j.store.Location(o.Key)
		if !published[i] {
			err := j.store.Head(ctx, o.Key)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				e.Missing = append(e.Missing, place)
				continue
			case err != nil:
				return err
			}
		}
		e.Visible = append(e.Visible, place)
	}
	return e
}

// GiveUp returns the pipeline to the state before a commit that cannot be finished,
// and aborts what is left of it. It finishes one that can be finished, as Recover
// does, and refuses while objects of it are visible: their rows come again.
func (j *Journal) GiveUp(ctx context.Context, release func(state []byte) error) error {
	j.publish = 1 // the fewest objects are visible that way
	err := j.Recover(ctx, release)
	gone := (*GoneError)(nil)
	if !errors.As(err, &gone) || len(gone.Visible) > 0 {
		return err
	}
	// First of all nobody can finish it any more, whoever may be trying to.
	for _, o := range j.doc.Objects {
		if err := j.store.Resume(o.Receipt).Abort(ctx); err != nil {
			return err
		}
	}
	if err := j.gone(ctx, make([]bool, len(j.doc.Objects)), gone.Err); !errors.As(err, &gone) || len(gone.Visible) > 0 {
		return err
	}
	return j.replace(ctx, document{Commit: j.doc.Commit, Status: statusDone, State: j.doc.Previous})
}
