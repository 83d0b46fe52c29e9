package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"target-s3/singer/jsonscan"
)

// numbers reads the keywords of numbers.
func (b *modeler) numbers(m *model, s map[string]any, at *place) error {
	n := &numberModel{}
	if _, there := s["multipleOf"]; there {
		if err := b.multipleOf(n, s, at); err != nil {
			return err
		}
	}
	for _, k := range []struct {
		keyword, exclusive string
		lower              bool
	}{{"minimum", "exclusiveMinimum", true}, {"maximum", "exclusiveMaximum", false}} {
		inclusive := -1 // which of the bounds is the keyword's
		if _, there := s[k.keyword]; there {
			bound, err := b.bound(s, k.keyword, at)
			if err != nil {
				return err
			}
			bound.lower = k.lower
			inclusive = len(n.bounds)
			n.bounds = append(n.bounds, bound)
		}
		v, there := s[k.exclusive]
		if !there {
			continue
		}
		flag, isFlag := v.(bool)
		switch {
		case isFlag && b.draft >= draft6 && b.draft != draftHybrid, !isFlag && b.draft == draft4:
			return mustBe(at.member(k.exclusive), map[bool]string{true: "a number", false: "true or false"}[isFlag], v)
		case isFlag && inclusive < 0:
			return &Error{at.member(k.exclusive).String(), fmt.Errorf("must not be %v without %s", flag, k.keyword)}
		case isFlag:
			n.bounds[inclusive].exclusive = flag
		default:
			bound, err := b.bound(s, k.exclusive, at)
			if err != nil {
				return err
			}
			bound.lower, bound.exclusive = k.lower, true
			n.bounds = append(n.bounds, bound)
		}
	}
	if n.bounds != nil || n.of != nil {
		m.number = n
	}
	return nil
}

func (b *modeler) multipleOf(n *numberModel, s map[string]any, at *place) error {
	at = at.member("multipleOf")
	text, ok := s["multipleOf"].(json.Number)
	if !ok {
		return mustBe(at, "a number", s["multipleOf"])
	}
	if e, ok := exponentOf(text); !ok || e > jsonscan.MaxExponent || e < -jsonscan.MaxExponent || len(text) > jsonscan.MaxNumberBytes {
		return mustBe(at, fmt.Sprintf("a number with an exponent of at most %d and at most %d digits", jsonscan.MaxExponent, jsonscan.MaxNumberBytes), text)
	}
	n.ofSize = digitsOf(text)
	if err := b.spend(stepsOfNumber(n.ofSize), int64(n.ofSize), at); err != nil {
		return err
	}
	n.of, _ = new(big.Rat).SetString(string(text))
	if n.of == nil || n.of.Sign() <= 0 {
		return mustBe(at, "greater than 0", text)
	}
	return nil
}

// maxMagnitude is beyond all numbers that are judged, and its inverse within all
// of them but zero.
const maxMagnitude = jsonscan.MaxExponent + jsonscan.MaxNumberBytes + 3

// bound reads a bound. One beyond all numbers that are judged is replaced by one
// that is not so far out: that makes no difference but in time and memory.
func (b *modeler) bound(s map[string]any, keyword string, at *place) (bound numberBound, err error) {
	at = at.member(keyword)
	text, ok := s[keyword].(json.Number)
	if !ok {
		return bound, mustBe(at, "a number", s[keyword])
	}
	const most = 1_000_000 // the library's own limit
	e, ok := exponentOf(text)
	if !ok || e > most || e < -most {
		return bound, mustBe(at, fmt.Sprintf("a number with an exponent of at most %d", most), text)
	}
	switch at, zero := magnitude(string(text)); {
	case zero:
		text = "0"
	case at+e > maxMagnitude:
		text = json.Number(fmt.Sprintf("%s1e%d", sign(text), maxMagnitude))
	case at+e < -maxMagnitude:
		text = json.Number(fmt.Sprintf("%s1e-%d", sign(text), maxMagnitude))
	}
	if len(text) > jsonscan.MaxNumberBytes {
		return bound, mustBe(at, fmt.Sprintf("a number of at most %d digits", jsonscan.MaxNumberBytes), text)
	}
	s[keyword] = text
	bound.size = digitsOf(text)
	if err := b.spend(stepsOfNumber(bound.size), int64(bound.size), at); err != nil {
		return bound, err
	}
	bound.Rat, _ = new(big.Rat).SetString(string(text))
	return bound, nil
}

func sign(n json.Number) string {
	if n[0] == '-' {
		return "-"
	}
	return ""
}

// exponentOf reads what follows the e of a number, 0 if nothing does. It is not ok
// where an int has no room for it.
func exponentOf(n json.Number) (int, bool) {
	i := strings.IndexAny(string(n), "eE")
	if i < 0 {
		return 0, true
	}
	e, err := strconv.Atoi(string(n[i+1:]))
	return e, err == nil
}

// magnitude is the power of ten of a number's first digit that is not 0, without
// its exponent. Zero is a number that has none.
func magnitude(text string) (at int, zero bool) {
	text = strings.TrimPrefix(text, "-")
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		text = text[:i]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if first := strings.IndexFunc(whole, notZero); first >= 0 {
		return len(whole) - first - 1, false
	}
	if first := strings.IndexFunc(fraction, notZero); first >= 0 {
		return -first - 1, false
	}
	return 0, true
}

func notZero(r rune) bool { return r != '0' }

// digitsOf is how many digits a number has once its exponent is spelled out.
func digitsOf(n json.Number) int {
	e, _ := exponentOf(n)
	return len(n) + max(e, -e)
}

// stepsOfNumber is what it takes to read a number of that many digits.
func stepsOfNumber(digits int) int64 {
	return 40 + 4*int64(digits) + int64(digits)*int64(digits)/60_000
}
