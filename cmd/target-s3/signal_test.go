package main

import (
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestSignals sends signals, each so long after the one before.
func TestSignals(t *testing.T) {
	type sent struct {
		after  time.Duration
		signal syscall.Signal
	}
	const soon, later = sameSignal - 1, sameSignal
	for name, tt := range map[string]struct {
		sent []sent
		code int // that the process ended with; 0: it did not
	}{
		"one":             {[]sent{{later, syscall.SIGTERM}}, 0},
		"two":             {[]sent{{0, syscall.SIGTERM}, {later, syscall.SIGTERM}}, 1},
		"another":         {[]sent{{0, syscall.SIGHUP}, {later, syscall.SIGINT}}, 1},
		"of timeout":      {[]sent{{0, syscall.SIGTERM}, {soon, syscall.SIGTERM}}, 0},
		"and one more":    {[]sent{{0, syscall.SIGTERM}, {soon, syscall.SIGTERM}, {later, syscall.SIGTERM}}, 1},
		"of the shell":    {[]sent{{0, syscall.SIGHUP}, {later, syscall.SIGHUP}}, 0},
		"then hanging up": {[]sent{{0, syscall.SIGINT}, {later, syscall.SIGHUP}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				signals := make(chan os.Signal)
				code, calls := 0, 0
				ended := watchSignals(process{signals: signals, exit: func(c int) { code = c }}, func(syscall.Signal) { calls++ })
				for _, s := range tt.sent {
					time.Sleep(s.after)
					signals <- s.signal
				}
				if first := ended(); first != tt.sent[0].signal || calls != 1 || code != tt.code {
					t.Errorf("%v, %d calls, exit code %d", first, calls, code)
				}
			})
		})
	}
}

// TestSecondSignalWhileTheFirstIsTold has a log that nobody reads any more.
func TestSecondSignalWhileTheFirstIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals, exits, read := make(chan os.Signal), make(chan int, 1), make(chan struct{})
		ended := watchSignals(process{signals: signals, exit: func(c int) { exits <- c }}, func(syscall.Signal) { <-read })
		signals <- syscall.SIGTERM
		time.Sleep(sameSignal)
		signals <- syscall.SIGTERM
		if code := <-exits; code != exitFailed {
			t.Errorf("exit code %d", code)
		}
		close(read)
		if s := ended(); s != syscall.SIGTERM {
			t.Error(s)
		}
	})
}

func TestNoSignal(t *testing.T) {
	if s := watchSignals(process{}, nil)(); s != 0 {
		t.Error(s)
	}
}
