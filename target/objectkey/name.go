package objectkey

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// SafeName makes a name fit for a key: characters other than A-Z a-z 0-9 _ - .
// become _, and so do the dots of a name of nothing but dots. The empty name
// stays empty; whoever calls refuses it.
func SafeName(name string) string {
	if strings.Trim(name, ".") == "" {
		return strings.Repeat("_", len(name))
	}
	return strings.Map(func(r rune) rune {
		if isNameCharacter(r) {
			return r
		}
		return '_'
	}, name)
}

func isNameCharacter(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
		r == '_' || r == '-' || r == '.'
}

func isSafe(name string) bool { return name != "" && SafeName(name) == name }

// Names gives each of a set of names a safe name of its own. It is for one
// goroutine at a time.
//
// A name gets what SafeName makes of it. Only if that has been given to another
// name, _ and 8 hexadecimal digits of the name's own SHA-256 are added: so the
// outcome depends on which of the two came first, and otherwise on nothing else
// that happened in the run. What a name got once it keeps, because objects may
// be in the bucket under it already.
type Names struct {
	given map[string]string // safe name by name
	taken map[string]bool   // the safe names that are given or reserved
}

// NewNames returns an empty set. The reserved safe names will be given to none,
// not even to a name that is the same.
func NewNames(reserved ...string) *Names {
	n := &Names{given: map[string]string{}, taken: map[string]bool{}}
	for _, r := range reserved {
		n.taken[r] = true
	}
	return n
}

// Safe returns the safe name of a name, always the same.
func (n *Names) Safe(name string) string {
	if safe, ok := n.given[name]; ok {
		return safe
	}
	safe := SafeName(name)
	for attempt := 0; n.taken[safe]; attempt++ {
		safe = SafeName(name) + "_" + digits(name, attempt)
	}
	n.given[name], n.taken[safe] = safe, true
	return safe
}

// digits are different for each attempt: somebody may have a table that is
// called like the first.
func digits(name string, attempt int) string {
	if attempt > 0 {
		name += "\x00" + strconv.Itoa(attempt)
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:4])
}
