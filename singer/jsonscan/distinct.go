package jsonscan

import (
	"bytes"
	"encoding/json"
	"hash/maphash"
	"unicode/utf8"
)

// Distinct removes repeated members from objects. The zero value is ready; it must not
// be used by two goroutines.
type Distinct struct {
	dst, src []byte
	scan     Scanner
	repeated bool
	members  []member // of all objects that are open
	table    []int32  // numbers of members of one object and 1, by the hash of the key
	seed     maphash.Seed
}

// member is where a member begins in dst.
type member struct {
	start int
	key   []byte // decoded
}

// Append appends the value with every object's repeated members removed, and reports
// whether there were any: of each key the last value stays, as decoders see it. White
// space between tokens goes. The value must have passed Scanner.Value and nest at most
// MaxDepth levels.
func (d *Distinct) Append(dst, value []byte) (text []byte, repeated bool) {
	d.dst, d.src, d.repeated, d.members = dst, value, false, d.members[:0]
	d.value(SkipSpace(value, 0))
	text = d.dst
	d.dst, d.src = nil, nil
	return text, d.repeated
}

// value copies the value that begins at src[i] and returns its end.
func (d *Distinct) value(i int) (end int) {
	switch d.src[i] {
	case '{':
		return d.object(i)
	case '[':
		return d.array(i)
	case '"':
		end, _ = d.scan.String(d.src, i)
	default:
		for end = i; end < len(d.src) && !endsScalar[d.src[end]]; {
			end++
		}
	}
	d.dst = append(d.dst, d.src[i:end]...)
	return end
}

// endsScalar are what may follow a number or a word.
var endsScalar = [256]bool{',': true, '}': true, ']': true, ' ': true, '\t': true, '\r': true, '\n': true}

func (d *Distinct) array(i int) int {
	d.dst = append(d.dst, '[')
	i = SkipSpace(d.src, i+1)
	for d.src[i] != ']' {
		i = SkipSpace(d.src, d.value(i))
		if d.src[i] == ',' {
			d.dst = append(d.dst, ',')
			i = SkipSpace(d.src, i+1)
		}
	}
	d.dst = append(d.dst, ']')
	return i + 1
}

func (d *Distinct) object(i int) int {
	outer := len(d.members)
	d.dst = append(d.dst, '{')
	i = SkipSpace(d.src, i+1)
	for d.src[i] == '"' {
		end, escaped, _ := d.scan.Text(d.src, i)
		key := d.src[i+1 : end-1]
		if escaped || !utf8.Valid(key) {
			key = decodedKey(key)
		}
		d.members = append(d.members, member{len(d.dst), key})
		d.dst = append(append(d.dst, d.src[i:end]...), ':')
		i = SkipSpace(d.src, SkipSpace(d.src, end)+1)
		i = SkipSpace(d.src, d.value(i))
		d.dst = append(d.dst, ',') // after every member: the last one becomes the brace
		if d.src[i] == ',' {
			i = SkipSpace(d.src, i+1)
		}
	}
	if len(d.members) > outer {
		d.keepLast(d.members[outer:])
		d.dst = d.dst[:len(d.dst)-1]
	}
	d.members = d.members[:outer]
	d.dst = append(d.dst, '}')
	return i + 1
}

// keepLast removes the members whose key comes again, the last of which ends dst.
func (d *Distinct) keepLast(members []member) {
	if !d.markRepeated(members) {
		return
	}
	d.repeated = true
	to := members[0].start
	for n := range members {
		end := len(d.dst)
		if n+1 < len(members) {
			end = members[n+1].start
		}
		if members[n].key != nil {
			to += copy(d.dst[to:], d.dst[members[n].start:end])
		}
	}
	d.dst = d.dst[:to]
}

// markRepeated takes the key from each member whose key comes again.
func (d *Distinct) markRepeated(members []member) (found bool) {
	size := 4
	for size < 2*len(members) {
		size *= 2
	}
	if len(d.table) < size {
		d.table, d.seed = make([]int32, size), maphash.MakeSeed()
	}
	table := d.table[:size]
	clear(table)
	for n := len(members) - 1; n >= 0; n-- {
		key := members[n].key
		at := int(maphash.Bytes(d.seed, key)) & (size - 1)
		for table[at] != 0 && !bytes.Equal(members[table[at]-1].key, key) {
			at = (at + 1) & (size - 1)
		}
		if table[at] == 0 {
			table[at] = int32(n + 1)
		} else {
			members[n].key, found = nil, true
		}
	}
	return found
}

// decodedKey is the key as encoding/json decodes it, so that two keys count as
// one here exactly when they do in the validator.
func decodedKey(key []byte) []byte {
	var s string
	if json.Unmarshal(append(append([]byte{'"'}, key...), '"'), &s) != nil {
		return key
	}
	return append([]byte{}, s...)
}
