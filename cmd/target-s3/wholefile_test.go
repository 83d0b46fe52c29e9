package main

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhileBusy(t *testing.T) {
	busy, broken := errors.New("busy"), errors.New("broken")
	for name, test := range map[string]struct {
		answers []error // the last one is given for ever
		want    error
		tries   int
	}{
		"at once":     {[]error{nil}, nil, 1},
		"later":       {[]error{busy, busy, busy, nil}, nil, 4},
		"other error": {[]error{busy, broken}, broken, 2},
		"for ever":    {[]error{busy}, busy, 14},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began, tries := time.Now(), 0
				err := whileBusy(func(err error) bool { return errors.Is(err, busy) }, func() error {
					tries++
					return test.answers[min(tries, len(test.answers))-1]
				})
				if !errors.Is(err, test.want) || tries != test.tries || time.Since(began) > 10*time.Second {
					t.Errorf("%v after %d tries and %v", err, tries, time.Since(began))
				}
			})
		})
	}
}
