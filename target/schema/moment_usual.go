package schema

import "encoding/binary"

// What stands at the places of usual dates and times, less the digits and marks of
// these shapes, and what has to be added to each byte of the rest so that one that is
// too large there has its high bit set.
const (
	shapeOfDate = 0x2d30302d30303030 // 0000-00-
	boundOfDate = 0x7f767e7f76767676 // 9999-19-
	shapeOfTime = 0x30303a30303a3030 // 00:00:00
	boundOfTime = 0x767a7f767a7f767d // 29:59:59

	lows  = 0x7f7f7f7f7f7f7f7f
	highs = 0x8080808080808080
)

func within8(w, bound uint64) bool { return (w&lows+bound|w)&highs == 0 }

// isUsualMoment reports whether the text is a date and a time as nearly all taps
// write them, YYYY-MM-DD, T or a space, HH:MM:SS, a fraction or none and a zone or
// none. It looks at eight bytes at once. What it says no to may be one as well.
func isUsualMoment(b []byte) bool {
	_, _, ok := usualStart(b)
	return ok && isUsualEnd(b[usualBytes:])
}

const usualBytes = len("2006-01-02T15:04:05")

// usualStart is the first eight bytes of the date and those of the time, less their
// shapes, if both are usual.
func usualStart(b []byte) (date, time uint64, ok bool) {
	if len(b) < usualBytes {
		return 0, 0, false
	}
	date = binary.LittleEndian.Uint64(b) ^ shapeOfDate
	time = binary.LittleEndian.Uint64(b[len("2006-01-02T"):]) ^ shapeOfTime
	month, hour := twoAt(date, 5), twoAt(time, 0)
	if !within8(date, boundOfDate) || !within8(time, boundOfTime) || month < 1 || month > 12 || hour > 23 {
		return 0, 0, false
	}
	if day := two(b[len("2006-01-"):]); (day < 1 || day > 28) && !isDate(b[:dateBytes]) {
		return 0, 0, false
	}
	c := b[dateBytes]
	return date, time, c|0x20 == 't' || c == ' '
}

// twoAt is the number of two digits at a byte of a word.
func twoAt(w uint64, i int) int {
	w >>= 8 * i
	return int(w&0xff*10 + w>>8&0xff)
}

// usualMoment is Moment for those that are usual, with up to six digits of a fraction.
func usualMoment(b []byte) (micros int64, ok bool) {
	date, time, ok := usualStart(b)
	if !ok {
		return 0, false
	}
	rest := b[usualBytes:]
	if len(rest) > 0 && rest[0] == '.' {
		n, end := digitsAt(rest, 1)
		if end == 1 || end > 7 {
			return 0, false
		}
		micros, rest = int64(n*powers[7-end]), rest[end:]
	}
	day := daysSince1970(twoAt(date, 0)*100+twoAt(date, 2), twoAt(date, 5), two(b[len("2006-01-"):]))
	seconds := day*secondsOfDay + twoAt(time, 0)*3600 + twoAt(time, 3)*60 + twoAt(time, 6)
	return int64(seconds)*1_000_000 + micros, isUsualZone(rest)
}

// isUsualEnd looks at the fraction and the zone.
func isUsualEnd(b []byte) bool {
	if len(b) > 0 && b[0] == '.' {
		count := 0
		if len(b) > 8 {
			count = digitsIn8(binary.LittleEndian.Uint64(b[1:]))
		}
		if count == 0 || count == 8 {
			_, end := digitsAt(b, 1)
			count = end - 1
		}
		if count == 0 {
			return false
		}
		b = b[1+count:]
	}
	return isUsualZone(b)
}

// isUsualZone looks for none or that of UTC.
func isUsualZone(b []byte) bool {
	return len(b) == 0 || (len(b) == 1 && b[0]|0x20 == 'z') || string(b) == "+00:00"
}
