package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Source is one place that settings come from.
type Source struct {
	read func() ([]member, Errors)
}

// JSON is a document with an object of settings; name is what messages call it.
func JSON(name string, document []byte) Source {
	return Source{func() ([]member, Errors) { return parseDocument(name, document) }}
}

// Load reads the sources in their order. Of a setting that several have the
// last one counts; null and the empty string in a document unset it. An error
// is of type Errors and has all problems at once. With it the Config has only what
// says how to tell of it. The notices are valid with and without an error.
func Load(sources ...Source) (Config, []Notice, error) {
	return read(sources, true)
}

// LoadPart is Load for settings that are yet to be completed: what is required
// may be missing, and what is Asked is empty unless it was set.
func LoadPart(sources ...Source) (Config, []Notice, error) {
	return read(sources, false)
}

func read(sources []Source, complete bool) (Config, []Notice, error) {
	l := loader{cfg: Default(), entries: make(map[string]entry), failed: make(map[string]bool)}
	for _, src := range sources {
		l.add(src.read())
	}
	for _, s := range table {
		if s.Asked && !complete {
			_ = store(s.field(&l.cfg), "") // a string takes any text
		}
		l.set(s)
	}
	if !l.broken && complete {
		l.checkRequired()
	}
	if !l.broken {
		l.crossCheck()
		l.completeStreams()
	}
	if len(l.errs) > 0 {
		return Config{LogFormat: l.cfg.LogFormat, LogLevel: l.cfg.LogLevel}, l.notices, l.errs
	}
	l.cfg.fillLevel()
	return l.cfg, l.notices, nil
}

type loader struct {
	cfg     Config
	entries map[string]entry // what is set, by the setting's own name
	failed  map[string]bool  // settings whose value is not in cfg because it was refused
	broken  bool             // a document could not be read, so anything may be missing
	errs    Errors
	notices []Notice
}

// entry is a member whose name is known.
type entry struct {
	member
	alias  *Alias  // nil where the setting goes by its own name
	double []entry // the same setting by its other names, in the same source
}

// add merges the members of one source into what the sources before it had.
func (l *loader) add(members []member, errs Errors) {
	l.errs = append(l.errs, errs...)
	l.broken = l.broken || slices.ContainsFunc(errs, func(e FieldError) bool { return e.Setting == "" })
	mine := make(map[string]entry)
	for _, m := range members {
		if f, ok := foreignTo(m.name); ok {
			if instead := f.instead(m.raw); instead != "" {
				l.errs = append(l.errs, FieldError{Place: m.place, Setting: m.name, Problem: instead})
			}
			continue
		}
		s, alias, err := resolve(m)
		if err != nil {
			l.errs = append(l.errs, FieldError{Place: m.place, Setting: m.name, Problem: err.Error()})
			continue
		}
		first, double := mine[s.Name]
		switch e := (entry{member: m, alias: alias}); {
		case m.unset():
			if !double {
				delete(l.entries, s.Name)
			}
			continue
		case !double:
			mine[s.Name] = e
		case alias == nil: // its own name is what messages should call it
			e.double = append([]entry{first}, first.double...)
			mine[s.Name] = e
		default:
			first.double = append(first.double, e)
			mine[s.Name] = first
		}
		l.entries[s.Name] = mine[s.Name]
	}
}

// set parses and stores the value of one setting, if it has one.
func (l *loader) set(s Setting) {
	e, ok := l.entries[s.Name]
	if !ok {
		return
	}
	if e.alias != nil {
		l.notices = append(l.notices, Notice{
			Place: e.place, Setting: s.Name,
			Text: fmt.Sprintf("%s is taken as %s, which is its name here", e.name, s.Name),
		})
	}
	if s.Kind == PerPattern {
		l.setStreams(e)
		return
	}
	if err := s.setRaw(&l.cfg, e); err != nil {
		l.fail(s.Name, err.Error())
		return
	}
	for _, d := range e.double {
		var other Config
		switch err := s.setRaw(&other, d); {
		case err != nil:
			l.errs = append(l.errs, FieldError{Place: d.place, Setting: d.name, Value: s.showRaw(d.raw), Problem: err.Error()})
		case s.Text(other) != s.Text(l.cfg):
			l.errs = append(l.errs, FieldError{Place: d.place, Setting: d.name, Problem: fmt.Sprintf(
				"another name of %s, which has another value (%s): keep %s alone", s.Name, e.place, s.Name)})
		}
	}
}

// setRaw parses and stores a value in JSON.
func (s Setting) setRaw(c *Config, e entry) error {
	text, err := s.text(e.raw)
	if err == nil && e.alias != nil && e.alias.convert != nil {
		text, err = e.alias.convert(text)
	}
	if err != nil {
		return err
	}
	return s.Set(c, text)
}

// fail records a problem with a setting, at the place where it was set.
func (l *loader) fail(name, problem string) {
	l.failed[name] = true
	s, _ := Lookup(name)
	e, ok := l.entries[name]
	if !ok {
		l.errs = append(l.errs, FieldError{Setting: name, Problem: problem})
		return
	}
	l.errs = append(l.errs, FieldError{Place: e.place, Setting: e.name, Value: s.showRaw(e.raw), Problem: problem})
}

// unset reports whether the member says that there is no value.
func (m member) unset() bool { return string(m.raw) == "null" || string(m.raw) == `""` }

// text is the value as a user would write it on one line: a string's content,
// the literal of a number or a boolean, the JSON of an object.
func (s Setting) text(raw json.RawMessage) (string, error) {
	ok := false
	switch c := raw[0]; s.Kind {
	case Bool, AutoBool:
		ok = c == 't' || c == 'f'
	case Integer, Bytes, Seconds:
		ok = c == '-' || '0' <= c && c <= '9'
	case Tags, PerPattern:
		ok = c == '{'
	case List:
		ok = c == '['
	}
	if ok {
		return string(raw), nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", s.wrongType()
	}
	return text, nil
}

func (s Setting) wrongType() error {
	if s.Kind == String || s.Kind == SecretString {
		return errors.New("must be a string, in quotes")
	}
	return s.unacceptable()
}

// showRaw is show for a value in JSON.
func (s Setting) showRaw(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return s.show(text, strconv.Quote)
	}
	return s.show(string(raw), func(json string) string { return strings.Join(strings.Fields(json), " ") })
}
