package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// foreign are settings of other targets that have no equal here. Each answers a
// value with what to do instead, and with nothing one that asks for nothing, or
// for what is done anyway.
var foreign = map[string]func(json.RawMessage) string{
	"naming_convention":  keyFormatInstead,
	"path_template":      keyFormatInstead,
	"format":             formatInstead,
	"cloud_provider":     unless(`"aws"`, "not a setting here: the members of cloud_provider stand by themselves here: set s3_bucket, aws_region, aws_access_key_id and the like"),
	"prefix":             unless("", "not a setting here: set s3_key_prefix instead, with a slash at its end if it is a folder"),
	"stream_maps":        unless("", mapperInstead),
	"flattening_enabled": unless(`"false"`, "not a setting here: csv is always flattened, jsonl and parquet never: put meltano-map-transform between tap and target for more"),
	"batch_config":       unless("", "not a setting here: set batch_roots to where the tap writes its batch files (storage.root); how they are encoded is in each BATCH message"),
	"load_method":        unless(`"append-only"`, "must be append-only: nothing in the bucket is changed. Queries can take the newest row of each key (docs/querying.md)"),
	"quotechar":          unless(`"\""`, `not a setting here: the quotes of csv files are ", as RFC 4180 has it: remove it`),
	"temp_dir":           unless("", "not a setting here: nothing is written to a local disk: remove it"),
	"work_dir":           unless("", "not a setting here: nothing is written to a local disk: remove it"),
	"max_batch_age":      ageInstead,

	"append_date_to_prefix":         unless("", datesInstead),
	"append_date_to_prefix_grain":   unless("", datesInstead),
	"partition_name_enabled":        unless("", datesInstead),
	"append_date_to_filename":       unless("", "not a setting here: [timestamp_loaded] is in every key: remove it"),
	"append_date_to_filename_grain": unless("", "not a setting here: [timestamp_loaded] is in every key, to the millisecond: remove it"),
	"include_process_date":          unless("", "not a setting here: the column _sdc_received_at says when a record came: remove it"),
	"stream_name_path_override":     unless("", "not a setting here: set s3_key_format_string instead, for one stream within streams"),
	"flattening_max_depth":          unless("0", "not a setting here: csv is always flattened, at any depth: remove it"),
	"stream_map_config":             unless("", mapperInstead),
	"faker_config":                  unless("", mapperInstead),
	"file_size":                     unless("", "not a setting here: set batch_size_bytes instead"),
	"memory_buffer":                 unless("", "not a setting here: set memory_limit_bytes instead, for all streams together"),
	"timezone_offset":               unless("0", "not a setting here: the times in keys are UTC: remove it"),
}

const (
	mapperInstead = "not a setting here: records are loaded as they come: put meltano-map-transform between tap and target to rename, drop or hash columns"
	datesInstead  = "not a setting here: put [year_loaded], [month_loaded] and [day_loaded] into s3_key_format_string instead"
)

// asksNothing are values that leave a setting of others as it is without them.
var asksNothing = []string{"null", `""`, "false", "{}", "[]"}

// unless gives the answer to every value but those that ask for nothing, and one.
func unless(fine, answer string) func(json.RawMessage) string {
	return func(raw json.RawMessage) string {
		text := strings.ToLower(strings.Join(strings.Fields(string(raw)), ""))
		if text == fine || slices.Contains(asksNothing, text) {
			return ""
		}
		return answer
	}
}

func keyFormatInstead(raw json.RawMessage) string {
	if slices.Contains(asksNothing, string(raw)) {
		return ""
	}
	var template string
	_ = json.Unmarshal(raw, &template) // what is not a string has the default for a translation
	return fmt.Sprintf("not a setting here: set s3_key_format_string to %q instead", translateKeyFormat(template))
}

// formatInstead reads "parquet" and, as one target writes it, {"format_type": "parquet"}.
func formatInstead(raw json.RawMessage) string {
	if slices.Contains(asksNothing, string(raw)) {
		return ""
	}
	var text string
	var object struct {
		Type string `json:"format_type"`
	}
	if json.Unmarshal(raw, &text) != nil && json.Unmarshal(raw, &object) == nil {
		text = object.Type
	}
	switch text = strings.ToLower(text); text {
	case "json":
		text = FormatJSONL
	case FormatJSONL, FormatCSV, FormatParquet:
	default:
		return "not a setting here: set output_file_format instead, to jsonl, csv or parquet"
	}
	return fmt.Sprintf("not a setting here: set output_file_format to %q instead", text)
}

func ageInstead(raw json.RawMessage) string {
	if slices.Contains(asksNothing, string(raw)) {
		return ""
	}
	const instead = "not a setting here: set batch_wait_limit_seconds instead, which counts seconds and not minutes"
	minutes, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil || minutes < 0 || minutes > 1e6 {
		return instead
	}
	return fmt.Sprintf("%s: %s", instead, strconv.FormatFloat(minutes*60, 'f', -1, 64))
}
