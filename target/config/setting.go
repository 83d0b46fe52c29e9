package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind says what the values of a setting are.
type Kind string

// The kinds of settings. Every kind but Tags, List and PerPattern is a
// scalar.
const (
	String       Kind = "string"
	SecretString Kind = "secret"
	Bool         Kind = "boolean"
	AutoBool     Kind = "boolean or auto"
	Integer      Kind = "integer"
	Bytes        Kind = "bytes"
	Seconds      Kind = "seconds"
	Choice       Kind = "choice"
	Tags         Kind = "tags"
	List         Kind = "list"
	PerPattern   Kind = "streams"
)

// Setting is one row of the table of settings.
type Setting struct {
	Name        string
	Kind        Kind
	Group       string
	Default     string   // as a user would write it; empty: not set
	DefaultNote string   // what not set means, where that needs a word
	Enum        []string // of a Choice, and what is commonly accepted of a String
	Min, Max    int64    // of a number; Max 0: no upper bound
	Required    bool
	// Asked is for what a person who connects a bucket must choose, whatever the
	// default is: LoadPart leaves it empty where nobody has set it, and Encode
	// writes it even if it is the default.
	Asked       bool
	PerStream   bool // may be another for some streams, see Streams
	S3Only      bool // has no effect on a file: endpoint
	Description string
	Aliases     []Alias

	// field is where the value lives. The type it points to says how the text
	// is stored, see store.
	field func(*Config) any
	// check, where set, judges a text that its kind accepts, and returns it in
	// the form in which it is kept. Its error says what is accepted.
	check func(string) (string, error)
}

// Alias is a name that other S3 targets have for a setting.
type Alias struct {
	Name string
	// convert, where set, turns a value of the alias into one of the setting;
	// an empty result means that the setting is not set.
	convert func(string) (string, error)
}

func (s Setting) aliases() []string {
	names := make([]string, len(s.Aliases))
	for i, a := range s.Aliases {
		names[i] = a.Name
	}
	return names
}

// Settings are all that there are, in the order of the reference.
func Settings() []Setting { return slices.Clone(table) }

