package setup

import (
	"target-s3/target/config"
)

// Field is one question of the form. Its answer is the text of a setting.
type Field struct {
	Setting string // name of the setting
	Label   string
	Help    string
	Choices []Choice // none: any text
	// CSV fields are asked only where the format of the files is csv.
	CSV bool
}

// Required reports whether there is no going on without an answer.
func (f Field) Required() bool {
	s := lookup(f.Setting)
	return s.Required || s.Asked
}

// Choice is one of the answers to a field.
type Choice struct {
	Value string // as the setting has it
	Label string
}

// Step is a page of the form.
type Step struct {
	Name   string // stable, for addresses
	Title  string
	Text   string
	Fields []Field
}

// Steps are the pages of the form that ask, in their order. What follows them,
// granting access and checking it, has no fields.
func Steps() []Step {
	return []Step{destinationStep, bucketStep, filesStep, keyStep}
}

var destinationStep = Step{
	Name: "destination", Title: "Destination",
	Text: "How people will know this destination. Both are optional.",
	Fields: []Field{
		{Setting: "display_name", Label: "Display name", Help: "Shown in the log and by target-s3 check."},
		{Setting: "description", Label: "Description", Help: "What it is for, or whom to ask about it."},
	},
}

var bucketStep = Step{
	Name: "bucket", Title: "Bucket",
	Text: "Where the files go. The bucket need not exist yet.",
	Fields: []Field{
		{Setting: "s3_bucket", Label: "Bucket name", Help: "The name alone, without s3://, https:// or slashes."},
		{Setting: "aws_region", Label: "Region", Help: "Such as eu-central-1. If empty, loads use the one that the AWS CLI uses."},
	},
}

var filesStep = Step{
	Name: "files", Title: "Files",
	Text: "How the data is stored.",
	Fields: []Field{
		{
			Setting: "output_file_format", Label: "Storage format",
			Help: "JSON Lines keeps nested data as it is; CSV flattens it; Parquet has columns with types.",
			Choices: []Choice{
				{config.FormatJSONL, "JSON Lines (.jsonl)"},
				{config.FormatCSV, "CSV (.csv)"},
				{config.FormatParquet, "Parquet (.parquet)"},
			},
		},
		{
			Setting: "csv_delimiter", Label: "Delimiter", CSV: true,
			Help:    "What stands between the columns.",
			Choices: []Choice{{",", "Comma (,)"}, {"|", "Pipe (|)"}, {"\t", `Tab (\t)`}},
		},
		{
			Setting: "csv_force_quote", Label: "Quote all elements", CSV: true,
			Help:    "Put every element into double quotes, not only those that need them.",
			Choices: []Choice{{"false", "No"}, {"true", "Yes"}},
		},
	},
}

var keyStep = Step{
	Name: "key", Title: "Object key",
	Text: "The name of each file in the bucket. Elements in brackets are filled in for each file.",
	Fields: []Field{
		{Setting: "integration_name", Label: "Integration name", Help: "The source of the data, such as shop or salesforce-prod; its files are kept apart from those of other sources."},
		{Setting: "s3_key_format_string", Label: "Object key", Help: "At most 500 characters, without spaces and !@#$%^&*."},
		{
			Setting: exactlyOnce, Label: "Exactly once",
			Help: "A journal in the bucket makes sure that a crash loads no row twice. It has the integration name, so give each tap a name of its own.",
			Choices: []Choice{
				{asIntegration, "Yes: no row comes twice, even after a crash"},
				{"", "No: a crash inside a commit may load its rows twice"},
			},
		},
	},
}

// exactlyOnce is the setting that names the pipeline, and asIntegration the answer
// that it has the name of the integration.
const (
	exactlyOnce   = "exactly_once"
	asIntegration = "[integration_name]"
)
