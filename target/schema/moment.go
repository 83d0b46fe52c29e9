package schema

import "strings"

// Moment reads a date, or a date and a time, as date-time has it: what the
// library takes for one, which is what package time makes of the layouts of RFC
// 3339, and besides a space for the T, lower-case t and z, no zone, and a zone
// without its colon or its minutes. It is one space: package time takes any number
// of them. One without a zone is in UTC.
//
// It returns microseconds since 1970, rounded down, and whether that is exact.
func Moment(text []byte) (micros int64, exact, ok bool) {
	p := momentParser{b: text, ok: true}
	year, _, month, _, day := p.digits(4), p.skip("-"), p.digits(2), p.skip("-"), p.digits(2)
	if !p.ok || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false, false
	}
	seconds := int64(daysSince1970(year, month, day)) * 24 * 60 * 60
	if len(p.b) == 0 {
		return seconds * 1_000_000, true, true
	}
	p.skip("Tt ")
	of, fraction, exact := p.clock()
	zone := p.zone()
	return (seconds+int64(of-zone))*1_000_000 + int64(fraction), exact, p.ok && len(p.b) == 0
}

// isClock reports whether the text is a time of day with a zone or none, which the
// library takes for a date-time as well.
func isClock(text []byte) bool {
	p := momentParser{b: text, ok: true}
	p.clock()
	if n := len(p.b); n > 1 && (n != len("+00:00") || p.b[3] != ':') {
		return false
	}
	p.zone()
	return p.ok && len(p.b) == 0
}

// momentParser eats text from the front. Once something is wrong it is no longer
// ok.
type momentParser struct {
	b  []byte
	ok bool
}

func (p *momentParser) digits(n int) int {
	if len(p.b) < n {
		p.ok = false
		return 0
	}
	v := 0
	for _, c := range p.b[:n] {
		if c < '0' || c > '9' {
			p.ok = false
		}
		v = v*10 + int(c-'0')
	}
	p.b = p.b[n:]
	return v
}

// skip eats one of a few characters.
func (p *momentParser) skip(allowed string) byte {
	if len(p.b) == 0 || strings.IndexByte(allowed, p.b[0]) < 0 {
		p.ok = false
		return 0
	}
	c := p.b[0]
	p.b = p.b[1:]
	return c
}

// clock returns the seconds of the day, of which the hour may have one digit.
func (p *momentParser) clock() (seconds, micros int, exact bool) {
	digits := 2
	if len(p.b) > 1 && p.b[1] == ':' {
		digits = 1
	}
	hour, _, minute, _, second := p.digits(digits), p.skip(":"), p.digits(2), p.skip(":"), p.digits(2)
	micros, exact = p.fraction()
	p.ok = p.ok && hour <= 23 && minute <= 59 && second <= 59
	return hour*3600 + minute*60 + second, micros, exact
}

// fraction returns the microseconds of a fraction of a second, if there is one.
func (p *momentParser) fraction() (micros int, exact bool) {
	if len(p.b) == 0 || (p.b[0] != '.' && p.b[0] != ',') {
		return 0, true
	}
	n, exact := 0, true
	for p.b = p.b[1:]; len(p.b) > 0 && p.b[0] >= '0' && p.b[0] <= '9'; n++ {
		if n < 6 {
			micros = micros*10 + int(p.b[0]-'0')
		} else if p.b[0] != '0' {
			exact = false
		}
		p.b = p.b[1:]
	}
	p.ok = p.ok && n > 0
	for ; n < 6; n++ {
		micros *= 10
	}
	return micros, exact
}

// zone returns how many seconds the zone is ahead of UTC.
func (p *momentParser) zone() int {
	if !p.ok || len(p.b) == 0 {
		return 0
	}
	sign := 1
	switch p.skip("Zz+-") {
	case 'Z', 'z':
		return 0
	case '-':
		sign = -1
	case '+':
	}
	hours, minutes := p.digits(2), 0
	if len(p.b) > 0 {
		if p.b[0] == ':' {
			p.b = p.b[1:]
		}
		minutes = p.digits(2)
	}
	p.ok = p.ok && hours <= 24 && minutes <= 60 // as package time has it
	return sign * (hours*3600 + minutes*60)
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

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
