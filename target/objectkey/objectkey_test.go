package objectkey_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"target-s3/target/objectkey"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loaded is the moment of the examples in Stitch's documentation.
var loaded = time.UnixMilli(1519235654474)

// all is a template of nothing but what is required.
const all = "[integration_name][table_name][table_version][timestamp_loaded]"

func TestRender(t *testing.T) {
	example := objectkey.Values{
		Integration: "salesforce-prod", Table: "account", Version: 1, Loaded: loaded, Extension: "jsonl",
	}
	with := func(change func(*objectkey.Values)) objectkey.Values {
		v := example
		change(&v)
		return v
	}
	for _, c := range []struct {
		name, template string
		values         objectkey.Values
		want           string
	}{
		{"default", objectkey.Default, example, "salesforce-prod/account/1_1519235654474.jsonl"},
		{
			"compressed", objectkey.Default,
			with(func(v *objectkey.Values) { v.Extension = "csv.gz" }),
			"salesforce-prod/account/1_1519235654474.csv.gz",
		},
		{
			"version", objectkey.Default,
			with(func(v *objectkey.Values) { v.Version = 1700000000000 }),
			"salesforce-prod/account/1700000000000_1519235654474.jsonl",
		},
		{
			"run", "[integration_name]/run=[run_id]/[table_name]/[table_version]_[timestamp_loaded]",
			with(func(v *objectkey.Values) { v.RunID = "k3v9x2mq" }),
			"salesforce-prod/run=k3v9x2mq/account/1_1519235654474.jsonl",
		},
		{
			"subtable", objectkey.Default,
			with(func(v *objectkey.Values) { v.Table = "orders/line_items/tax_lines" }),
			"salesforce-prod/orders/line_items/tax_lines/1_1519235654474.jsonl",
		},
		{
			"hive folders",
			"[integration_name]/table=[table_name]/year=[year_loaded]/month=[month_loaded]/day=[day_loaded]/hour=[hour_loaded]/[table_version]_[timestamp_loaded].[csv|jsonl]",
			example,
			"salesforce-prod/table=account/year=2018/month=02/day=21/hour=17/1_1519235654474.jsonl",
		},
		{
			"zeros in front, UTC whatever the zone",
			"[integration_name]/[year_loaded]-[month_loaded]-[day_loaded]-[hour_loaded]/[table_name]-[table_version]-[timestamp_loaded]",
			with(func(v *objectkey.Values) {
				v.Loaded = time.Date(2020, 3, 5, 23, 59, 59, 999999999, time.FixedZone("", -5*3600))
			}),
			"salesforce-prod/2020-03-06-04/account-1-1583470799999.jsonl",
		},
		{"extension appended", all, example, "salesforce-prodaccount11519235654474.jsonl"},
		{"any order", "[timestamp_loaded]/[table_version]/[table_name]/[integration_name]", example, "1519235654474/1/account/salesforce-prod.jsonl"},
		{"extension as a folder", "[csv|jsonl]/" + all, example, "jsonl/salesforce-prodaccount11519235654474"},
		{"repeated", all + "/[table_name]", example, "salesforce-prodaccount11519235654474/account.jsonl"},
		{
			"name of the tap", objectkey.Default,
			with(func(v *objectkey.Values) { v.Table = objectkey.SafeName("public.Größe (m²)") }),
			"salesforce-prod/public.Gr__e__m__/1_1519235654474.jsonl",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			template, err := objectkey.Parse(c.template)
			if err != nil {
				t.Fatal(err)
			}
			got, err := template.Render(c.values)
			if err != nil || got != c.want {
				t.Errorf("Render = %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestRenderRefuses(t *testing.T) {
	good := objectkey.Values{Integration: "i", Table: "t", Version: 1, Loaded: loaded, RunID: "r", Extension: "jsonl"}
	for name, c := range map[string]struct {
		change func(*objectkey.Values)
		want   string
	}{
		"long table":        {func(v *objectkey.Values) { v.Table = strings.Repeat("t", 480) }, "506 characters, at most 500 are allowed"},
		"table unsafe":      {func(v *objectkey.Values) { v.Table = "a b" }, `table "a b": segment "a b"`},
		"table empty":       {func(v *objectkey.Values) { v.Table = "" }, `segment ""`},
		"table climbs":      {func(v *objectkey.Values) { v.Table = "a/../b" }, `segment ".."`},
		"table slashed":     {func(v *objectkey.Values) { v.Table = "/a" }, `segment ""`},
		"integration":       {func(v *objectkey.Values) { v.Integration = "a/b" }, `integration name "a/b"`},
		"run missing":       {func(v *objectkey.Values) { v.RunID = "" }, `run_id "" is not a safe name`},
		"run unsafe":        {func(v *objectkey.Values) { v.RunID = "a/b" }, `run_id "a/b" is not a safe name`},
		"extension empty":   {func(v *objectkey.Values) { v.Extension = "" }, `extension ""`},
		"extension dotted":  {func(v *objectkey.Values) { v.Extension = ".csv" }, `extension ".csv"`},
		"no time":           {func(v *objectkey.Values) { v.Loaded = time.Time{} }, "0001-01-01T00:00:00Z is not within"},
		"year of 5 figures": {func(v *objectkey.Values) { v.Loaded = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, "is not within"},
	} {
		t.Run(name, func(t *testing.T) {
			template, err := objectkey.Parse(objectkey.Default + "_[run_id]")
			if err != nil {
				t.Fatal(err)
			}
			v := good
			c.change(&v)
			got, err := template.Render(v)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "object key of table") {
				t.Errorf("Render = %q, %v, want an error with %q", got, err, c.want)
			}
		})
	}
	if got, err := (objectkey.Template{}).Render(good); err == nil {
		t.Errorf("zero Template renders %q", got)
	}
}

// Exactly 500 characters are well, of the template as of a key.
func TestLengthLimit(t *testing.T) {
	fill := func(n int) string { return strings.Repeat("x", n-len(all)) + all }
	if _, err := objectkey.Parse(fill(500)); err != nil {
		t.Error(err)
	}
	if _, err := objectkey.Parse(fill(501)); err == nil || !strings.Contains(err.Error(), "501 characters, at most 500") {
		t.Errorf("Parse of 501 characters: %v", err)
	}
	template, err := objectkey.Parse("[integration_name]/[table_name]/[table_version]/[timestamp_loaded]")
	if err != nil {
		t.Fatal(err)
	}
	rest := len("i//1/1519235654474.jsonl")
	v := objectkey.Values{Integration: "i", Table: strings.Repeat("t", 500-rest), Version: 1, Loaded: loaded, Extension: "jsonl"}
	if key, err := template.Render(v); err != nil || len(key) != 500 {
		t.Errorf("Render = %d characters, %v", len(key), err)
	}
	v.Table += "t"
	if _, err := template.Render(v); err == nil {
		t.Error("Render of 501 characters: no error")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct {
		name, template string
		want           []string
	}{
		{"empty", "", []string{"required and missing: [integration_name] [table_name] [table_version] [timestamp_loaded]"}},
		{"two missing", "[table_name]/[timestamp_loaded]", []string{"required and missing: [integration_name] [table_version]"}},
		{"unknown, near", all + "[tabel_name]", []string{"unknown element [tabel_name]: did you mean [table_name]?"}},
		{"unknown, part", all + "[year]", []string{"unknown element [year]: did you mean [year_loaded]?"}},
		{"unknown, case", all + "[Hour_Loaded]", []string{"unknown element [Hour_Loaded]: did you mean [hour_loaded]?"}},
		{"unknown, more formats", all + "[csv|jsonl|parquet]", []string{"unknown element [csv|jsonl|parquet]: did you mean [csv|jsonl]?"}},
		{"unknown, far", all + "[stream]", []string{
			"unknown element [stream]: known are [integration_name] [table_name] [table_version] [timestamp_loaded]" +
				" [year_loaded] [month_loaded] [day_loaded] [hour_loaded] [run_id] [field:NAME] [csv|jsonl]",
		}},
		{"element without a name", all + "[]", []string{
			"unknown element []: known are [integration_name] [table_name] [table_version] [timestamp_loaded]" +
				" [year_loaded] [month_loaded] [day_loaded] [hour_loaded] [run_id] [field:NAME] [csv|jsonl]",
		}},
		{"two extensions", all + "[csv|jsonl][csv|jsonl]", []string{"[csv|jsonl] more than once"}},
		{"bracket open", all + "/[day_loaded", []string{`"[" at character 65 has no "]"`}},
		{"bracket close", "a]/" + all, []string{`"]" at character 2 has no "["`}},
		{"brackets nested", "[" + all + "]", []string{`"[" at character 1 has no "]"`, `"]" at character 65 has no "["`}},
		{"space", "my data/" + all, []string{"spaces are not allowed: use _ or -"}},
		{"characters", "!a@b#c$d%e^f&g*h!/" + all, []string{
			"not allowed: ! @ # $ % ^ & * (any printable ASCII character is, but !@#$%^&* and the backslash)",
		}},
		{"unseen characters", "\t\x00\x7f\\é\u00a0\u200b\xff\ufffd/" + all, []string{
			`not allowed: "\t" "\x00" "\x7f" \ é "\u00a0" "\u200b" "\xff" "\ufffd" (any printable ASCII character is, but !@#$%^&* and the backslash)`,
		}},
		{"leading slash", "/" + all, []string{"begins with a slash: remove it"}},
		{"trailing slash", all + "/", []string{"ends in a slash: a file name must follow"}},
		{"empty segment", "a//" + all, []string{"empty segment //: use one slash"}},
		{"dots", "./../" + all, []string{`segment "." is not allowed: remove it`, `segment ".." is not allowed: remove it`}},
		{"everything at once", "/a b!/[tabel_name]/[csv|jsonl][csv|jsonl]/../]", []string{
			"required and missing: [integration_name] [table_name] [table_version] [timestamp_loaded]",
			"unknown element [tabel_name]: did you mean [table_name]?",
			"[csv|jsonl] more than once",
			`"]" at character 46 has no "["`,
			"spaces are not allowed: use _ or -",
			"not allowed: ! (any printable ASCII character is, but !@#$%^&* and the backslash)",
			"begins with a slash: remove it",
			"ends in a slash: a file name must follow",
			`segment ".." is not allowed: remove it`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := objectkey.Parse(c.template)
			var e *objectkey.Error
			if !errors.As(err, &e) {
				t.Fatalf("Parse = %v, want an *Error", err)
			}
			if diff := cmp.Diff(c.want, e.Problems); diff != "" {
				t.Error("problems (-want +got):\n", diff)
			}
			if e.Text != c.template || e.What != "key template" {
				t.Errorf("error = %+v", e)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	_, err := objectkey.Parse("a b[table_name][table_version][integration_name]")
	want := `key template "a b[table_name][table_version][integration_name]": ` +
		"required and missing: [timestamp_loaded]; spaces are not allowed: use _ or -"
	if err == nil || err.Error() != want {
		t.Errorf("error:\n  %v\nwant:\n  %s", err, want)
	}
}

func TestCheckPrefix(t *testing.T) {
	for _, good := range []string{"", "data", "data/", "raw/2026/", "zone=raw/x-", ".hidden/a..b/...", strings.Repeat("x", 500)} {
		if err := objectkey.CheckPrefix(good); err != nil {
			t.Errorf("CheckPrefix(%q) = %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"/":                       "begins with a slash: remove it",
		"/data":                   "begins with a slash: remove it",
		"data//":                  "empty segment //: use one slash",
		"a//b":                    "empty segment //: use one slash",
		"..":                      `segment ".." is not allowed: remove it`,
		"a/./":                    `segment "." is not allowed: remove it`,
		"my data/":                "spaces are not allowed: use _ or -",
		"a\\b":                    `not allowed: \ (any printable ASCII character is, but !@#$%^&* and the backslash)`,
		"[year_loaded]/":          "square brackets are not allowed: elements belong in the key template",
		strings.Repeat("x", 501):  "501 characters, at most 500 are allowed",
		"données/":                "not allowed: é (any printable ASCII character is, but !@#$%^&* and the backslash)",
		"s3://bucket/is/not/here": "empty segment //: use one slash",
	} {
		err := objectkey.CheckPrefix(bad)
		var e *objectkey.Error
		if !errors.As(err, &e) {
			t.Errorf("CheckPrefix(%q) = %v, want an *Error", bad, err)
			continue
		}
		if diff := cmp.Diff([]string{want}, e.Problems); diff != "" {
			t.Errorf("CheckPrefix(%q) (-want +got):\n%s", bad, diff)
		}
	}
}

func TestSafeName(t *testing.T) {
	for name, want := range map[string]string{
		"":                "",
		"account":         "account",
		"A-z_0.9":         "A-z_0.9",
		"my table":        "my_table",
		"public/orders":   "public_orders",
		"dbo.[Order]s!":   "dbo._Order_s_",
		".":               "_",
		"..":              "__",
		"...":             "___",
		".a":              ".a",
		"../../etc":       ".._.._etc",
		"größe":           "gr__e",
		"表":               "_",
		"a\xff\xfeb":      "a__b",
		"a\x00\n":         "a__",
		"/":               "_",
		"_sdc_rejected":   "_sdc_rejected",
		"salesforce-prod": "salesforce-prod",
	} {
		if got := objectkey.SafeName(name); got != want {
			t.Errorf("SafeName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestTableName(t *testing.T) {
	for name, want := range map[string]string{
		"orders":             "orders",
		"A-z_0.9":            "A-z_0.9",
		".hidden..":          ".hidden..",
		"public__orders":     "public__orders",
		"a_b":                "a_b",
		"a b":                "a_b-c8687a08",
		"a/b":                "a_b-c14cddc0",
		"orders/line_items":  "orders_line_items-2b6b66cb",
		"../../etc":          ".._.._etc-74ccf3c5",
		"/":                  "_-8a5edab2",
		".":                  "_-cdb4ee2a",
		"..":                 "__-5ec1f7e7",
		"":                   "_-e3b0c442",
		"売上":                 "__-443fb948",
		"顧客":                 "__-40b3e4e1",
		"a\xffb":             "a_b-01ce0241",
		"_sdc_rejected":      "_sdc_rejected-5301512d",
		"a_b-c8687a08":       "a_b-c8687a08-98c76cf9", // or it would meet "a b"
		"a_b-C8687A08":       "a_b-C8687A08",
		"a_b-c8687a0":        "a_b-c8687a0",
		"a_bc8687a08":        "a_bc8687a08",
		"events-20261231":    "events-20261231", // a date, which no hash is
		"events 20261231/66": "events_20261231_66-1c855fc2",
	} {
		if got := objectkey.TableName(name); got != want {
			t.Errorf("TableName(%q) = %q, want %q", name, got, want)
		}
	}
}

// No hash is digits alone, or it might be a date in another table's name.
func TestHashesHaveLetters(t *testing.T) {
	for i := range 1000 { // 2 in a hundred begin with 8 digits
		name := objectkey.TableName("#" + strconv.Itoa(i))
		if hash := name[len(name)-8:]; strings.Trim(hash, "0123456789") == "" {
			t.Fatalf("TableName(#%d) = %s", i, name)
		}
	}
}

func TestArrayName(t *testing.T) {
	for _, c := range []struct {
		path []string
		want string
	}{
		{[]string{"line_items"}, "line_items"},
		{[]string{"customer", "tags"}, "customer__tags"},
		{[]string{"customer__tags"}, "customer__tags-63401ea9"},
		{[]string{"a_", "b"}, "a___b-f3902e6d"},
		{[]string{"a", "_b"}, "a___b"},
		{[]string{"a b"}, "a_b-c8687a08"},
		{[]string{""}, "_-e3b0c442"},
		{[]string{"", ""}, "__"},
		{[]string{"a/b", ".."}, "a_b__..-2a116cd3"},
	} {
		if got := objectkey.ArrayName(c.path); got != c.want {
			t.Errorf("ArrayName(%q) = %q, want %q", c.path, got, c.want)
		}
	}
}

func TestPartitions(t *testing.T) {
	for text, want := range map[string][]string{
		objectkey.Default: nil,
		"[integration_name]/[table_name]/year=[year_loaded]/m=[month_loaded]/v=[table_version]_[timestamp_loaded]": {"year", "m"},
		"env=prod/x=1/[integration_name]=a/[table_name]/=b/y=z=1/[table_version]_[timestamp_loaded]":               {"env", "x", "y"},
	} {
		if got := objectkey.Partitions(text); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// Whatever the value of a field, it is fit for a key.
func TestFieldText(t *testing.T) {
	for _, tt := range []struct{ value, want string }{
		{"de", "de"},
		{"", objectkey.NoValue},
		{"a b/ü", "a_b__"},
		{".", "_"},
		{"..", "__"},
		{"a.", "a."},
		{strings.Repeat("x", 201), strings.Repeat("x", 200)},
		{strings.Repeat("😀", 201), strings.Repeat("_", 200)},
		{strings.Repeat(".", 200) + "x", strings.Repeat("_", 200)}, // what is left of it is dots
		{"x" + strings.Repeat(".", 200), "x" + strings.Repeat(".", 199)},
	} {
		if got := (objectkey.Field{Name: "p"}).Text(tt.value); got != tt.want {
			t.Errorf("%.30q (%d bytes): %q, want %q", tt.value, len(tt.value), got, tt.want)
		}
	}
}
