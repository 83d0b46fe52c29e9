package schema

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xeipuuv/gojsonschema"

	"target-s3/singer/jsonscan"
)

// verdict is what came of a schema and a datum.
type verdict string

const (
	valid   verdict = "valid"
	invalid verdict = "invalid"
	refused verdict = "refused" // the schema, by Compile
)

// ours asks the package.
func ours(tb testing.TB, c *Compiler, f suiteForm, tests []suiteTest) []verdict {
	tb.Helper()
	out := make([]verdict, len(tests))
	s, err := c.Compile(f.Schema, nil)
	for i, test := range tests {
		if err != nil {
			out[i] = refused
			continue
		}
		record := f.Record(test.Data)
		var scan jsonscan.Scanner
		if _, err := scan.Value(record, 0); err != nil {
			tb.Fatalf("%.200s: %v", record, err)
		}
		out[i] = valid
		if _, err := s.Validate(record, scan.Unusual, scan.Members, 1<<30); err != nil {
			out[i] = invalid
		}
	}
	return out
}

// theirs asks gojsonschema alone, as somebody would who has never heard of this
// package: everything is left as the library has it, but for the network.
func theirs(tb testing.TB, f suiteForm, tests []suiteTest) []verdict {
	tb.Helper()
	out := make([]verdict, len(tests))
	s, err := gojsonschema.NewSchemaLoader().Compile(noNetwork{gojsonschema.NewBytesLoader(f.Schema)})
	for i, test := range tests {
		if err != nil {
			out[i] = refused
			continue
		}
		result, err := s.Validate(gojsonschema.NewBytesLoader(f.Record(test.Data)))
		if err != nil {
			tb.Fatalf("%s: %v", f.Schema, err)
		}
		out[i] = invalid
		if result.Valid() {
			out[i] = valid
		}
	}
	return out
}

// noNetwork is a loader whose references lead to the meta-schemas, which the
// library holds, and no further.
type noNetwork struct{ gojsonschema.JSONLoader }

func (noNetwork) LoaderFactory() gojsonschema.JSONLoaderFactory { return metaSchemas{} }

type metaSchemas struct{}

func (metaSchemas) New(source string) gojsonschema.JSONLoader {
	for _, url := range suiteDrafts {
		if strings.TrimSuffix(source, "#") == strings.TrimSuffix(url.(string), "#") {
			return gojsonschema.NewReferenceLoader(source)
		}
	}
	return missing{gojsonschema.NewReferenceLoader(source)}
}

type missing struct{ gojsonschema.JSONLoader }

func (missing) LoadJSON() (any, error) { return nil, errors.New("no network") }

// withLibraryFormats runs f while the formats are what the library says they are.
func withLibraryFormats(f func()) {
	registerFormats() // so that no Compile does it in between
	gojsonschema.FormatCheckers.Add("date-time", gojsonschema.DateTimeFormatChecker{}).Add("uuid", gojsonschema.UUIDFormatChecker{})
	defer func() { gojsonschema.FormatCheckers.Add("date-time", dateTime{}).Add("uuid", uuid{}) }()
	f()
}

