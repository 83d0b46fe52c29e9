// Package setup is the form that a person fills in to connect a bucket: its
// questions, the answers and what is wrong with them by the loader's own code,
// and what follows from the answers: a sample key, the policy, the challenge
// file, and the file of settings. How the form is drawn, on a terminal or as a
// page, is not its business.
package setup

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/objectkey"
)

// Form has the answers so far. It is not safe for concurrent use.
type Form struct {
	base      config.Config // what the form does not ask
	around    Surroundings
	texts     map[string]string
	challenge string
}

// New returns a form that is filled in with the settings of base, as LoadPart has
// them, which need not have a bucket. What the form does not ask stays as base has
// it, but for the service: that of the surroundings becomes a setting, since loads
// may run elsewhere.
func New(base config.Config, around Surroundings) *Form {
	if base.AWSEndpointURL == "" && around.Endpoint != "" {
		around.endpointProblem = lookup("aws_endpoint_url").Set(&base, around.Endpoint)
	} else {
		around.Endpoint = ""
	}
	f := &Form{base: base, around: around, texts: make(map[string]string), challenge: base.SentinelKey}
	for _, step := range Steps() {
		for _, field := range step.Fields {
			f.texts[field.Setting] = lookup(field.Setting).Text(base)
		}
	}
	if f.challenge == "" {
		f.challenge = "target-s3-challenge-file-" + newUUID()
	}
	return f
}

// SuggestExactlyOnce answers that the pipeline is loaded exactly once under the
// integration's name, unless the settings rule it out.
func (f *Form) SuggestExactlyOnce() {
	if f.texts[exactlyOnce] == "" && f.conditional() {
		f.texts[exactlyOnce] = asIntegration
	}
}

// conditional reports whether objects may be written on conditions.
func (f *Form) conditional() bool {
	_, folder := f.base.FileRoot() // which has a lock instead
	return folder || f.base.ConditionalWrites == nil || *f.base.ConditionalWrites
}

// meant is the text of a setting that an answer stands for.
func (f *Form) meant(setting, text string) string {
	if setting == exactlyOnce && text == asIntegration {
		return f.texts["integration_name"]
	}
	return text
}

// newUUID returns a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func lookup(setting string) config.Setting {
	s, ok := config.Lookup(setting)
	if !ok {
		panic("setup asks for " + setting + ", which is not a setting") //nolint:forbidigo // a row of Steps is wrong; a test reaches each
	}
	return s
}

// Text is the answer to a field, right or wrong.
func (f *Form) Text(setting string) string { return f.texts[setting] }

// Put stores the answer to a field, right or wrong, and returns what is wrong
// with it. The empty answer stands for the default, where there is one.
func (f *Form) Put(setting, text string) error {
	f.texts[setting] = trimmed(lookup(setting), text)
	return f.Check(setting, text)
}

// trimmed is an answer without what comes along when it is pasted.
func trimmed(s config.Setting, text string) string {
	if s.Kind == config.Choice { // a tab may be one
		return text
	}
	return Trim(text)
}

// Trim removes white space from both ends, and what cannot be seen there.
func Trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
}

var errMissing = errors.New("required, and not set")

// Check returns what is wrong with an answer, in the words in which the loader
// would refuse it. Lines takes it apart.
func (f *Form) Check(setting, text string) error {
	s := lookup(setting)
	text = trimmed(s, text)
	if (s.Required || s.Asked) && text == "" {
		return errMissing
	}
	c := f.base
	return s.Set(&c, f.meant(setting, text))
}

// Warn is what deserves a second look at an answer that is not refused; empty:
// nothing.
func (f *Form) Warn(setting, text string) string {
	text = trimmed(lookup(setting), text)
	if setting != "aws_region" || f.base.AWSEndpointURL != "" || f.Check(setting, text) != nil {
		return "" // other services have regions of their own
	}
	return config.UnknownRegion(text)
}

// Lines are the problems of an error, one each, fit to be shown.
func Lines(err error) (lines []string) {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			lines = append(lines, Lines(e)...)
		}
		return lines
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		for _, line := range Lines(p.Err) {
			lines = append(lines, p.Field.Label+": "+line)
		}
		return lines
	}
	texts := strings.Split(strings.TrimSpace(err.Error()), "\n")
	if p, ok := errors.AsType[config.Problems](err); ok {
		texts = p
	}
	for _, text := range texts {
		lines = append(lines, printable.Line(text))
	}
	return lines
}

// Asks reports whether a field matters with the answers so far.
func (f *Form) Asks(field Field) bool {
	if _, folder := f.base.FileRoot(); folder && field.Setting == "aws_region" {
		return false // which a folder has not
	}
	if field.Setting == exactlyOnce && !f.conditional() {
		return false
	}
	return !field.CSV || f.texts["output_file_format"] == config.FormatCSV
}

// Problem is an answer that the loader would refuse.
type Problem struct {
	Field Field
	Err   error
}

func (p *Problem) Error() string { return fmt.Sprintf("%s: %v", p.Field.Label, p.Err) }

func (p *Problem) Unwrap() error { return p.Err }

// Problems are the answers of a step that are wrong.
func (f *Form) Problems(step Step) (problems []*Problem) {
	for _, field := range step.Fields {
		if err := f.Check(field.Setting, f.texts[field.Setting]); err != nil {
			problems = append(problems, &Problem{field, err})
		}
	}
	return problems
}

// Config is what the answers make: the very settings that the loader will read
// from the file. It has the challenge file's name as sentinel_key. An error
// joins all problems: a *Problem for each wrong answer, or else those that only
// show when all settings are seen together.
func (f *Form) Config() (config.Config, error) {
	c := f.base
	var problems []error
	for _, step := range Steps() {
		for _, p := range f.Problems(step) {
			problems = append(problems, p)
		}
		for _, field := range step.Fields {
			_ = lookup(field.Setting).Set(&c, f.meant(field.Setting, f.texts[field.Setting])) // told by Problems
		}
	}
	if len(problems) > 0 {
		return config.Config{}, errors.Join(problems...)
	}
	c.SentinelKey = f.challenge
	text, err := config.Encode(c, true)
	if err != nil {
		return config.Config{}, err
	}
	c, _, err = config.Load(config.JSON("", text))
	if wrong := config.Errors(nil); errors.As(err, &wrong) {
		for i := range wrong {
			wrong[i].Place = "" // in a document that nobody has seen
		}
	}
	return c, err
}

// sampleTable is a table that everybody has, sampleRun what a run might be called.
const sampleTable, sampleRun = "orders", "k3v9x2mq"

// SampleKey is the key that a file of the table "orders" would have, begun at the
// given moment.
func (f *Form) SampleKey(begun time.Time) (string, error) {
	c := f.base
	for _, name := range []string{"integration_name", "s3_key_format_string", "output_file_format"} {
		if err := f.Check(name, f.texts[name]); err != nil {
			return "", err
		}
		_ = lookup(name).Set(&c, f.texts[name]) // which Check has done
	}
	keys, err := c.Keys()
	if err != nil {
		return "", err
	}
	return keys.Example(objectkey.Values{Table: sampleTable, Version: 1, Loaded: begun, RunID: cmp.Or(c.RunID, sampleRun)})
}
