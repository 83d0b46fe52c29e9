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
	if len(b) < len("2006-01-02T15:04:05") {
		return false
	}
	date := binary.LittleEndian.Uint64(b) ^ shapeOfDate
	time := binary.LittleEndian.Uint64(b[len("2006-01-02T"):]) ^ shapeOfTime
	month, hour := date>>40&0xff*10+date>>48&0xff, time&0xff*10+time>>8&0xff
	if !within8(date, boundOfDate) || !within8(time, boundOfTime) || month-1 > 11 || hour > 23 {
		return false
	}
	if day := two(b[len("2006-01-"):]); (day < 1 || day > 28) && !isDate(b[:dateBytes]) {
		return false
	}
	if c := b[dateBytes]; c|0x20 != 't' && c != ' ' {
		return false
	}
	return isUsualEnd(b[len("2006-01-02T15:04:05"):])
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
	return len(b) == 0 || (len(b) == 1 && b[0]|0x20 == 'z') || string(b) == "+00:00"
}
