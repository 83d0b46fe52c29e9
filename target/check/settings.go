package check

import (
	"context"
	"strings"

	"target-s3/target/objectkey"
)

// settings renders keys of the template, and reports whether that can be done.
// Whatever is wrong with a single setting package config has found.
func (r *run) settings(ctx context.Context) bool {
	sample, err := r.render("TABLE")
	if err == nil {
		r.key, err = r.render("target-s3-check-" + r.token)
	}
	if err != nil {
		r.emit(ctx, Result{
			Name: Settings, Outcome: Failed, Detail: err.Error(),
			Fix: "Correct s3_key_format_string, integration_name or s3_key_prefix",
		})
		return false
	}
	r.dir = commonFolder(sample, r.key)
	r.ok(ctx, Settings, "files get keys such as "+sample)
	return true
}

// render makes the key of a table as a load would, at this moment.
func (r *run) render(table string) (string, error) {
	template, err := objectkey.Parse(r.c.S3KeyFormatString)
	if err != nil {
		return "", err
	}
	key, err := template.Render(objectkey.Values{
		Integration: r.c.IntegrationName, Table: table, Version: 1,
		Loaded: r.Now(), RunID: r.c.RunID, Extension: r.c.Extension(),
	})
	return r.c.S3KeyPrefix + key, err
}

// commonFolder is what both keys begin with, up to a slash.
func commonFolder(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return a[:strings.LastIndexByte(a[:n], '/')+1]
}
