package schema

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

// maxPatternBytes bounds what it takes to parse a pattern.
const maxPatternBytes = 32 << 10

// pattern compiles a regular expression once it is known to be of a size at which
// that is quick.
func (b *modeler) pattern(text string, at *place) (*regexp.Regexp, int, error) {
	if len(text) > maxPatternBytes {
		return nil, 0, mustBe(at, fmt.Sprintf("a regular expression of at most %d bytes", maxPatternBytes), text)
	}
	if err := b.spend(int64(len(text)*parsing(text)), 0, at); err != nil {
		return nil, 0, err
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, 0, &Error{at.String(), fmt.Errorf("must be a regular expression, %s is not: %w (look-ahead and back-references are not supported)", describe(text), err)}
	}
	size := sizeOf(tree)
	bytes, _ := memoryOf(tree)
	if err := b.spend(int64(size)*stepsOfState, bytes, at); err != nil {
		return nil, 0, err
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, 0, &Error{at.String(), fmt.Errorf("must be a regular expression, %s is not: %w", describe(text), err)}
	}
	return re, size, nil
}

// parsing is how many steps a byte of a pattern takes: classes that fold the case
// of all of Unicode take milliseconds.
func parsing(text string) int {
	switch wide := strings.Contains(text, `\x`) || strings.ContainsFunc(text, func(r rune) bool { return r > 0x7f }); {
	case wide && strings.Contains(text, "(?") && strings.Contains(text, "["):
		return 250 * stepsOfParsing
	case strings.Contains(text, `\p`) || strings.Contains(text, `\P`):
		return 7 * stepsOfParsing
	}
	return stepsOfParsing
}

// sizeOf is about how many states a pattern has once its repetitions are spelled
// out.
func sizeOf(re *syntax.Regexp) int {
	size := 1
	if re.Op == syntax.OpLiteral {
		size = len(re.Rune)
	}
	for _, sub := range re.Sub {
		size += sizeOf(sub)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Min, re.Max, 1)
	}
	return size
}

// texts reads the keywords of strings, and format.
func (b *modeler) texts(m *model, s map[string]any, at *place) error {
	if _, _, err := b.counts(s, "minLength", "maxLength", at); err != nil {
		return err
	}
	if v, there := s["pattern"]; there {
		text, ok := v.(string)
		if !ok {
			return mustBe(at.member("pattern"), "a string", v)
		}
		if _, _, err := b.pattern(text, at.member("pattern")); err != nil {
			return err
		}
	}
	if v, there := s["format"]; there {
		name, ok := v.(string)
		if !ok {
			return mustBe(at.member("format"), "a string", v)
		}
		if gojsonschema.FormatCheckers.Has(name) {
			m.notNumber = true
		}
	}
	m.text = b.rules.of(s).text
	return nil
}

// stepsOfFormat are what the checkers take for each byte, where that is much.
var stepsOfFormat = map[string]int{"hostname": 300, "email": 40, "idn-email": 40, "uri-template": 30}
