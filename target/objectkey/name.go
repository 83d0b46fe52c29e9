package objectkey

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// RejectedTable is the folder of the records that cannot be loaded. No stream
// gets it.
const RejectedTable = "_sdc_rejected"

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

// TableName is the folder of a stream. It depends on the stream's name alone: a
// safe name stays as it is, any other is made safe and gets a dash and hashDigits
// of its own SHA-256, as a_b-c8687a08 for "a b". So does a name that looks like
// one of those, or the two would meet.
func TableName(name string) string {
	if isSafe(name) && name != RejectedTable && !looksHashed(name) {
		return name
	}
	return hashed(name, name)
}

// pathSeparator joins the names of nested properties.
const pathSeparator = "__"

// ArrayName is the folder, within that of its table, of the rows of an array
// that is found by following these property names. It is the names joined by
// pathSeparator where no other path gives the same text, as
// {"a__b":[]} and {"a":{"b":[]}} would; then that of nested properties has it.
func ArrayName(path []string) string {
	joined := strings.Join(path, pathSeparator)
	if slices.Equal(strings.Split(joined, pathSeparator), path) {
		return TableName(joined)
	}
	return hashed(joined, fmt.Sprintf("%q", path))
}

// hashDigits is how many hexadecimal digits tell names apart that are the same
// otherwise.
const hashDigits = 8

const hexDigits = "0123456789abcdef"

func hashed(name, identity string) string {
	safe := SafeName(name)
	if safe == "" {
		safe = "_"
	}
	sum := sha256.Sum256([]byte(identity))
	digits := hex.EncodeToString(sum[:])
	// Not digits alone: those are dates, and a table called events-20261231 is to
	// keep its name.
	for len(digits) > hashDigits && !hasLetter(digits[:hashDigits]) {
		digits = digits[1:]
	}
	return safe + "-" + digits[:hashDigits]
}

func looksHashed(name string) bool {
	at := len(name) - hashDigits
	return at > 0 && name[at-1] == '-' && strings.Trim(name[at:], hexDigits) == "" && hasLetter(name[at:])
}

func hasLetter(digits string) bool { return strings.ContainsAny(digits, "abcdef") }
