package parquet

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"math/bits"
)

// dictionary numbers distinct values in the order in which they come.
type dictionary struct {
	width  int  // of a value in bytes; 0: it is a text's own
	texts  bool // values are bytes, not numbers
	seed   maphash.Seed
	secret uint64 // for the hash of numbers, or input could be made to collide
	slots  []uint64
	size   int
	last   uint32 // place of the value that came last
	looked int    // how many values were looked up
	judged int    // when so many were, it is asked whether this pays
	due    int    // or when the values are so large
	plain  int    // how large they would be without a dictionary
	most   int    // how large the distinct ones may be
	// data are the values, encoded plainly. starts is where each begins, of those
	// that are not numbers.
	data    []byte
	starts  []uint32
	numbers []uint64
}

const (
	leastSlots = 64
	// A slot is empty, or has a value's place and one, and above it a part of its hash.
	slotTag = math.MaxUint32 << 32
)

// begin begins a column, in the memory that the last one had.
func (d *dictionary) begin(l *leaf, s sizes) {
	slots := d.slots // none before there is a value: of many columns most may have none
	clear(slots)
	*d = dictionary{
		width: l.width, texts: l.kind.isBytes(), most: s.dictionary, judged: s.judged, due: s.dictionary / 32,
		seed: maphash.MakeSeed(), slots: slots, data: d.data[:0], starts: d.starts[:0], numbers: d.numbers[:0],
	}
	d.secret = maphash.Comparable(d.seed, l.width)
}

// start sees to it that there are slots.
func (d *dictionary) start() {
	if d.slots == nil {
		d.slots = make([]uint64, leastSlots)
	}
}

// end forgets many slots: to clear them would take a small column longer than to make
// them anew takes a large one.
func (d *dictionary) end() {
	if len(d.slots) > leastSlots {
		d.slots = nil
	}
}

// hasRoom reports whether there is room for one more value of so many bytes.
func (d *dictionary) hasRoom(n int) bool { return d.bytes()+n <= d.most }

// prefix is how many bytes stand before a text.
func (d *dictionary) prefix() int {
	if d.width > 0 {
		return 0
	}
	return 4
}

// bytes is how large the values are, encoded plainly.
func (d *dictionary) bytes() int {
	if !d.texts {
		return d.size * d.width
	}
	return len(d.data)
}

// mostLooked is how many values may be looked up before isDue has to be asked again,
// unless one is added that makes the dictionary large.
func (d *dictionary) mostLooked() int { return max(1, d.judged-d.looked) }

// isDue reports whether it is time to ask whether the dictionary pays, and then not
// before it is twice as large.
func (d *dictionary) isDue() bool {
	if d.looked < d.judged && d.bytes() < d.due {
		return false
	}
	d.judged, d.due = max(d.judged, 2*d.looked), max(d.due, 2*d.bytes())
	return d.looked > 0
}

// pays reports whether a column of so many values will be smaller with a dictionary
// than without, by enough that it is worth the time. Of as many values that are drawn
// from all in the same way, so many occur again as did: a square over twice of them.
func (d *dictionary) pays(values float64) bool {
	looked, again := float64(d.looked), float64(d.looked-d.size)
	all := looked * looked / (2*again + 0.01)
	distinct := min(all*(1-math.Exp(-values/all)), values)
	size := float64(d.bytes()) / float64(d.size) * distinct
	places := values * float64(widthOf(int(distinct))) / 8
	return size < float64(d.most) && size+places < values*float64(d.plain)/looked*3/4
}

// saves reports whether the values that were looked up take less space.
func (d *dictionary) saves() bool {
	const header = 32
	return d.bytes()+d.looked*widthOf(d.size-1)/8+header < d.plain
}

// lookUpNumbers finds the places of numbers, and returns of how many: no more after one
// has made the dictionary large, and none for which there is no room.
func (d *dictionary) lookUpNumbers(places []uint32, values []uint64) (n int) {
	d.start()
	due := d.bytes() >= d.due
	last, lastValue := d.last, uint64(0)
	if d.size > 0 {
		lastValue = d.numbers[last]
	}
	for n = 0; n < len(values); n++ {
		v := values[n]
		if v != lastValue || d.size == 0 {
			hash := d.hashNumber(v)
			i, found := d.findNumber(v, hash)
			if found {
				last = uint32(d.slots[i]) - 1
			} else {
				if !d.hasRoom(d.width) || (!due && d.bytes() >= d.due) {
					break
				}
				d.numbers = append(d.numbers, v)
				last = d.added(i, hash)
			}
			lastValue = v
		}
		places[n] = last
	}
	d.last = last
	d.looked += n
	d.plain += n * d.width
	return n
}

