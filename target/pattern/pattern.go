// Package pattern has regular expressions that are compiled when they are first used.
//
// Most of ours read what people mistype, so a load needs none of them. Compiled at the
// start of the program they would cost each load more than an empty program does.
package pattern

import (
	"regexp"
	"sync"
)

// Pattern is a regular expression that is compiled at its first use.
type Pattern struct {
	expr string
	once sync.Once
	re   *regexp.Regexp
}

// New is a regular expression. It is no more than a value, so that a package's variable
// of it takes nothing at the start.
func New(expr string) *Pattern { return &Pattern{expr: expr} }

// Regexp is the expression as it is used. Like [regexp.MustCompile] it panics where there
// is none of that text.
func (p *Pattern) Regexp() *regexp.Regexp {
	p.once.Do(func() { p.re = regexp.MustCompile(p.expr) })
	return p.re
}
