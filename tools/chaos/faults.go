package main

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"target-s3/target/storetest/faults"
)

// fault is what a request, or a step in a folder, meets that is not a crash.
type fault string

// The faults of a request that are not in package faults, since they need more than the
// request and its answer.
const (
	cutWithin fault = "cut within" // the server gets the first half of it

	// The server is killed and starts again. The process has no answer.
	downBefore fault = "server killed before"
	downWithin fault = "server killed within"
	downAfter  fault = "server killed after"
)

// requestFaults are all that a request can meet.
var requestFaults = append([]fault{cutWithin, downBefore, downWithin, downAfter}, kindsOf((&faults.Lab{}).Kinds())...)

func kindsOf(kinds map[string]faults.Fault) (names []fault) {
	for _, name := range sortedKeys(kinds) {
		names = append(names, fault(name))
	}
	return names
}

// lasting are the faults that strike every request from one on: the network, the server
// or the rights are gone.
var lasting = []fault{"reset before", "half-open", "503", "403"}

// isDown says of a fault that it takes the server down, which loses what it was about.
func (f fault) isDown() bool { return strings.HasPrefix(string(f), "server killed") }

// scope is which requests, or steps, meet a fault.
type scope int

const (
	once       scope = iota
	twice            // this one and the next of its kind
	always           // this one, and all of its kind that follow
	everything       // this one, and all that follow
	ofTable          // whatever writes the file of one table
)

func (s scope) String() string {
	return []string{"once", "twice", "always", "everything from then on", "one table"}[s]
}

// stricken is the table that a fault of one table strikes.
const stricken = "orders"

// writesTable reports whether a request, or a step, is for the file of the table.
func writesTable(r *http.Request) bool {
	return (r.Method == http.MethodPut || r.Method == http.MethodPost) && strings.Contains(r.URL.Path, "/"+stricken+"/")
}

// mayLeave reports whether an upload may be left to target-s3 sweep, by a process that
// has met a fault at an operation and was not killed.
func (k kill) mayLeave(operation string) bool {
	switch {
	case k.fault.isDown(), k.scope == everything:
		return true
	case strings.HasSuffix(operation, "abort upload"):
		return k.scope != once || k.fault == "403" || k.fault == "404" // a denial is not a failure, nor is it to be gone
	case strings.HasSuffix(operation, "create upload"):
		return strings.HasPrefix(string(k.fault), "replayed") // nobody knows of the second one
	case strings.HasSuffix(operation, "write journal"):
		return k.scope == always // it is not known whether there was a commit
	}
	return false
}

// errHalf ends a request in its middle.
var errHalf = errors.New("cut within")

// half reads half of a body, and what it reads ends in an error.
func half(r *http.Request) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(io.LimitReader(r.Body, r.ContentLength/2), failing{}), r.Body}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errHalf }
