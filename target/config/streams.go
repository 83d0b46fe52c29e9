package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Streams are settings for some streams, by patterns of their names.
type Streams struct {
	text      string // a JSON object without needless white space; empty: there are none
	overrides []override
}

// override is what one pattern sets.
type override struct {
	pattern string
	set     []entry
	config  Config // all settings of the streams that it is for
}

// Patterns are those of names, in the order in which they were written.
func (s Streams) Patterns() []string {
	patterns := make([]string, len(s.overrides))
	for i, o := range s.overrides {
		patterns[i] = o.pattern
	}
	return patterns
}

// Pattern is the one that is for a stream, if there is one. Of several the most exact
// one wins: a name without a star, then the one with the most characters beside its
// stars, then the first.
func (s Streams) Pattern(stream string) (pattern string, ok bool) {
	best := -1
	for i, o := range s.overrides {
		if matches(o.pattern, stream) && (best < 0 || exactness(o.pattern) > exactness(s.overrides[best].pattern)) {
			best = i
		}
	}
	if best < 0 {
		return "", false
	}
	return s.overrides[best].pattern, true
}

// Of are all settings for the streams of a pattern: its own, and for the others those
// that all streams have.
func (s Streams) Of(pattern string) Config {
	i := slices.IndexFunc(s.overrides, func(o override) bool { return o.pattern == pattern })
	return s.overrides[i].config
}

// LargestRecord is the max_record_bytes of the stream that has the largest.
func (c *Config) LargestRecord() int64 {
	most := c.MaxRecordBytes
	for _, one := range c.Streams.configs() {
		most = max(most, one.MaxRecordBytes)
	}
	return most
}

// configs are those of all patterns.
func (s Streams) configs() []Config {
	all := make([]Config, len(s.overrides))
	for i, o := range s.overrides {
		all[i] = o.config
	}
	return all
}

func exactness(pattern string) int {
	if !strings.Contains(pattern, "*") {
		return len(pattern) + 1<<20
	}
	return len(pattern) - strings.Count(pattern, "*")
}

// matches reports whether a name is of a pattern, in which a star stands for any text.
func matches(pattern, name string) bool {
	pieces := strings.Split(pattern, "*")
	first, last := pieces[0], pieces[len(pieces)-1]
	if len(pieces) == 1 {
		return name == pattern
	}
	rest, ok := strings.CutPrefix(name, first)
	if !ok {
		return false
	}
	for _, piece := range pieces[1 : len(pieces)-1] {
		at := strings.Index(rest, piece)
		if at < 0 {
			return false
		}
		rest = rest[at+len(piece):]
	}
	return strings.HasSuffix(rest, last)
}

// parseStreams reads the patterns and what they set. The values are looked at when
// all other settings are known.
func parseStreams(d document) (Streams, Errors) {
	var all Streams
	patterns, errs := d.members()
	for i := range errs {
		errs[i].Setting = streamSetting(errs[i].Setting, "")
	}
	for _, p := range patterns {
		o := override{pattern: p.name}
		if p.name == "" {
			errs = append(errs, FieldError{Place: p.place, Setting: "streams", Problem: "a pattern must not be empty: * is for every stream"})
			continue
		}
		if p.raw[0] != '{' {
			errs = append(errs, FieldError{Place: p.place, Setting: streamSetting(p.name, ""), Problem: "must be a JSON object of settings"})
			continue
		}
		members, wrong := p.document().members()
		for _, err := range wrong {
			err.Setting = streamSetting(p.name, err.Setting)
			errs = append(errs, err)
		}
		for _, m := range members {
			s, alias, err := resolve(m)
			if err == nil && !s.PerStream {
				err = fmt.Errorf("is one setting for all streams; for some there are %s", strings.Join(perStream(), ", "))
			}
			if err != nil {
				errs = append(errs, FieldError{Place: m.place, Setting: streamSetting(p.name, m.name), Problem: err.Error()})
				continue
			}
			if !m.unset() {
				o.set = append(o.set, entry{member: m, alias: alias})
			}
		}
		all.overrides = append(all.overrides, o)
	}
	if len(all.overrides) > 0 {
		var b bytes.Buffer
		if err := json.Compact(&b, d.data[d.from:d.to]); err == nil {
			all.text = b.String()
		}
	}
	return all, errs
}

// perStream are the settings that a pattern can set.
func perStream() (names []string) {
	for _, s := range table {
		if s.PerStream {
			names = append(names, s.Name)
		}
	}
	return names
}

func streamSetting(pattern, name string) string {
	setting := "streams." + pattern
	if name != "" {
		setting += "." + name
	}
	return setting
}

// setStreams reads the setting streams, from JSON or from text that has it.
func (l *loader) setStreams(e entry) {
	d := e.document()
	if e.raw[0] == '"' {
		var text string
		_ = json.Unmarshal(e.raw, &text) // it was JSON before
		d = wholeDocument(e.place, []byte(text))
		if err := d.checkSyntax(); err != nil {
			l.streamError(e, *err)
			return
		}
	} else if e.raw[0] != '{' {
		l.fail("streams", "must be a JSON object of patterns")
		return
	}
	all, errs := parseStreams(d)
	for _, err := range errs {
		l.streamError(e, err)
	}
	l.cfg.Streams = all
}

func (l *loader) streamError(e entry, err FieldError) {
	l.failed["streams"] = true
	if err.Setting == "" {
		err.Setting = e.name
	}
	l.errs = append(l.errs, err)
}

// completeStreams makes the settings of each pattern, from those of all streams and
// its own, and applies the rules to them.
func (l *loader) completeStreams() {
	for i := range l.cfg.Streams.overrides {
		o := &l.cfg.Streams.overrides[i]
		mine := loader{cfg: l.cfg, entries: maps.Clone(l.entries), failed: maps.Clone(l.failed)}
		mine.cfg.Streams = Streams{}
		for _, e := range o.set {
			s, _, _ := resolve(e.member)
			mine.entries[s.Name] = entry{member: member{name: streamSetting(o.pattern, e.name), place: e.place, raw: e.raw}}
			if err := s.setRaw(&mine.cfg, e); err != nil {
				mine.fail(s.Name, err.Error())
			}
		}
		mine.dropLevel(o)
		for _, r := range rules {
			if s, _ := Lookup(r.on); s.PerStream {
				mine.apply(r)
			}
		}
		l.errs = append(l.errs, mine.errs...)
		mine.cfg.fillLevel()
		o.config = mine.cfg
	}
}

// dropLevel has a compression of its own come with its own level: that of another
// codec means something else.
func (l *loader) dropLevel(o *override) {
	sets := func(name string) bool {
		return slices.ContainsFunc(o.set, func(e entry) bool { s, _, _ := resolve(e.member); return s.Name == name })
	}
	if sets("compression") && !sets("compression_level") {
		l.cfg.CompressionLevel = 0
	}
}

// store keeps a text that was checked.
func (s *Streams) store(text string) error {
	if *s = (Streams{}); text == "" {
		return nil
	}
	all, errs := parseStreams(wholeDocument("streams", []byte(text)))
	*s = all
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// checkStreams judges the setting alone, for those who have no document.
func checkStreams(text string) (string, error) {
	d := wholeDocument("streams", []byte(text))
	if err := d.checkSyntax(); err != nil {
		return "", err
	}
	all, errs := parseStreams(d)
	if len(errs) > 0 {
		return "", errs
	}
	return all.text, nil
}
