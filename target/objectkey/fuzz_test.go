package objectkey_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"target-s3/target/objectkey"
)

// What follows says the rules of a template once more, slowly.
const (
	// Printable ASCII but the space and ! # $ % & * @ [ \ ] ^
	plain   = `["'()+-?A-Z_-~]`
	element = `\[(?:integration_name|table_name|table_version|timestamp_loaded` +
		`|year_loaded|month_loaded|day_loaded|hour_loaded|run_id|csv\|jsonl` +
		`|(?s:field:[^\[\]|]+(?:\|(?:date|year|month|day|hour))?))\]`
)

var (
	wholeTemplate = regexp.MustCompile(`^(?:` + plain + `|` + element + `)*$`)
	wholePrefix   = regexp.MustCompile(`^` + plain + `*$`)
	wholeKey      = regexp.MustCompile(`^` + plain + `+$`)
	badSegment    = regexp.MustCompile(`(?:^|/)\.{0,2}(?:/|$)`)

	fixedWidth = regexp.MustCompile(`\[(?:integration_name|[a-z]+_loaded|run_id|csv\|jsonl)\]`)
	apart      = regexp.MustCompile(`\[table_name\].*[^0-9].*\[table_version\]|\[table_version\].*[^0-9].*\[table_name\]`)
)

func accepts(template string) bool {
	for _, required := range []string{"[integration_name]", "[table_name]", "[table_version]", "[timestamp_loaded]"} {
		if !strings.Contains(template, required) {
			return false
		}
	}
	return utf8.RuneCountInString(template) <= 500 &&
		wholeTemplate.MatchString(template) &&
		strings.Count(template, "[csv|jsonl]") <= 1 &&
		!badSegment.MatchString(template)
}

// separates reports whether no two tables and versions can meet in the keys of
// a template.
func separates(template string) bool {
	return strings.Count(template, "[table_name]") == 1 &&
		strings.Count(template, "[table_version]") == 1 &&
		apart.MatchString(fixedWidth.ReplaceAllString(template, ""))
}

