package schema

import (
	"sync"
	"time"

	"github.com/xeipuuv/gojsonschema"
)

// registerFormats replaces the library's checker of date-time. The library
// keeps its checkers in a package variable, so this one time state is global.
var registerFormats = sync.OnceFunc(func() {
	gojsonschema.FormatCheckers.Add("date-time", dateTime{})
})

// dateTime accepts what the library's own checker accepts and, beyond it, what
// taps write: a space for the T, no zone, and a zone without its colon or its
// minutes, which is how PostgreSQL writes it.
type dateTime struct{}

var dateTimeLayouts = []string{
	"2006-01-02T15:04:05", "2006-01-02 15:04:05",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z0700",
	"2006-01-02T15:04:05Z07", "2006-01-02 15:04:05Z07",
}

func (dateTime) IsFormat(input any) bool {
	if (gojsonschema.DateTimeFormatChecker{}).IsFormat(input) {
		return true
	}
	text, ok := input.(string)
	if !ok {
		return false
	}
	for _, layout := range dateTimeLayouts { // time.Parse takes fractions of a second by itself
		if _, err := time.Parse(layout, text); err == nil {
			return true
		}
	}
	return false
}
