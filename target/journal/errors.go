package journal

import (
	"errors"
	"fmt"
	"strings"

	"target-s3/singer/printable"
)

// ChangedError says that another load has replaced the journal. What this one wanted
// to commit is not committed, and cannot be any more.
type ChangedError struct {
	Place string
	found document // no token: there is none any more
}

func (e *ChangedError) Error() string {
	if e.found.Token == "" {
		return e.Place + " was removed while this load was running; nothing of this load was committed since its last state. Run again"
	}
	return e.Place + " was changed by another load while this one was running; nothing of this load was committed since its last state. " +
		"One load at a time can use a journal: wait for the other load to end, or give each pipeline its own exactly_once name (with --once, its own ID), and run again"
}

// UnreadableError says that what has a journal's name is none that this program can read.
type UnreadableError struct {
	Place string
	Err   error
}

func (e *UnreadableError) Error() string {
	if errors.Is(e.Err, errNewer) {
		return e.What() + ": " + e.Fix()
	}
	return e.What() + ". " + e.Fix()
}

// What is wrong with it.
func (e *UnreadableError) What() string {
	if errors.Is(e.Err, errNewer) {
		return e.Place + ": " + e.Err.Error()
	}
	return e.Place + " is not a journal of this program: " + printable.Line(e.Err.Error())
}

// Fix is what to do about it.
func (e *UnreadableError) Fix() string {
	if errors.Is(e.Err, errNewer) {
		return "use that version, and leave the journal as it is"
	}
	return "If it was changed by hand, correct it; if it is something else, move it away"
}

// Unwrap returns the reason.
func (e *UnreadableError) Unwrap() error { return e.Err }

// UncertainError says that a request got no answer, and that it could not be found
// out whether it was carried out.
type UncertainError struct {
	Place string
	Err   error
}

func (e *UncertainError) Error() string {
	return fmt.Sprintf("%v. It is not known whether %s was written. Run again: the next run finds out, and finishes the commit if there was one", e.Err, e.Place)
}

// Unwrap returns the answer to the request.
func (e *UncertainError) Unwrap() error { return e.Err }

// UnconditionalError says that the store does not hold to the condition on which a
// journal is replaced.
type UnconditionalError struct {
	Place string
	Err   error // that says so; nil: it replaced an object although the condition was not met
}

func (e *UnconditionalError) Error() string {
	what := e.Place + " was replaced although the condition of the request was not met"
	if e.Err != nil {
		what = e.Err.Error()
	}
	return what + ". A commit that is loaded exactly once needs conditional writes (If-Match, If-None-Match), which this service does not implement: " +
		"two loads could commit the same records. Remove exactly_once (or --once), or use another service"
}

// Unwrap returns what the store said.
func (e *UnconditionalError) Unwrap() error { return e.Err }

// GoneError says that a commit cannot be finished, because uploads that it names are
// no more.
type GoneError struct {
	Place   string
	Visible []string // objects of the commit that are visible, and that no state covers
	Missing []string // its other objects
	Err     error    // what the store says of the first whose upload is gone
}

func (e *GoneError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the commit in %s cannot be finished, because uploads are gone: %v. A lifecycle rule should wait for at least 7 days.\n", e.Place, e.Err)
	list(&b, "These objects of the commit are missing:", e.Missing)
	if len(e.Visible) > 0 {
		list(&b, "These are visible, and no state covers them. Remove them first, because their records will come again:", e.Visible)
	}
	b.WriteString("Then run target-s3 state --give-up with the same --config (for --once, remove the journal). It returns the pipeline to the state before this commit. " +
		"Nothing is lost: from that state the tap sends the same records again")
	return b.String()
}

// Unwrap returns what the store says of the first object that is missing.
func (e *GoneError) Unwrap() error { return e.Err }

// list writes at most a screen of keys.
func list(b *strings.Builder, title string, places []string) {
	const most = 50
	b.WriteString(title + "\n")
	for i, p := range places {
		if i == most {
			fmt.Fprintf(b, "  and %d more; the journal has the keys of all objects of the commit\n", len(places)-most)
			break
		}
		b.WriteString("  " + p + "\n")
	}
}
