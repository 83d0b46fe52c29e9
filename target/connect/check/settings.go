package check

import (
	"context"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/objectkey"
)

// settings renders keys of the template, and reports whether that can be done.
// Whatever is wrong with a single setting package config has found.
func (r *run) settings(ctx context.Context) bool {
	keys, err := r.c.Keys()
	sample := ""
	if err == nil {
		sample, err = r.samples()
	}
	if err == nil {
		r.key, err = keys.Render(objectkey.Values{Table: "target-s3-check-" + r.token, Version: 1, Loaded: r.Now()})
	}
	if err == nil {
		r.dir, err = keys.Folder(r.Now())
	}
	if err != nil {
		r.emit(ctx, Result{
			Name: Settings, Outcome: Failed, Detail: err.Error(),
			Fix: "Correct s3_key_format_string, integration_name or s3_key_prefix",
		})
		return false
	}
	r.ok(ctx, Settings, "files get keys such as "+sample)
	return true
}

// samples are keys of each template: that of all streams, and those of patterns.
func (r *run) samples() (string, error) {
	sample := func(c config.Config) (string, error) {
		keys, err := c.Keys()
		if err != nil {
			return "", err
		}
		return keys.Example(objectkey.Values{Table: "TABLE", Version: 1, Loaded: r.Now()})
	}
	text, err := sample(r.c)
	for _, pattern := range r.c.Streams.Patterns() {
		if err != nil {
			return "", err
		}
		var key string
		key, err = sample(r.c.Streams.Of(pattern))
		text += ", and of the streams " + printable.Line(pattern) + " " + key
	}
	return text, err
}
