// Package pattern has regular expressions that are compiled when they are first used.
//
// Most of ours read what people mistype, so a load needs none of them. Compiled at the
// start of the program they would cost each load more than an empty program does.
package pattern

import (
	"regexp"
	"sync"
)

// New is a regular expression. Like [regexp.MustCompile] it panics where expr is
// none, but not before it is used.
func New(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
