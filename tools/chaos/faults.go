package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// fault is what a request meets that is not a crash.
type fault string

// answers are those of a service that has not done what it was asked for.
var answers = map[fault]struct {
	status int
	code   string
}{
	"400": {400, "RequestTimeout"},
	"403": {403, "AccessDenied"},
	"404": {404, "NoSuchUpload"},
	"409": {409, "ConditionalRequestConflict"},
	"412": {412, "PreconditionFailed"},
	"429": {429, "TooManyRequests"},
	"500": {500, "InternalError"},
	"503": {503, "SlowDown"},

	"200 with an error": {200, "InternalError"},
}

// The faults that are none of these.
const (
	cutBefore  fault = "cut before"
	cutAfter   fault = "cut after"    // the server has done it
	cutAnswer  fault = "cut answer"   // in the middle
	errorAfter fault = "500 after"    // the server has done it
	emptyOK    fault = "200, nothing" // of a server that says yes to everything
	replayed   fault = "replayed"     // it arrives a second time

	// The server is killed and starts again.
	downBefore fault = "server killed before"
	downWithin fault = "server killed within"
	downAfter  fault = "server killed after"
)

var faults = append([]fault{cutBefore, cutAfter, cutAnswer, errorAfter, emptyOK, replayed, downBefore, downWithin, downAfter}, sortedKeys(answers)...)

// answer writes the answer of a fault that keeps the request from the server, and
// reports whether it is one.
func (f fault) answer(w http.ResponseWriter) bool {
	switch a, ok := answers[f]; {
	case ok:
		writeError(w, a.status, a.code)
	case f == cutBefore:
		panic(http.ErrAbortHandler)
	case f == emptyOK:
		w.WriteHeader(http.StatusOK)
	default:
		return false
	}
	return true
}

func writeError(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>chaos</Message></Error>`, code)
}

// spoil writes another answer than that of the server, which has done what it was
// asked for, and reports whether it did.
func (f fault) spoil(w http.ResponseWriter, a reply) bool {
	switch f {
	case cutAfter:
		panic(http.ErrAbortHandler)
	case errorAfter:
		writeError(w, http.StatusInternalServerError, "InternalError")
		return true
	case cutAnswer:
		for name, values := range a.header {
			if !strings.EqualFold(name, "Content-Length") {
				w.Header()[name] = values
			}
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(a.text)+10))
		_, _ = w.Write(a.text[:len(a.text)/2])
		panic(http.ErrAbortHandler)
	}
	return false
}
