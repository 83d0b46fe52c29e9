package target

import (
	"context"
	"errors"

	"target-s3/target/store"
)

// Journal makes each commit one step, so that a crash inside of it leaves no row
// twice: once it knows a commit, that commit is finished, by this load or by the next.
// With a journal records without a STATE are not committed by the clock, since a
// rerun would bring them again. It is called by one goroutine at a time.
type Journal interface {
	// Commit is called when all files of a checkpoint are staged and none is
	// published. When it returns nil they will be, and the state will be released. An
	// error says that there was no commit, unless it matches ErrUncertain: what is
	// staged is left as it is then. The state is nil where the checkpoint has none.
	Commit(ctx context.Context, files []Staged, state []byte) error

	// Released is called when the files of a checkpoint are published and its state,
	// if it has one, was written. It is also called, without a Commit before it, for
	// a state that had to wait for no file.
	Released(state []byte)
}

// ErrUncertain says of a Commit that it is not known whether it took place.
var ErrUncertain = errors.New("it is not known whether the commit took place")

// Staged is a file of a commit.
type Staged struct {
	Table   string
	Version int64
	Rows    int64
	Receipt store.Receipt
}