// Lookup finds a setting by its own name.
func Lookup(name string) (Setting, bool) {
	i := slices.IndexFunc(table, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return table[i], true
}

// EnvPrefix begins the name of every environment variable that is read.
const EnvPrefix = "TARGET_S3_"

// Env is the name of the environment variable of a setting.
func (s Setting) Env() string { return envName(s.Name) }

func envName(name string) string { return EnvPrefix + strings.ToUpper(name) }

// Default returns the settings that nobody has set. It lacks the bucket, which
// has no default.
func Default() Config {
	var c Config
	for _, s := range table {
		if err := s.Set(&c, ""); err != nil {
			panic(fmt.Sprintf("default of %s: %v", s.Name, err)) //nolint:forbidigo // a row of the table is wrong; a test reaches each
		}
	}
	return c
}

// Set parses the text of a setting and stores it. The empty text restores the
// default. An error says what is accepted, and leaves the Config as it was.
// What depends on other settings is checked by Load alone.
func (s Setting) Set(c *Config, text string) error {
	if text == "" {
		text = s.Default
	}
	if text != "" {
		var err error
		if text, err = s.canonical(text); err != nil {
			return err
		}
	}
	return store(s.field(c), text)
}

// canonical brings the text to the one form in which store takes it.
func (s Setting) canonical(text string) (string, error) {
	var err error
	switch s.Kind {
	case Bool, AutoBool:
		text, err = s.parseBool(text)
	case Integer, Bytes:
		text, err = s.parseInteger(text)
	case Seconds:
		text, err = s.parseSeconds(text)
	case Choice:
		text, err = s.parseChoice(text)
	case List:
		text, err = s.parseList(text)
	case PerPattern:
		text, err = checkStreams(text)
	}
	if err != nil || s.check == nil {
		return text, err
	}
	return s.check(text)
}

// Values are those that a setting may have, or is known to be given, as a user writes
// them, where they can be counted.
func (s Setting) Values() []string {
	switch s.Kind {
	case Bool:
		return []string{"true", "false"}
	case AutoBool:
		return []string{"true", "false", "auto"}
	}
	values := make([]string, len(s.Enum))
	for i, e := range s.Enum {
		values[i] = tabSpelled(e)
	}
	return values
}

// Accepts says in words what values a setting has.
func (s Setting) Accepts() string {
	switch s.Kind {
	case Bool:
		return "true or false"
	case AutoBool:
		return "true, false or auto"
	case Integer, Bytes, Seconds:
		return s.acceptsNumber()
	case Choice:
		return "one of " + quotedList(s.Enum)
	case Tags:
		return `a JSON object of strings or a string such as "team=data&env=prod"`
	case List:
		return "a JSON array of strings, or one string"
	case PerPattern:
		return `a JSON object of patterns, each with an object of settings, such as {"crm_*": {"compression": "gzip"}}`
	}
	return "a string"
}

func (s Setting) acceptsNumber() string {
	what := map[Kind]string{Integer: "a whole number", Bytes: "a whole number of bytes", Seconds: "a number of seconds"}[s.Kind]
	if s.Max == 0 {
		return fmt.Sprintf("%s, %d or more", what, s.Min)
	}
	return fmt.Sprintf("%s from %d to %d", what, s.Min, s.Max)
}

// unacceptable is the error for a value that its kind refuses.
func (s Setting) unacceptable() error { return errors.New("must be " + s.Accepts()) }

func (s Setting) parseBool(text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	switch {
	case !slices.Contains(s.Values(), text):
		return "", s.unacceptable()
	case text == "auto":
		return "", nil
	}
	return text, nil
}

func (s Setting) parseInteger(text string) (string, error) {
	text = strings.TrimSpace(text)
	n, err := strconv.ParseInt(text, 10, 64)
	if errors.Is(err, strconv.ErrSyntax) {
		n, err = wholeNumber(text)
	}
	if errors.Is(err, strconv.ErrRange) && s.Max == 0 && !strings.HasPrefix(text, "-") {
		return "", fmt.Errorf("must be at most %d", int64(math.MaxInt64))
	}
	if err != nil || n < s.Min || (s.Max != 0 && n > s.Max) {
		return "", s.unacceptable()
	}
	return strconv.FormatInt(n, 10), nil
}

// wholeNumber reads one that is written with a fraction or an exponent, as programs that
// know only floats write JSON, and as people write many zeros: 3.0, 2e7.
func wholeNumber(text string) (int64, error) {
	if !json.Valid([]byte(text)) || len(text) > 40 {
		return 0, strconv.ErrSyntax
	}
	if digits, _, _ := strings.Cut(strings.ToLower(text), "e"); strings.Trim(digits, "-0.") == "" {
		return 0, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return 0, err
	case math.Abs(f) >= math.MaxInt64:
		return 0, strconv.ErrRange
	case math.Abs(f) < 1: // which may be very many digits as a fraction
		return 0, strconv.ErrSyntax
	}
	exact, ok := new(big.Rat).SetString(text)
	if !ok || !exact.IsInt() {
		return 0, strconv.ErrSyntax
	}
	return exact.Num().Int64(), nil
}

// parseSeconds accepts fractions and returns them as a time.Duration's text,
// in whole milliseconds: a timer gains nothing from less.
func (s Setting) parseSeconds(text string) (string, error) {
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text, "xXpP_") { // Go's own notations, which JSON does not know
		return "", s.unacceptable()
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f >= float64(s.Min)) || f > float64(s.Max) {
		return "", s.unacceptable()
	}
	ms := math.Round(f * 1000)
	if ms == 0 && f > 0 { // 0 means something else than very short
		ms = 1
	}
	return (time.Duration(ms) * time.Millisecond).String(), nil
}

// parseChoice ignores case and the white space around a choice, unless the choice
// is a tab. The two characters \t also stand for a tab.
func (s Setting) parseChoice(text string) (string, error) {
	for _, e := range s.Enum {
		if e == text || strings.EqualFold(tabSpelled(e), strings.TrimSpace(text)) {
			return e, nil
		}
	}
	return "", s.unacceptable()
}

func tabSpelled(text string) string { return strings.ReplaceAll(text, "\t", `\t`) }

func quotedList(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = strconv.Quote(t)
	}
	return strings.Join(quoted, ", ")
}