// findNumber returns the slot of a number, or that for it.
func (d *dictionary) findNumber(v, hash uint64) (slot uint64, found bool) {
	mask := uint64(len(d.slots) - 1)
	for slot = hash & mask; d.slots[slot] != 0; slot = (slot + 1) & mask {
		if d.numbers[uint32(d.slots[slot])-1] == v {
			return slot, true
		}
	}
	return slot, false
}

// lookUpTexts is lookUpNumbers for texts and wide decimals.
func (d *dictionary) lookUpTexts(places []uint32, values []uint64, from []byte) (n int) {
	d.start()
	due := d.bytes() >= d.due
	prefix := d.prefix()
	var last []byte
	if d.size > 0 {
		last = d.value(d.last)
	}
	for n = 0; n < len(values); n++ {
		v := at(values[n], from)
		if string(v) != string(last) || d.size == 0 {
			hash := maphash.Bytes(d.seed, v)
			i, found := d.findText(v, hash)
			if found {
				d.last = uint32(d.slots[i]) - 1
			} else {
				if !d.hasRoom(prefix+len(v)) || (!due && d.bytes() >= d.due) {
					break
				}
				d.starts = append(d.starts, uint32(len(d.data)))
				if prefix > 0 {
					d.data = binary.LittleEndian.AppendUint32(d.data, uint32(len(v)))
				}
				d.data = append(d.data, v...)
				d.added(i, hash)
			}
			last = v
		}
		places[n] = d.last
		d.plain += prefix + len(v)
	}
	d.looked += n
	return n
}

// findText returns the slot of a text, or that for it.
func (d *dictionary) findText(v []byte, hash uint64) (slot uint64, found bool) {
	mask := uint64(len(d.slots) - 1)
	for slot = hash & mask; d.slots[slot] != 0; slot = (slot + 1) & mask {
		if (d.slots[slot]^hash)&slotTag == 0 && string(d.value(uint32(d.slots[slot])-1)) == string(v) {
			return slot, true
		}
	}
	return slot, false
}

// added takes a slot for the value that was added.
func (d *dictionary) added(slot, hash uint64) uint32 {
	at := uint32(d.size)
	d.size++
	d.slots[slot] = hash&slotTag | uint64(d.size)
	d.last = at
	if 2*d.size > len(d.slots) {
		d.grow()
	}
	return at
}

// grow doubles the slots twice.
func (d *dictionary) grow() {
	old := d.slots
	d.slots = make([]uint64, 4*len(old))
	mask := uint64(len(d.slots) - 1)
	for _, slot := range old {
		if slot == 0 {
			continue
		}
		i := d.hash(uint32(slot)-1) & mask
		for d.slots[i] != 0 {
			i = (i + 1) & mask
		}
		d.slots[i] = slot
	}
}

func (d *dictionary) hash(at uint32) uint64 {
	if d.texts {
		return maphash.Bytes(d.seed, d.value(at))
	}
	return d.hashNumber(d.numbers[at])
}

func (d *dictionary) hashNumber(v uint64) uint64 {
	const odd = 0x9e3779b97f4a7c15
	hi, lo := bits.Mul64(v^d.secret, odd)
	return hi ^ lo
}

// value is a text, or a wide decimal.
func (d *dictionary) value(at uint32) []byte {
	end := uint32(len(d.data))
	if int(at)+1 < len(d.starts) {
		end = d.starts[at+1]
	}
	return d.data[int(d.starts[at])+d.prefix() : end]
}

// appendValue appends a value, encoded plainly.
func (d *dictionary) appendValue(dst []byte, at uint32) []byte {
	if !d.texts {
		return appendNumber(dst, d.numbers[at], d.width)
	}
	v := d.value(at)
	if d.width == 0 {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(v)))
	}
	return append(dst, v...)
}

// appendNumber appends a number of 4 or 8 bytes.
func appendNumber(dst []byte, v uint64, width int) []byte {
	if width == 4 {
		return binary.LittleEndian.AppendUint32(dst, uint32(v))
	}
	return binary.LittleEndian.AppendUint64(dst, v)
}
