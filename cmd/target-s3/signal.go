package main

import (
	"context"
	"syscall"
)

// untilSignal returns a context that ends at the first signal, with what cause
// makes of it. At the second the process ends. stop says which one came first, 0
// if none.
func untilSignal(ctx context.Context, p process, cause func(syscall.Signal) error) (_ context.Context, stop func() syscall.Signal) {
	ctx, cancel := context.WithCancelCause(ctx)
	over := make(chan struct{})
	result := make(chan syscall.Signal, 1)
	go func() {
		var first syscall.Signal
		defer func() { result <- first }()
		for {
			select {
			case s := <-p.signals:
				n := number(s)
				if first != 0 {
					p.exit(exitSignal + int(n))
				}
				first = n
				cancel(cause(n))
			case <-over:
				return
			}
		}
	}()
	return ctx, func() syscall.Signal {
		close(over)
		n := <-result
		cancel(nil)
		return n
	}
}
