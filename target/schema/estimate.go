package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// estimate is what it will cost if the library judges a value. The library
// cannot be interrupted, so that it is asked only once this is known. The walk
// follows each way that the library goes, as often as it goes it, and ends where
// there is too much of it.
//
// It also counts the errors that the library will find. Each takes it some
// microseconds and a kilobyte, and it goes on to the last one. Those that are not
// sure also count: where there are none the library finds the value valid.
type estimate struct {
	steps, maxSteps int64
	bytes, maxBytes int64
	errors          int // that there may be
	certain         int // of these, those that there will be
	cannot          string
	depth           int
}

// Steps take about 10 ns. A record, or a schema, of some bytes may take a number of
// steps that grows with them: far more than any takes that is meant as such. One
// that has 10,000 columns, which the library compares each with each, takes 400 a
// byte.
const (
	freeSteps    = 1_000_000
	stepsPerByte = 500
)

func stepsFor(size int) int64 { return freeSteps + stepsPerByte*int64(size) }

const (
	stepsOfVisit   = 25
	stepsOfSchema  = 10 // each of several for the same value
	stepsOfText    = 20
	stepsOfName    = 15 // of looking up one
	stepsOfError   = 400
	stepsOfLiteral = 50
	bytesOfError   = 1_300
	bytesOfLiteral = 150
)

// maxLevelsJudged bounds the stack that the library takes, at a kilobyte a level:
// schemas within one another count at each level of the record.
const maxLevelsJudged = 20_000

// refusal is why the library is not to be asked, or nil.
func (w *estimate) refusal() error {
	const many = 1000
	switch {
	case w.cannot != "":
		return &Invalid{Reason: w.cannot}
	case w.bytes > w.maxBytes && w.certain > many:
		return &Invalid{fmt.Sprintf("it contradicts its schema in more than %d places", many), true}
	case w.bytes > w.maxBytes:
		return &Invalid{fmt.Sprintf("checking it against its schema would take more than the %d bytes of memory available", w.maxBytes), true}
	case w.steps > w.maxSteps:
		return &Invalid{Reason: fmt.Sprintf("checking it against its schema would take too long: more than the %d steps that a record of its size may take", w.maxSteps)}
	}
	return nil
}

func (w *estimate) over() bool {
	return w.steps > w.maxSteps || w.bytes > w.maxBytes || w.cannot != ""
}

// fail counts an error at a place whose name has so many bytes, and that quotes
// so many more.
func (w *estimate) fail(path, quoted int, certain bool) {
	w.errors++
	if certain {
		w.certain++
	}
	w.steps += int64(stepsOfError + w.depth + (path+quoted)/8)
	w.bytes += int64(bytesOfError + 5*path + 3*quoted)
}

// visit follows the judgement of a value by a schema.
func (w *estimate) visit(m *model, v any, path int) {
	w.steps += stepsOfVisit
	if w.over() {
		return
	}
	outside := w.depth
	defer func() { w.depth = outside }()
	for w.depth++; m.ref != nil; w.depth++ {
		m = m.ref
		w.steps += stepsOfSchema
		if w.depth > maxLevelsJudged {
			break
		}
	}
	if w.depth > maxLevelsJudged {
		w.cannot = fmt.Sprintf("it and its schema together nest deeper than %d levels", maxLevelsJudged)
		return
	}
	if m.never {
		w.fail(path, 0, true)
		return
	}
	k := w.kindOf(v)
	if m.typed && m.types&k == 0 {
		w.fail(path, 0, true)
		return
	}
	if m.combine != nil {
		w.combined(m.combine, v, path)
	}
	w.dependent(m.object, v, path)
	switch v := v.(type) {
	case []any:
		if m.array != nil {
			w.array(m.array, v, path)
		}
	case map[string]any:
		if m.object != nil {
			w.object(m.object, v, path)
		}
	case string:
		w.steps += stepsOfText
		if m.text != nil {
			w.text(m.text, v, path)
		}
	case json.Number:
		w.number(m, v, path)
	}
	if m.values != nil && !w.over() {
		w.literals(m.values, v, path)
	}
}

// kindOf is the one kind of a value. Numbers are looked at as the library does.
func (w *estimate) kindOf(v any) kind {
	switch v := v.(type) {
	case nil:
		return kindNull
	case bool:
		return kindBool
	case string:
		return kindString
	case []any:
		return kindArray
	case map[string]any:
		return kindObject
	case json.Number:
		w.steps += stepsOfNumber(digitsOf(v))
		if !strings.ContainsAny(string(v), ".eE") {
			return kindInteger
		}
		if r, ok := new(big.Rat).SetString(string(v)); !w.over() && ok && r.IsInt() {
			return kindInteger
		}
		return kindFraction
	}
	return 0
}
