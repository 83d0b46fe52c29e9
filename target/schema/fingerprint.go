package schema

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"

	"target-s3/singer/jsonscan"
)

// maxFingerprinted bounds the memory for a fingerprint, which may be twelve times
// the text. Longer texts are compared as they are written.
const maxFingerprinted = 4 << 20

// Fingerprint identifies what a schema means: it is the same for all texts that
// differ in the order of members, in white space, in escapes, or in the order of
// what is a set, the names of "type" and "required". Numbers are compared as they
// are written. The text must have passed a jsonscan.Scanner.
//
// It takes one pass, and memory for the members of the objects that are open: the
// hash of a value is made of the hashes of what it holds.
func Fingerprint(text []byte) [sha256.Size]byte {
	var scan jsonscan.Scanner
	if _, err := scan.Value(text, 0); err != nil || scan.Unusual&jsonscan.TooDeep != 0 || len(text) > maxFingerprinted {
		return sha256.Sum256(text)
	}
	w := fingerprinter{src: text}
	sum, _ := w.value(jsonscan.SkipSpace(text, 0), meansSchema)
	return sum
}

// meaning is what a value's place in a schema says of it.
type meaning uint8

const (
	meansData   meaning = iota // of enum, const, default, examples
	meansSchema                // or a list of them
	meansNames                 // an object that has schemas by name
	meansSet                   // an array whose order says nothing
)

// meaningOf is what the member of a schema means.
func meaningOf(key []byte) meaning {
	switch name := string(key); {
	case slices.Contains(literal, name):
		return meansData
	case slices.Contains(named, name):
		return meansNames
	case name == "type" || name == "required":
		return meansSet
	}
	return meansSchema
}

type fingerprinter struct {
	src  []byte
	scan jsonscan.Scanner
}

type hashedMember struct {
	key []byte
	sum [sha256.Size]byte
}

// value hashes the value that begins at src[i] and returns the index after it.
func (w *fingerprinter) value(i int, m meaning) ([sha256.Size]byte, int) {
	switch w.src[i] {
	case '{':
		return w.object(i, m)
	case '[':
		return w.array(i, m)
	case '"':
		end, _ := w.scan.String(w.src, i)
		return sha256.Sum256(append([]byte{'"'}, jsonscan.Unquote(w.src[i+1:end-1])...)), end
	}
	end, _ := w.scan.Value(w.src, i)
	return sha256.Sum256(w.src[i:end]), end
}

func (w *fingerprinter) object(i int, m meaning) ([sha256.Size]byte, int) {
	var members []hashedMember
	i = jsonscan.SkipSpace(w.src, i+1)
	for w.src[i] == '"' {
		end, _ := w.scan.String(w.src, i)
		key, inner := jsonscan.Unquote(w.src[i+1:end-1]), meansSchema
		switch m {
		case meansData:
			inner = meansData
		case meansSchema:
			inner = meaningOf(key)
		case meansNames, meansSet:
		}
		i = jsonscan.SkipSpace(w.src, jsonscan.SkipSpace(w.src, end)+1)
		var sum [sha256.Size]byte
		sum, i = w.value(i, inner)
		members = append(members, hashedMember{key, sum})
		if i = jsonscan.SkipSpace(w.src, i); w.src[i] == ',' {
			i = jsonscan.SkipSpace(w.src, i+1)
		}
	}
	slices.SortStableFunc(members, func(a, b hashedMember) int { return bytes.Compare(a.key, b.key) })
	h := sha256.New()
	h.Write([]byte{'{'})
	for n, member := range members {
		if n+1 < len(members) && bytes.Equal(member.key, members[n+1].key) {
			continue // the last one counts
		}
		h.Write(binary.AppendUvarint(nil, uint64(len(member.key))))
		h.Write(member.key)
		h.Write(member.sum[:])
	}
	return [sha256.Size]byte(h.Sum(nil)), i + 1
}

func (w *fingerprinter) array(i int, m meaning) ([sha256.Size]byte, int) {
	var sums [][sha256.Size]byte // of a set
	h := sha256.New()
	h.Write([]byte{'['})
	i = jsonscan.SkipSpace(w.src, i+1)
	for w.src[i] != ']' {
		var sum [sha256.Size]byte
		if sum, i = w.value(i, m); m == meansSet {
			sums = append(sums, sum)
		} else {
			h.Write(sum[:])
		}
		if i = jsonscan.SkipSpace(w.src, i); w.src[i] == ',' {
			i = jsonscan.SkipSpace(w.src, i+1)
		}
	}
	slices.SortFunc(sums, func(a, b [sha256.Size]byte) int { return bytes.Compare(a[:], b[:]) })
	for _, sum := range sums {
		h.Write(sum[:])
	}
	return [sha256.Size]byte(h.Sum(nil)), i + 1
}
