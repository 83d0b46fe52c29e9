// Package report puts what happens in a load into words: lines of the log, Singer
// metrics, the summary at the end. The engine says what happened, as a
// [target.Event], and nothing of how to put it; whoever wants to know is one more
// function of it.
//
// Stores are given the logger itself and word their retries: they are opened by
// other commands as well, where there is no load that a retry would be an event of.
package report
