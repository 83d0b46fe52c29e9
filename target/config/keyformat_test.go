package config

import (
	"strings"
	"testing"

	"target-s3/target/objectkey"
)

func TestTranslateKeyFormat(t *testing.T) {
	const missing = "[integration_name]_[table_version]"
	for foreign, want := range map[string]string{
		"{stream}/{timestamp}.csv":                              "[table_name]/[timestamp_loaded]_" + missing,
		"folder/{stream}/export_date={date}/{timestamp}.csv.gz": "folder/[table_name]/export_date=[year_loaded]-[month_loaded]-[day_loaded]/[timestamp_loaded]_" + missing,
		"{stream}-{date_time}.jsonl":                            "[table_name]-[timestamp_loaded]_" + missing,
		"{stream}-{date_time:%Y%m%dT%H%M%S}.json":               "[table_name]-[year_loaded][month_loaded][day_loaded]T[hour_loaded]_" + missing + "_[timestamp_loaded]",
		"{stream}-{date_time:%s}":                               "[table_name]-[timestamp_loaded]_" + missing,
		"/raw data/{stream}//{timestamp}{unknown}.parquet":      "raw_data/[table_name]/[timestamp_loaded]_" + missing,
		"a/../{stream}/{timestamp}/":                            "a/[table_name]/[timestamp_loaded]/" + missing,
		"fixed.csv":                                             "fixed_[integration_name]_[table_name]_[table_version]_[timestamp_loaded]",
		"":                                                      "[integration_name]_[table_name]_[table_version]_[timestamp_loaded]",
	} {
		if got := translateKeyFormat(foreign); got != want+".[csv|jsonl]" {
			t.Errorf("%s\ngot  %s\nwant %s", foreign, got, want+".[csv|jsonl]")
		}
	}
	if got := translateKeyFormat(strings.Repeat("x", 500)); got != objectkey.Default {
		t.Errorf("too long: %s", got)
	}
}

func FuzzTranslateKeyFormat(f *testing.F) {
	for _, seed := range []string{"{stream}/{date}/{timestamp}.csv", "{date_time:%Y/%m}", "a/./b{", "[csv|jsonl]", "{stream}{}/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, foreign string) {
		if _, err := objectkey.Parse(translateKeyFormat(foreign)); err != nil {
			t.Error(err)
		}
	})
}
