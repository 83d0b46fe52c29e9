package objectkey

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"target-s3/target/nearest"
)

// Error says what is wrong with a template or a prefix, all of it at once.
type Error struct {
	What     string   // key template or key prefix
	Text     string   // what was given
	Problems []string // each with what to correct
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s %q: %s", e.What, e.Text, strings.Join(e.Problems, "; "))
}

// CheckPrefix checks text that is put before rendered keys: the same characters
// as in a template, without elements. It may be empty and may end in a slash.
// An error is an *Error that lists every problem.
func CheckPrefix(prefix string) error {
	problems := slices.Concat(checkLength(prefix), checkCharacters(prefix))
	if strings.ContainsAny(prefix, "[]") {
		problems = append(problems, "square brackets are not allowed: elements belong in the key template")
	}
	path := prefix
	if strings.HasSuffix(path, "/") {
		path += "x" // for the key that follows
	}
	problems = append(problems, checkSegments(path)...)
	if len(problems) > 0 {
		return &Error{What: "key prefix", Text: prefix, Problems: problems}
	}
	return nil
}

// piece is text or an element of a template.
type piece struct {
	text    string // of an element: what stands between its brackets
	element bool
}

// split cuts a template at its brackets. Brackets that have no partner are
// problems, and in no piece.
func split(template string) (pieces []piece, problems []string) {
	for at := 0; at < len(template); {
		rest := template[at:]
		i := strings.IndexAny(rest, "[]")
		if i < 0 {
			return append(pieces, piece{text: rest}), problems
		}
		if i > 0 {
			pieces = append(pieces, piece{text: rest[:i]})
		}
		at += i + 1
		length := strings.IndexAny(template[at:], "[]")
		if rest[i] == '[' && length >= 0 && template[at+length] == ']' {
			pieces = append(pieces, piece{text: template[at : at+length], element: true})
			at += length + 1
			continue
		}
		problems = append(problems, lonely(rest[i], utf8.RuneCountInString(template[:at])))
	}
	return pieces, problems
}

// lonely words the problem of a bracket, the n-th character of the template.
func lonely(bracket byte, n int) string {
	partner := "]"
	if bracket == ']' {
		partner = "["
	}
	return fmt.Sprintf("%q at character %d has no %q", string(bracket), n, partner)
}

func count(pieces []piece, element string) int {
	n := 0
	for _, p := range pieces {
		if p.element && p.text == element {
			n++
		}
	}
	return n
}

func checkLength(text string) []string {
	if n := utf8.RuneCountInString(text); n > MaxLength {
		return []string{fmt.Sprintf("%d characters, at most %d are allowed", n, MaxLength)}
	}
	return nil
}

func checkElements(pieces []piece) (problems []string) {
	var missing []string
	for _, e := range elements {
		if e.Required && count(pieces, e.Name) == 0 {
			missing = append(missing, "["+e.Name+"]")
		}
	}
	if len(missing) > 0 {
		problems = append(problems, "required and missing: "+strings.Join(missing, " "))
	}
	for _, p := range pieces {
		switch {
		case !p.element:
		case isField(p.text):
			if problem := checkField(p.text); problem != "" {
				problems = append(problems, problem)
			}
		case lookup(p.text) == nil:
			problems = append(problems, unknown(p.text))
		}
	}
	if count(pieces, extension) > 1 {
		problems = append(problems, "["+extension+"] more than once")
	}
	return problems
}

func unknown(name string) string {
	if near := nearestElement(name); near != "" {
		return fmt.Sprintf("unknown element [%s]: did you mean [%s]?", readable(name), near)
	}
	var known []string
	for _, e := range elements {
		known = append(known, "["+e.Name+"]")
	}
	return fmt.Sprintf("unknown element [%s]: known are %s", readable(name), strings.Join(known, " "))
}

func readable(name string) string { return strings.Trim(strconv.QuoteToGraphic(name), `"`) }

// nearestElement returns the known element that somebody may have meant, or "".
func nearestElement(name string) string {
	name = strings.ToLower(name)
	for _, e := range elements {
		if len(name) >= 3 && (strings.Contains(e.Name, name) || strings.Contains(name, e.Name)) {
			return e.Name
		}
	}
	best, distance := "", len(name)/3+2
	for _, e := range elements {
		if d := nearest.Distance(name, e.Name); d < distance {
			best, distance = e.Name, d
		}
	}
	return best
}

// checkText checks what stands between the elements. An element never renders
// as nothing nor with a slash or a dot alone, so that one letter can stand for
// it here.
func checkText(pieces []piece) []string {
	var all, text strings.Builder
	for _, p := range pieces {
		if p.element {
			all.WriteByte('x')
			continue
		}
		all.WriteString(p.text)
		text.WriteString(p.text)
	}
	return append(checkCharacters(text.String()), checkSegments(all.String())...)
}

// checkCharacters checks all but the brackets.
func checkCharacters(text string) (problems []string) {
	var bad []string
	space := false
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == ' ':
			space = true
		case !Allowed(r):
			if q := quote(text[i:i+size], r); !slices.Contains(bad, q) {
				bad = append(bad, q)
			}
		}
	}
	if space {
		problems = append(problems, "spaces are not allowed: use _ or -")
	}
	if len(bad) > 0 {
		problems = append(problems, "not allowed: "+strings.Join(bad, " ")+
			" (any printable ASCII character is, but !@#$%^&* and the backslash)")
	}
	return problems
}

// Allowed reports whether text of a template may have a character; square brackets
// stand around its elements.
func Allowed(r rune) bool {
	return r > ' ' && r <= '~' && !strings.ContainsRune(`!@#$%^&*\`, r)
}

// quote makes a character readable: as it is where that can be seen.
func quote(s string, r rune) string {
	if r != utf8.RuneError && unicode.IsGraphic(r) && !unicode.IsSpace(r) {
		return s
	}
	return strconv.QuoteToASCII(s)
}

func checkSegments(text string) (problems []string) {
	if text == "" {
		return nil
	}
	segments := strings.Split(text, "/")
	last := len(segments) - 1
	if segments[0] == "" {
		problems = append(problems, "begins with a slash: remove it")
	}
	if segments[last] == "" && last > 0 {
		problems = append(problems, "ends in a slash: a file name must follow")
	}
	if strings.Contains(text, "//") {
		problems = append(problems, "empty segment //: use one slash")
	}
	for _, dots := range []string{".", ".."} {
		if slices.Contains(segments, dots) {
			problems = append(problems, fmt.Sprintf("segment %q is not allowed: remove it", dots))
		}
	}
	return problems
}
