package staging

import (
	"context"

	"target-s3/target/store"
)

// ShipParts uploads what is ready, in the background, as far as it makes parts.
func (f *File) ShipParts(ctx context.Context) {
	for f.whole() >= f.area.options.PartSize {
		f.ship(ctx, f.area.options.PartSize)
	}
}

// ShipAll ends the file, and uploads all that it has as its last part, in the
// background.
func (f *File) ShipAll(ctx context.Context) error {
	if err := f.end(ctx); err != nil {
		return err
	}
	if f.size > 0 {
		f.ship(ctx, f.size)
	}
	return nil
}

// whole is the size of ready without a buffer that is still being filled. Parts are
// made of the others alone: where one ends must not hang on when the blocks were
// collected, nor then the memory that is held.
func (f *File) whole() int64 {
	if n := len(f.ready); f.Encodes() && n > 0 && len(f.ready[n-1]) < cap(f.ready[n-1]) {
		return f.size - int64(len(f.ready[n-1]))
	}
	return f.size
}

// partMemory is what a part takes that waits to be sent, beside its bytes: most of it is
// the stack of a goroutine. Thousands of small files may wait.
const partMemory = 12 << 10

// ship uploads a part of at least so many bytes in the background.
func (f *File) ship(ctx context.Context, least int64) {
	part, buffers, held := f.takePart(least)
	held += partMemory
	a := f.area
	a.onTheWay.Add(held)
	f.parts.Go(func() {
		defer a.onTheWay.Add(-held)
		if err := a.request(ctx, func() error { return f.upload.Write(ctx, part) }); err != nil {
			f.mu.Lock()
			f.failed = err
			f.mu.Unlock()
			a.options.Failed(err)
			return
		}
		for _, b := range buffers {
			a.freeBuffer(b)
		}
	})
}

// HandOver ends appending, for a commit. The memory of the file is on its way now,
// and the file belongs to whoever stages it.
func (f *File) HandOver() {
	f.area.held -= f.held
	f.handed = true
	f.area.onTheWay.Add(f.held)
}

// complete ends the file, and waits for the parts that are on their way.
func (f *File) complete(ctx context.Context) error {
	if err := f.end(ctx); err != nil {
		return err
	}
	if f.area.isFull() { // many small files take more memory than their rows did
		if err := f.ShipAll(ctx); err != nil {
			return err
		}
	}
	f.parts.Wait()
	return f.stick(context.Cause(ctx))
}

// smallTail is a last part that takes an answer's time to send, whatever else is sent:
// a commit of many small files would wait for answers alone.
const smallTail = 1 << 20

// stage does all that is long and may fail. Afterwards only publishing is missing.
func (f *File) stage(ctx context.Context) error {
	if err := f.stick(context.Cause(ctx)); err != nil {
		return err
	}
	var tail store.Part
	if f.size > 0 {
		var held int64
		tail, f.tail, held = f.takePart(f.size)
		f.hold(int(held)) // until it is published
	}
	stage := func() error { return f.upload.Stage(ctx, tail) }
	if tail.Size <= smallTail {
		return f.stick(stage())
	}
	return f.stick(f.area.request(ctx, stage))
}

// publish makes the file visible, and lets go of its memory.
func (f *File) publish(ctx context.Context) error {
	if f.stick(context.Cause(ctx)) != nil || f.stick(f.upload.Publish(ctx)) != nil {
		return f.err
	}
	a := f.area
	a.Leave([]*File{f})
	f.hold(int(-f.held))
	for _, b := range f.tail {
		a.freeBuffer(b)
	}
	f.tail = nil
	return nil
}
