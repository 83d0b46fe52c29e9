package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"target-s3/target/connect/setup/page"
)

// setupOnPage shows the form as a page on this machine until it is saved, and
// returns where. The first signal ends it without saving, the second one at once.
// The error of a signal has been told.
func setupOnPage(ctx context.Context, p process, o page.Options) (saved string, err error) {
	ctx, stop := untilSignal(ctx, p, func(s syscall.Signal) error { return &signalError{signal: s} })
	defer stop()
	o.Announce = func(url string) {
		fmt.Fprintf(p.stderr, "Open this address in a browser on this machine:\n\n  %s\n\nIt works once. Ctrl-C ends without saving.\n", url)
	}
	saved, err = page.Serve(ctx, o)
	var closed *signalError
	switch {
	case errors.As(err, &closed):
		fmt.Fprintf(p.stderr, "target-s3: ended by signal %d (%v); nothing was saved\n", int(closed.signal), closed.signal)
		return "", &reportedError{err}
	case err != nil:
		return "", fmt.Errorf("setup: %w", err)
	}
	return saved, nil
}