var seeds = []string{
	objectkey.Default,
	all, all + "/", "/" + all, "a//" + all, "../" + all, "./" + all, ".../" + all,
	all + "[csv|jsonl]", all + "[csv|jsonl][csv|jsonl]", all + ".[csv|jsonl|parquet]",
	"[" + all, all + "]", "[]" + all, "[\xf5\n\"]" + all, all + "[table_name", "a b" + all, "a!" + all, `a\` + all, "é" + all, "\xff" + all,
	"[table_name]/[table_version]", "[tabel_name]", "",
	"[integration_name]/[timestamp_loaded]/[table_version]2[table_name]x[table_name]",
	"[field:a]/[field:a|date]/[field:b c|hour]/" + all, "[field:]" + all, "[field:a|x]" + all, "[field:a|]" + all, "[field]" + all, "[field:é]" + all,
	"[run_id]/[run]" + all, "y=[year_loaded]/run=[run_id]/m=[month_loaded]/d=[day_loaded]/h=[hour_loaded]/" + all,
	strings.Repeat("x", 500-len(all)) + all, strings.Repeat("x", 501-len(all)) + all,
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, template string) {
		_, err := objectkey.Parse(template)
		if want := accepts(template); (err == nil) != want {
			t.Fatalf("Parse(%q) = %v, the reference accepts it: %v", template, err, want)
		}
		if err != nil && (!utf8.ValidString(err.Error()) || strings.ContainsAny(err.Error(), "\n\x00")) {
			t.Errorf("error is not a clean line: %q", err)
		}
	})
}

func FuzzCheckPrefix(f *testing.F) {
	for _, s := range append(seeds, "data", "data/", "/", "a/..", "a/./") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, prefix string) {
		want := utf8.RuneCountInString(prefix) <= 500 && wholePrefix.MatchString(prefix) &&
			(prefix == "" || prefix != "/" && !badSegment.MatchString(strings.TrimSuffix(prefix, "/")))
		if err := objectkey.CheckPrefix(prefix); (err == nil) != want {
			t.Errorf("CheckPrefix(%q) = %v, the reference accepts it: %v", prefix, err, want)
		}
	})
}

func FuzzRender(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, "singer", "orders", uint64(1), uint64(0), "orders", uint64(1), uint64(1))
		f.Add(s, "singer", "a1", uint64(1), uint64(0), "a", uint64(11), uint64(0))
		f.Add(s, "..", "a/b c", uint64(1), uint64(7), "a//../b", uint64(1700000000000), uint64(7))
	}
	f.Fuzz(func(t *testing.T, template, integration, table1 string, version1, time1 uint64, table2 string, version2, time2 uint64) {
		parsed, err := objectkey.Parse(template)
		if err != nil {
			return
		}
		v1, v2 := fuzzed(integration, table1, version1, time1), fuzzed(integration, table2, version2, time2)
		for _, f := range parsed.Fields() {
			v1.Fields, v2.Fields = append(v1.Fields, f.Text(integration)), append(v2.Fields, f.Text(integration))
		}
		key1, key2 := render(t, parsed, v1), render(t, parsed, v2)
		if key1 == "" || key1 != key2 || reflect.DeepEqual(v1, v2) {
			return
		}
		// Of the same length can be only keys with both a longer name and a
		// shorter version, or neither.
		if separates(template) || len(v1.Table) == len(v2.Table) {
			t.Errorf("%s renders %+v and %+v as %s", template, v1, v2, key1)
		}
	})
}

// fuzzed makes values that are permitted of any.
func fuzzed(integration, table string, version, ms uint64) objectkey.Values {
	segments := strings.Split(table, "/")
	for i, s := range segments {
		segments[i] = objectkey.TableName(s)
	}
	return objectkey.Values{
		Integration: objectkey.SafeName("i" + integration),
		Table:       strings.Join(segments, "/"),
		Version:     int64(version >> 1),
		Loaded:      time.UnixMilli(1e12 + int64(ms%9e12)), // 13 digits
		RunID:       "run",
		Extension:   "jsonl.gz",
	}
}

// render returns "" for a key that is too long, the one thing that may be wrong.
func render(t *testing.T, template objectkey.Template, v objectkey.Values) string {
	key, err := template.Render(v)
	if err != nil {
		if !strings.Contains(err.Error(), "at most 500 are allowed") {
			t.Errorf("Render(%+v) = %v", v, err)
		}
		return ""
	}
	if len(key) > 500 || !wholeKey.MatchString(key) || badSegment.MatchString(key) {
		t.Errorf("%+v renders %+v as %q", template, v, key)
	}
	return key
}

var safeName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// Two streams never share a folder, and what a stream's is depends on nothing
// but its name. (Names that differ and have the same 8 digits of SHA-256 are not
// found by chance.)
func FuzzTableName(f *testing.F) {
	for _, name := range []string{"a_b", "a b", "a/b", "a_b-c8687a08", ".", "..", "_", "\xff", "\ufffd", "é", "_sdc_rejected", "events-20261231", "-deadbeef", ""} {
		f.Add(name, "a b")
		f.Add(name, objectkey.TableName(name))
		f.Add(name, objectkey.SafeName(name))
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		first, second := objectkey.TableName(a), objectkey.TableName(b)
		for name, got := range map[string]string{a: first, b: second} {
			if !safeName.MatchString(got) || strings.Trim(got, ".") == "" || got == objectkey.RejectedTable {
				t.Errorf("TableName(%q) = %q", name, got)
			}
		}
		if first == second && a != b {
			t.Errorf("%q and %q are both %q", a, b, first)
		}
		if again := objectkey.TableName(first); again == first && first != a {
			t.Errorf("a stream that is called %s would meet %q", first, a)
		}
	})
}

// The same of arrays, whose names are paths; a stream's name may look like one.
func FuzzArrayName(f *testing.F) {
	for _, path := range []string{"a\x00b", "a__b", "a_\x00b", "a\x00_b", "a__b\x00c", "a\x00b__c", "", "\x00", `["a__b"]`, "a b\x00c", "a b__c"} {
		f.Add(path, "a\x00b", "")
		f.Add(path, strings.ReplaceAll(path, "\x00", "__"), "a")
		f.Add(path, strings.ReplaceAll(path, "__", "\x00"), "orders/a")
	}
	f.Fuzz(func(t *testing.T, a, b, stream string) {
		first, second := objectkey.ArrayName(strings.Split(a, "\x00")), objectkey.ArrayName(strings.Split(b, "\x00"))
		if !safeName.MatchString(first) || strings.Trim(first, ".") == "" {
			t.Errorf("ArrayName(%q) = %q", a, first)
		}
		if first == second && a != b {
			t.Errorf("%q and %q are both %q", a, b, first)
		}
		if table := objectkey.TableName(stream); strings.Contains(table, "/") { // or it might be an array's
			t.Errorf("the stream %q has the folder %s", stream, table)
		}
	})
}
