// Package report puts what happens in a load into words: lines of the log, Singer
// metrics, the summary at the end. The engine says what happened, as a
// [target.Event], and nothing of how to put it; whoever wants to know is one more
// function of it.
package report
