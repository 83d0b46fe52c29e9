package parquet

import (
	"encoding/binary"
	"strings"
	"time"
)

// moment appends a timestamp or a date.
func (w *rowWriter) moment(dst, v []byte, c *column) ([]byte, error) {
	micros, exact, ok := parseMoment(w.unquote(v))
	switch {
	case !ok:
		return dst, w.refuse(v, c, "")
	case !readable(micros):
		return dst, w.refuse(v, c, "in UTC it is not in the years 0001 to 9999, and most readers know no others")
	case c.kind == kindDate:
		const day = 24 * 60 * 60 * 1_000_000
		if micros%day != 0 || !exact {
			return dst, w.refuse(v, c, "it has a time of day")
		}
		return binary.LittleEndian.AppendUint32(append(dst, 1), uint32(int32(micros/day))), nil
	}
	if !exact {
		w.putAside(w.appendName(nil, c), v)
	}
	return appendInt64(dst, micros), nil
}

// readable reports whether the moment is in the years 1 to 9999, UTC. Others fail
// the whole column in readers that make datetimes of it, pyarrow's and Spark's
// among them.
func readable(micros int64) bool {
	const from, until = -62_135_596_800_000_000, 253_402_300_800_000_000
	return micros >= from && micros < until
}

// momentLayouts are the forms of what is valid as a date-time or as a date, but
// for times without a date. A moment without a zone is in UTC.
var momentLayouts = []string{
	time.DateOnly, "2006-01-02T15:04:05", time.DateTime, time.RFC3339, "2006-01-02 15:04:05Z07:00",
	"2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02 15:04:05Z07",
}

// parseMoment returns microseconds since 1970, rounded down, and whether that is
// exact. It takes what package time takes, whose leniency has corners of its own,
// but most of it ten times as fast.
func parseMoment(b []byte) (micros int64, exact, ok bool) {
	if micros, exact, ok = parseUsual(b); ok {
		return micros, exact, ok
	}
	for _, layout := range momentLayouts {
		if t, err := time.Parse(layout, string(b)); err == nil {
			return t.UnixMicro(), t.Nanosecond()%1000 == 0, true
		}
	}
	return 0, false, false
}

// parseUsual takes dates, with a time behind T or a space, with fractions of a
// second, and with a zone: Z, ±hh:mm, ±hhmm or ±hh, or none. T and Z may be lower
// case, as RFC 3339 has it.
func parseUsual(b []byte) (micros int64, exact, ok bool) {
	p := momentParser{b: b, ok: true}
	year, _, month, _, day := p.digits(4), p.skip("-"), p.digits(2), p.skip("-"), p.digits(2)
	if !p.ok || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false, false
	}
	seconds := int64(daysSince1970(year, month, day)) * 24 * 60 * 60
	if len(p.b) == 0 {
		return seconds * 1_000_000, true, true
	}
	p.skip("Tt ")
	hour, _, minute, _, second := p.digits(2), p.skip(":"), p.digits(2), p.skip(":"), p.digits(2)
	fraction, exact := p.fraction()
	zone := p.zone()
	if !p.ok || hour > 23 || minute > 59 || second > 59 {
		return 0, false, false
	}
	seconds += int64(hour*3600 + minute*60 + second - zone)
	return seconds*1_000_000 + int64(fraction), exact, true
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
		p.ok = p.ok && len(p.b) == 0
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
	p.ok = p.ok && len(p.b) == 0 && hours <= 24 && minutes <= 60 // as package time has it
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
