package schema

import (
	"sync"

	"github.com/xeipuuv/gojsonschema"
)

// registerFormats replaces the library's checkers of date-time and uuid. The
// library keeps its checkers in a package variable, so this one time state is
// global.
var registerFormats = sync.OnceFunc(func() {
	gojsonschema.FormatCheckers.Add("date-time", dateTime{})
	gojsonschema.FormatCheckers.Add("uuid", uuid{})
})

// dateTime accepts what the library's own checker accepts and, beyond it, what
// taps write: see Moment.
type dateTime struct{}

func (dateTime) IsFormat(input any) bool {
	text, ok := input.(string)
	return ok && isDateTime([]byte(text))
}

// uuid accepts what the library's own checker accepts, and capital letters: RFC
// 9562 reads both, and SQL Server writes them.
type uuid struct{}

func (uuid) IsFormat(input any) bool {
	text, ok := input.(string)
	return ok && isUUID([]byte(text))
}
