package schema

// quickFormats say yes to the usual texts of the formats that taps use, without
// allocating. Where they say no the library's checker is asked.
var quickFormats = map[string]func([]byte) bool{
	"date-time": quickDateTime,
	"date":      quickDate,
	"time":      quickTime,
	"uuid":      isUUID,
	"email":     quickEmail,
	"uri":       quickURI,
}

// quickDateTime accepts YYYY-MM-DD, T, t or a space, HH:MM:SS with up to nine
// decimals, and a zone or none.
func quickDateTime(b []byte) bool {
	return len(b) >= 19 && quickDate(b[:10]) && (b[10]|0x20 == 't' || b[10] == ' ') && quickClock(b[11:19]) && quickZone(afterFraction(b[19:]))
}

// quickTime accepts HH:MM:SS with up to nine decimals, and a zone or none.
func quickTime(b []byte) bool {
	if len(b) < 8 || !quickClock(b[:8]) {
		return false
	}
	zone := afterFraction(b[8:])
	return len(zone) == 0 || string(zone) == "Z" || (len(zone) == 6 && quickZone(zone))
}

func quickDate(b []byte) bool {
	if len(b) != 10 || b[4] != '-' || b[7] != '-' {
		return false
	}
	century, year, month, day := two(b), two(b[2:]), two(b[5:]), two(b[8:])
	if century < 0 || year < 0 || month < 1 || month > 12 || day < 1 {
		return false
	}
	const long = 1<<1 | 1<<3 | 1<<5 | 1<<7 | 1<<8 | 1<<10 | 1<<12
	switch {
	case day <= 28:
		return true
	case month == 2:
		return day == 29 && year%4 == 0 && (year != 0 || century%4 == 0)
	case day <= 30:
		return true
	}
	return day == 31 && 1<<month&long != 0
}

// quickClock accepts HH:MM:SS.
func quickClock(b []byte) bool {
	return b[2] == ':' && b[5] == ':' && upTo(two(b), 23) && upTo(two(b[3:]), 59) && upTo(two(b[6:]), 59)
}

// afterFraction skips a point and one to nine digits.
func afterFraction(b []byte) []byte {
	if len(b) < 2 || b[0] != '.' {
		return b
	}
	n := 1
	for n < len(b) && n < 10 && b[n]-'0' <= 9 {
		n++
	}
	if n == 1 {
		return b
	}
	return b[n:]
}

// quickZone accepts nothing, Z, z, ±HH:MM, ±HHMM and ±HH.
func quickZone(b []byte) bool {
	switch len(b) {
	case 0:
		return true
	case 1:
		return b[0]|0x20 == 'z'
	}
	if b[0] != '+' && b[0] != '-' {
		return false
	}
	switch b = b[1:]; {
	case len(b) == 2:
		return upTo(two(b), 23)
	case len(b) == 4:
		return upTo(two(b), 23) && upTo(two(b[2:]), 59)
	case len(b) == 5 && b[2] == ':':
		return upTo(two(b), 23) && upTo(two(b[3:]), 59)
	}
	return false
}

// two is the number of two digits, or -1.
func two(b []byte) int {
	tens, units := b[0]-'0', b[1]-'0'
	if tens > 9 || units > 9 {
		return -1
	}
	return int(tens)*10 + int(units)
}

func upTo(n, most int) bool { return 0 <= n && n <= most }

// isUUID is not only quick, but all that is asked.
func isUUID(b []byte) bool {
	if len(b) != 36 {
		return false
	}
	for i, c := range b {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if c-'0' > 9 && c|0x20-'a' > 5 {
			return false
		}
	}
	return true
}

// quickEmail accepts words of letters, digits, - and _, joined by single dots,
// on both sides of one @.
func quickEmail(b []byte) bool {
	at, word := 0, false
	for _, c := range b {
		switch {
		case isWord(c):
			word = true
			continue
		case c != '.' && c != '@', !word:
			return false
		case c == '@':
			at++
		}
		word = false
	}
	return at == 1 && word
}

// quickURI accepts http:// and https:// with a host and a path of plain
// characters.
func quickURI(b []byte) bool {
	var rest []byte
	switch {
	case len(b) > 8 && string(b[:8]) == "https://":
		rest = b[8:]
	case len(b) > 7 && string(b[:7]) == "http://":
		rest = b[7:]
	default:
		return false
	}
	if !isWord(rest[0]) {
		return false
	}
	for _, c := range rest {
		if !isWord(c) && c != '.' && c != '/' {
			return false
		}
	}
	return true
}

func isWord(c byte) bool {
	return c-'0' <= 9 || c|0x20-'a' <= 25 || c == '-' || c == '_'
}
