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
	members  []int   // of all objects that are open: where each begins in dst
	table    []int32 // numbers of members of one object and 1, by the hash of the key
	seed     maphash.Seed
}

// fewMembers is how many an object has before those that are repeated are removed
// while it is read: it may be one key, millions of times.
const fewMembers = 4 << 10

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
	outer, most := len(d.members), fewMembers
	d.dst = append(d.dst, '{')
	i = SkipSpace(d.src, i+1)
	for d.src[i] == '"' {
		end, _, _ := d.scan.Text(d.src, i)
		d.members = append(d.members, len(d.dst))
		d.dst = append(append(d.dst, d.src[i:end]...), ':')
		i = SkipSpace(d.src, SkipSpace(d.src, end)+1)
		i = SkipSpace(d.src, d.value(i))
		d.dst = append(d.dst, ',') // after every member: the last one becomes the brace
		if d.src[i] == ',' {
			i = SkipSpace(d.src, i+1)
		}
		if len(d.members)-outer >= most {
			d.keepLast(outer)
			most = max(fewMembers, 2*(len(d.members)-outer))
		}
	}
	if len(d.members) > outer {
		d.keepLast(outer)
		d.dst = d.dst[:len(d.dst)-1]
	}
	d.members = d.members[:outer]
	d.dst = append(d.dst, '}')
	return i + 1
}

// keepLast removes the members from that one on whose key comes again. The last of them
// ends dst.
func (d *Distinct) keepLast(outer int) {
	members := d.members[outer:]
	if !d.markRepeated(members) {
		return
	}
	d.repeated = true
	kept, to := 0, max(members[0], ^members[0])
	for n, start := range members {
		if start < 0 {
			continue
		}
		end := len(d.dst)
		if n+1 < len(members) {
			end = max(members[n+1], ^members[n+1])
		}
		members[kept] = to
		kept++
		to += copy(d.dst[to:], d.dst[start:end])
	}
	d.members, d.dst = d.members[:outer+kept], d.dst[:to]
}

// markRepeated makes the complement of where a member begins of each whose key comes
// again.
func (d *Distinct) markRepeated(members []int) (found bool) {
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
		key := d.key(members[n])
		at := int(maphash.Bytes(d.seed, key)) & (size - 1)
		for table[at] != 0 && !bytes.Equal(d.key(members[table[at]-1]), key) {
			at = (at + 1) & (size - 1)
		}
		if table[at] == 0 {
			table[at] = int32(n + 1)
		} else {
			members[n], found = ^members[n], true
		}
	}
	return found
}

// key is that of the member that begins there in dst.
func (d *Distinct) key(start int) []byte {
	end, escaped, _ := d.scan.Text(d.dst, start)
	key := d.dst[start+1 : end-1]
	if escaped || !utf8.Valid(key) {
		return decodedKey(key)
	}
	return key
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
