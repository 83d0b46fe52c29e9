package target

import (
	"context"
	"sync/atomic"

	"target-s3/target/staging"
)

// pipe is what chunks go through, from the reader to the workers and the appender.
type pipe struct {
	queue    chan *chunk   // for the appender, in input order; its capacity bounds the chunks on their way
	work     chan *chunk   // the same chunks, for whichever worker is free
	most     int64         // bytes of input on their way
	onTheWay staging.Gauge // these
	chunks   chunkPool
	progress progress

	complete atomic.Bool // all of the input is queued
	anything atomic.Bool // came from the input, but for white space
}

func newPipe(workers int, most int64) *pipe {
	p := &pipe{queue: make(chan *chunk, chunksOnTheWay(workers)-1), most: most}
	p.progress.asked = make(chan struct{}, 1)
	p.work = make(chan *chunk, cap(p.queue)+1) // so that sending to it never waits
	return p
}

// chunksOnTheWay is how many chunks there are with workers, or done: those that are
// queued for the appender, and the one that it has.
func chunksOnTheWay(workers int) int { return 2*workers + 2 }

// send queues the chunk, first for the appender and then for the workers, once
// there is memory for it.
func (p *pipe) send(ctx context.Context, stop <-chan struct{}, c *chunk) bool {
	if p.onTheWay.Await(ctx, p.most-c.size) != nil {
		return false
	}
	select {
	case <-stop: // what is not queued by now has not been read
		return false
	case <-ctx.Done(): // nobody takes it; the Read may have lasted longer than the load
		return false
	default:
	}
	p.onTheWay.Add(c.size)
	select {
	case p.queue <- c:
		p.work <- c // has room for every chunk that is queued
		return true
	case <-stop:
	case <-ctx.Done():
	}
	return false
}

// free gives back what a chunk took, but for its block.
func (p *pipe) free(c *chunk) {
	p.onTheWay.Add(-c.size)
	p.chunks.free(c)
}
