package schema

// quickFormats say yes to the usual texts of the formats that taps use, without
// allocating. Where they say no the library's checker is asked.
var quickFormats = map[string]func([]byte) bool{
	"date-time": isDateTime,
	"date":      isDate,
	"time":      quickTime,
	"uuid":      isUUID,
	"email":     quickEmail,
	"uri":       quickURI,
}

// quickTime accepts what date-time takes for a time of day, without a lower-case z.
func quickTime(b []byte) bool {
	return len(b) > 0 && b[len(b)-1] != 'z' && isClock(b)
}

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