// leadingOut are the groups, in whatever draft they occur, whose references do
// not begin with #. Nothing but the schema itself is ever read, so they are
// refused, where the library finds some of them in the schema by their $id and
// would fetch the others.
var leadingOut = []string{
	"definitions.json: validate definition against metaschema",
	"optional/cross-draft.json: refs to future drafts are processed as future drafts",
	"optional/id.json: id inside an enum is not a real identifier",
	"optional/unknownKeyword.json: $id inside an unknown keyword is not a real identifier",
	"ref.json: $id must be resolved against nearest parent, not just immediate parent",
	"ref.json: $ref prevents a sibling $id from changing the base uri",
	"ref.json: $ref prevents a sibling id from changing the base uri",
	"ref.json: Location-independent identifier with base URI change in subschema",
	"ref.json: Recursive references between schemas",
	"ref.json: Reference an anchor with a non-relative URI",
	"ref.json: URN base URI with URN and JSON pointer ref",
	"ref.json: URN base URI with URN and anchor ref",
	"ref.json: id must be resolved against nearest parent, not just immediate parent",
	"ref.json: ref to else",
	"ref.json: ref to if",
	"ref.json: ref to then",
	"ref.json: ref with absolute-path-reference",
	"ref.json: refs with relative uris and defs",
	"ref.json: relative refs with absolute uris and defs",
	"ref.json: remote ref, containing refs itself",
	"ref.json: simple URN base URI with $ref via the URN",
	"refRemote.json: $ref to $ref finds location-independent $id",
	"refRemote.json: Location-independent identifier in remote ref",
	"refRemote.json: base URI change",
	"refRemote.json: base URI change - change folder",
	"refRemote.json: base URI change - change folder in subschema",
	"refRemote.json: fragment within remote ref",
	"refRemote.json: ref within remote ref",
	"refRemote.json: remote ref",
	"refRemote.json: remote ref with ref to definitions",
	"refRemote.json: retrieved nested refs resolve relative to their URI not $id",
	"refRemote.json: root ref in remote ref",
}

// lenient are the data that are valid here and not in the library: taps write
// date-time in more ways than RFC 3339 has.
var lenient = []string{
	"optional/format/date-time.json: validation of date-time strings: a numeric offset without minutes is invalid",
	"optional/format/date-time.json: validation of date-time strings: case-insensitive T and Z",
}

func TestSuiteVerdictsAreGojsonschemas(t *testing.T) {
	var c Compiler // one for all: what schemas share must not depend on them
	var reference [][]verdict
	groups := loadSuite(t)
	withLibraryFormats(func() {
		for _, g := range groups {
			for _, f := range g.forms(t) {
				reference = append(reference, theirs(t, f, g.Tests))
			}
		}
	})
	var count struct{ tests, verdicts, refused, lenient, unlikeSuite int }
	met := map[string]bool{}
	for _, g := range groups {
		count.tests += len(g.Tests)
		for _, f := range g.forms(t) {
			want := reference[0]
			reference = reference[1:]
			for i, got := range ours(t, &c, f, g.Tests) {
				count.verdicts++
				if (want[i] == valid) != g.Tests[i].Valid {
					count.unlikeSuite++
				}
				name := g.name() + ": " + g.Tests[i].Description
				switch {
				case got == want[i]:
				case got == refused && slices.Contains(leadingOut, g.name()):
					count.refused++
				case got == valid && slices.Contains(lenient, name):
					count.lenient++
					met[name] = true
				default:
					t.Errorf("%s %s (%s): %s, gojsonschema says %s\nschema %s\ndata %s", g.Draft, name, f.Name, got, want[i], f.Schema, g.Tests[i].Data)
				}
			}
		}
	}
	for _, name := range lenient {
		if !met[name] {
			t.Errorf("%s is not a difference", name)
		}
	}
	t.Logf("%d groups, %d tests, %d verdicts; %d refused and %d lenient beyond gojsonschema, which itself differs from the suite in %d",
		len(groups), count.tests, count.verdicts, count.refused, count.lenient, count.unlikeSuite)
	if count.tests < 3000 || count.verdicts < 3*count.tests {
		t.Error("that is not the whole suite")
	}
}

func TestSuiteReferencesThatLeadOutAreRefused(t *testing.T) {
	var got []string
	for _, g := range loadSuite(t) {
		for _, f := range g.forms(t) {
			_, err := Compile(f.Schema, nil)
			if err != nil && strings.Contains(err.Error(), "leads out of the schema") {
				got = append(got, g.name())
			} else if slices.Contains(leadingOut, g.name()) {
				t.Errorf("%s %s (%s): got %v", g.Draft, g.name(), f.Name, err)
			}
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(leadingOut, slices.Compact(got)); diff != "" {
		t.Errorf("refused groups (-want +got):\n%s", diff)
	}
}
