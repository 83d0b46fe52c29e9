package check

import (
	"context"
	"strings"
	"time"

	"target-s3/target/config"
	"target-s3/target/objectkey"
)

// settings renders keys of the template, and reports whether that can be done.
// Whatever is wrong with a single setting package config has found.
func (r *run) settings(ctx context.Context) bool {
	sample, err := render(r.c, "TABLE", r.Now())
	if err == nil {
		r.key, err = render(r.c, "target-s3-check-"+r.token, r.Now())
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

// Folder is what the keys of all tables of a load at this moment begin with, up to
// a slash.
func Folder(c config.Config, now time.Time) (string, error) {
	one, err := render(c, "a", now)
	if err != nil {
		return "", err
	}
	other, err := render(c, "b", now)
	return commonFolder(one, other), err
}

// render makes the key of a table as a load would.
func render(c config.Config, table string, now time.Time) (string, error) {
	template, err := objectkey.Parse(c.S3KeyFormatString)
	if err != nil {
		return "", err
	}
	key, err := template.Render(objectkey.Values{
		Integration: c.IntegrationName, Table: table, Version: 1,
		Loaded: now, RunID: c.RunID, Extension: c.Extension(),
	})
	return c.S3KeyPrefix + key, err
}

// commonFolder is what both keys begin with, up to a slash.
func commonFolder(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return a[:strings.LastIndexByte(a[:n], '/')+1]
}
