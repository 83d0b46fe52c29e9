package schema

// Moment reads a date, or a date and a time, as date-time has it: what the
// library takes for one, which is what package time makes of the layouts of RFC
// 3339, and besides a space for the T, lower-case t and z, no zone, and a zone
// without its colon or its minutes. It is one space: package time takes any number
// of them. One without a zone is in UTC.
//
// It returns microseconds since 1970, rounded down, and whether that is exact.
func Moment(text []byte) (micros int64, exact, ok bool) {
	if micros, ok := usualMoment(text); ok {
		return micros, true, true
	}
	if len(text) < dateBytes || !isDate(text[:dateBytes]) {
		return 0, false, false
	}
	day := int64(daysSince1970(two(text)*100+two(text[2:]), two(text[5:]), two(text[8:]))) * secondsOfDay
	if len(text) == dateBytes {
		return day * 1_000_000, true, true
	}
	c, ok := timeOf(text)
	return (day+int64(c.seconds-c.zone))*1_000_000 + int64(c.micros), c.exact, ok
}

const (
	dateBytes    = len("2006-01-02")
	secondsOfDay = 24 * 60 * 60
)

// isDateTime reports whether the text is a Moment, or a time of day, which the
// library takes for a date-time as well.
func isDateTime(text []byte) bool {
	if isUsualMoment(text) {
		return true
	}
	if len(text) >= dateBytes && isDate(text[:dateBytes]) {
		_, ok := timeOf(text)
		return ok || len(text) == dateBytes
	}
	return isClock(text)
}

// timeOf reads what follows a date.
func timeOf(text []byte) (c clock, ok bool) {
	if len(text) == dateBytes || (text[dateBytes]|0x20 != 't' && text[dateBytes] != ' ') {
		return c, false
	}
	rest, ok := c.read(text[dateBytes+1:])
	return c, ok && c.readZone(rest)
}

// isClock reports whether the text is a time of day with a zone or none.
func isClock(text []byte) bool {
	var c clock
	zone, ok := c.read(text)
	if n := len(zone); n > 1 && (n != len("+00:00") || zone[3] != ':') {
		return false
	}
	return ok && c.readZone(zone)
}

// isDate reports whether the text is YYYY-MM-DD.
func isDate(b []byte) bool {
	if len(b) != dateBytes || b[4] != '-' || b[7] != '-' {
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

// clock is a time of day, and how many seconds its zone is ahead of UTC.
type clock struct {
	seconds, micros int
	exact           bool
	zone            int
}

// read reads HH:MM:SS and a fraction; the hour may have one digit. It returns
// what follows.
func (c *clock) read(b []byte) (rest []byte, ok bool) {
	hour := -1
	switch {
	case len(b) > 2 && b[2] == ':':
		hour, b = two(b), b[3:]
	case len(b) > 1 && b[1] == ':' && b[0]-'0' <= 9:
		hour, b = int(b[0]-'0'), b[2:]
	}
	if len(b) < len("04:05") || b[2] != ':' {
		return nil, false
	}
	minute, second := two(b), two(b[3:])
	c.seconds, c.exact = hour*3600+minute*60+second, true
	rest, ok = c.readFraction(b[5:])
	return rest, ok && upTo(hour, 23) && upTo(minute, 59) && upTo(second, 59)
}

// readFraction reads the fraction of a second, if there is one.
func (c *clock) readFraction(b []byte) (rest []byte, ok bool) {
	if len(b) == 0 || (b[0] != '.' && b[0] != ',') {
		return b, true
	}
	n := 1
	for unit := 100_000; n < len(b) && b[n]-'0' <= 9; n++ {
		digit := int(b[n] - '0')
		c.micros += digit * unit
		c.exact = c.exact && (unit > 0 || digit == 0)
		unit /= 10
	}
	return b[n:], n > 1
}

// readZone reads nothing, Z, z, ±HH:MM, ±HHMM or ±HH, with the bounds of package
// time.
func (c *clock) readZone(b []byte) bool {
	switch {
	case len(b) == 0 || (len(b) == 1 && b[0]|0x20 == 'z'):
		return true
	case len(b) < 3 || (b[0] != '+' && b[0] != '-'):
		return false
	}
	hours, minutes := two(b[1:]), 0
	switch {
	case len(b) == len("+0000"):
		minutes = two(b[3:])
	case len(b) == len("+00:00") && b[3] == ':':
		minutes = two(b[4:])
	case len(b) > len("+00"):
		return false
	}
	if c.zone = hours*3600 + minutes*60; b[0] == '-' {
		c.zone = -c.zone
	}
	return upTo(hours, 24) && upTo(minutes, 60)
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

// daysSince1970 counts in years that begin in March, so that the leap day is
// their last, and in eras of 400 of them.
func daysSince1970(year, month, day int) int {
	if month <= 2 {
		year--
		month += 12
	}
	year += 400 // year 0 begins in year -1
	era, of := year/400, year%400
	dayOfYear := (153*(month-3)+2)/5 + day - 1
	return era*146_097 + of*365 + of/4 - of/100 + dayOfYear - 719_468 - 146_097
}
