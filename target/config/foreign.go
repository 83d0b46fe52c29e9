package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// foreignSetting is a setting of other targets that has no equal here.
type foreignSetting struct {
	name string
	// What to do instead, unless the value asks for nothing, or is the one that asks for
	// what is done anyway.
	answer, fine string
	// translate, where set, says it for a value that asks for something.
	translate func(json.RawMessage) string
}

// foreign are all of them.
var foreign = []foreignSetting{
	{name: "naming_convention", translate: keyFormatInstead},
	{name: "path_template", translate: keyFormatInstead},
	{name: "format", translate: formatInstead},
	{name: "cloud_provider", fine: `"aws"`, answer: "not a setting here: the members of cloud_provider stand by themselves here: set s3_bucket, aws_region, aws_access_key_id and the like"},
	{name: "prefix", answer: "not a setting here: set s3_key_prefix instead, with a slash at its end if it is a folder"},
	{name: "stream_maps", answer: mapperInstead},
	{name: "flattening_enabled", fine: `"false"`, answer: "not a setting here: csv is always flattened, jsonl and parquet never: put meltano-map-transform between tap and target for more"},
	{name: "batch_config", answer: "not a setting here: set batch_roots to where the tap writes its batch files (storage.root); how they are encoded is in each BATCH message"},
	{name: "load_method", fine: `"append-only"`, answer: "must be append-only: nothing in the bucket is changed. Queries can take the newest row of each key (docs/querying.md)"},
	{name: "quotechar", fine: `"\""`, answer: `not a setting here: the quotes of csv files are ", as RFC 4180 has it: remove it`},
	{name: "temp_dir", answer: "not a setting here: nothing is written to a local disk: remove it"},
	{name: "work_dir", answer: "not a setting here: nothing is written to a local disk: remove it"},
	{name: "max_batch_age", translate: ageInstead},

	{name: "append_date_to_prefix", answer: datesInstead},
	{name: "append_date_to_prefix_grain", answer: datesInstead},
	{name: "partition_name_enabled", answer: datesInstead},
	{name: "append_date_to_filename", answer: "not a setting here: [timestamp_loaded] is in every key: remove it"},
	{name: "append_date_to_filename_grain", answer: "not a setting here: [timestamp_loaded] is in every key, to the millisecond: remove it"},
	{name: "include_process_date", answer: "not a setting here: the column _sdc_received_at says when a record came: remove it"},
	{name: "stream_name_path_override", answer: "not a setting here: set s3_key_format_string instead, for one stream within streams"},
	{name: "flattening_max_depth", fine: "0", answer: "not a setting here: csv is always flattened, at any depth: remove it"},
	{name: "stream_map_config", answer: mapperInstead},
	{name: "faker_config", answer: mapperInstead},
	{name: "file_size", answer: "not a setting here: set batch_size_bytes instead"},
	{name: "memory_buffer", answer: "not a setting here: set memory_limit_bytes instead, for all streams together"},
	{name: "timezone_offset", fine: "0", answer: "not a setting here: the times in keys are UTC: remove it"},
}

// foreignTo finds one by its name.
func foreignTo(name string) (foreignSetting, bool) {
	i := slices.IndexFunc(foreign, func(f foreignSetting) bool { return f.name == name })
	if i < 0 {
		return foreignSetting{}, false
	}
	return foreign[i], true
}

// instead answers a value with what to do instead, and with nothing one that asks for
// nothing.
func (f foreignSetting) instead(raw json.RawMessage) string {
	text := string(raw)
	if f.translate == nil {
		text = strings.ToLower(strings.Join(strings.Fields(text), ""))
	}
	switch {
	case slices.Contains(asksNothing, text), f.fine != "" && text == f.fine:
		return ""
	case f.translate != nil:
		return f.translate(raw)
	}
	return f.answer
}

const (
	mapperInstead = "not a setting here: records are loaded as they come: put meltano-map-transform between tap and target to rename, drop or hash columns"
	datesInstead  = "not a setting here: put [year_loaded], [month_loaded] and [day_loaded] into s3_key_format_string instead"
)

// asksNothing are values that leave a setting of others as it is without them.
var asksNothing = []string{"null", `""`, "false", "{}", "[]"}

func keyFormatInstead(raw json.RawMessage) string {
	var template string
	_ = json.Unmarshal(raw, &template) // what is not a string has the default for a translation
	return fmt.Sprintf("not a setting here: set s3_key_format_string to %q instead", translateKeyFormat(template))
}

// formatInstead reads "parquet" and, as one target writes it, {"format_type": "parquet"}.
func formatInstead(raw json.RawMessage) string {
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
	const instead = "not a setting here: set batch_wait_limit_seconds instead, which counts seconds and not minutes"
	minutes, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil || minutes < 0 || minutes > 1e6 {
		return instead
	}
	return fmt.Sprintf("%s: %s", instead, strconv.FormatFloat(minutes*60, 'f', -1, 64))
}
