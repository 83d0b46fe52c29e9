package staging

import (
	"context"
	"slices"
	"sync"

	"target-s3/target/compress"
)

// job is a block, or a row group, to be compressed by whichever worker is free.
type job struct {
	area          *Area
	codec         compress.Codec
	first         bool   // of its file
	before, block []byte // nil once they are compressed
	size, taken   int    // of the block, and its memory
	out           *[]byte
	group         *groupJob // nil: a block
	done          chan struct{}
}

// jobSize is the memory of a job beside its block: window and result. It is held
// until the result is collected, since what is held must not depend on when the
// job was done.
const jobSize = windowSize + bufferSize

// Compress works on what files leave to it until ctx ends.
func (a *Area) Compress(ctx context.Context) {
	for {
		select {
		case j := <-a.jobs:
			j.run()
			close(j.done)
		case <-ctx.Done():
			return
		}
	}
}

func (a *Area) submit(ctx context.Context, j *job) error {
	select {
	case a.jobs <- j:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (j *job) run() {
	if j.group != nil {
		j.group.run(j.area)
		return
	}
	out := j.area.newBuffer()
	if j.first {
		out = j.codec.Begin(out)
	}
	out = j.codec.Block(out, j.before, j.block)
	// The result waits until the file has its next block. What it was made of, and
	// with, is of use to others until then.
	j.out = j.area.results.get(len(out))
	*j.out = append(*j.out, out...)
	j.area.freeBuffer(out)
	j.area.freeBuffer(j.block)
	if cap(j.before) == windowSize {
		j.area.windows.Put((*[windowSize]byte)(j.before[:windowSize]))
	}
	j.before, j.block = nil, nil
}

// collect takes over what is compressed, all of it if it is to wait.
func (f *File) collect(ctx context.Context, wait bool) error {
	for len(f.pending) > 0 {
		if done, err := f.collectFirst(ctx, wait); !done || err != nil {
			return err
		}
	}
	return nil
}

// collectFirst takes over the first of what is pending, once it is done if it is to
// wait.
func (f *File) collectFirst(ctx context.Context, wait bool) (done bool, err error) {
	j := f.pending[0]
	select {
	case <-j.done:
	default:
		if !wait {
			return false, nil
		}
		select {
		case <-j.done:
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
	f.pending = slices.Delete(f.pending, 0, 1)
	if j.group != nil {
		return true, f.collectGroup(j.group)
	}
	f.put(*j.out)
	f.area.results.free(j.out)
	f.hold(-j.taken - jobSize)
	return true, nil
}

// results are the pools of buffers for what blocks become, by size: as many wait as there
// are files, so none is much larger than what is in it.
type results [bufferSize/resultStep + 1]sync.Pool

const resultStep = 16 << 10

// get returns an empty buffer for n bytes.
func (r *results) get(n int) *[]byte {
	step := (n + resultStep - 1) / resultStep
	if step < len(r) {
		if b, ok := r[step].Get().(*[]byte); ok {
			return b
		}
	}
	b := make([]byte, 0, step*resultStep)
	return &b
}

func (r *results) free(b *[]byte) {
	if step := cap(*b) / resultStep; step < len(r) { // the others are of a long row
		*b = (*b)[:0]
		r[step].Put(b)
	}
}
