package target

import "time"

// clocks say when a checkpoint is due. They start with the first row after one, and
// stop with the next.
type clocks struct {
	wait     time.Duration // from the start until a STATE is a checkpoint; 0: every STATE is
	most     time.Duration // from the start until there is a checkpoint without one; 0: never
	patience time.Duration // see late
	off      bool          // there is no checkpoint before the end

	running           bool
	isDue             bool // the next STATE is a checkpoint
	waiting, mostTime *time.Timer
	lateTime          <-chan time.Time
}

func newClocks(wait, most, patience time.Duration, off bool) *clocks {
	c := &clocks{wait: wait, most: most, patience: patience, off: off, waiting: time.NewTimer(time.Hour), mostTime: time.NewTimer(time.Hour)}
	c.stop()
	return c
}

// start starts the clocks, unless they run already.
func (c *clocks) start() {
	if c.running || c.off {
		return
	}
	c.running, c.isDue = true, c.wait == 0
	if !c.isDue {
		c.waiting.Reset(c.wait)
	}
	if c.most > 0 {
		c.mostTime.Reset(c.most)
	}
}

// stop stops them until the next start.
func (c *clocks) stop() {
	c.running, c.isDue = false, false
	c.waiting.Stop()
	c.mostTime.Stop()
}

// due gives a value when isDue has to be set.
func (c *clocks) due() <-chan time.Time { return c.waiting.C }

// overdue gives a value when a checkpoint must do without a STATE.
func (c *clocks) overdue() <-chan time.Time { return c.mostTime.C }

// late gives a value when a load that is stopped has waited long enough for records
// that are being checked. Its clock starts at the first call, for all of them.
func (c *clocks) late() <-chan time.Time {
	if c.lateTime == nil {
		c.lateTime = time.After(c.patience)
	}
	return c.lateTime
}
