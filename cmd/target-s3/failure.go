package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/report"
)

// failed says what went wrong, in the form that the settings ask for: whoever reads
// JSON lines cannot read others. Each problem with the settings is a line of its own
// then, as it is in text.
func failed(p process, c config.Config, err error) error {
	if reported := (*reportedError)(nil); err == nil || errors.As(err, &reported) {
		return err
	}
	c.LogFormat = logFormat(p, c.LogFormat)
	if c.LogFormat == config.LogText {
		// What is not ours was made one line where it was put into the error. Should
		// a line have got through, it does not begin where the ones of a log do.
		text := strings.ReplaceAll(err.Error(), "\n", "\n  ")
		fmt.Fprintf(p.stderr, "target-s3: %s\n", printable.Lines(text))
		return &reportedError{err}
	}
	log := report.NewLogger(p.stderr, c, os.Getpid())
	problems := []error{err}
	if settings := config.Errors(nil); errors.As(err, &settings) {
		problems = settings.Unwrap()
	}
	for _, problem := range problems {
		log.Error("failed", "error", problem)
	}
	return &reportedError{err}
}

// logFormat is the form of the log where the settings leave it to the program: JSON
// lines if Meltano, or another runner of plugins made with its SDK, wants them.
func logFormat(p process, format string) string {
	if format != config.LogAuto {
		return format
	}
	if name := p.getenv("SINGER_SDK_LOG_CONFIG"); name != "" && wantsJSON(name) {
		return config.LogSinger
	}
	return config.LogText
}

// wantsJSON looks into the logging configuration that a runner has for the Singer SDK.
// Meltano writes it: with the formatter of JSON lines for a plugin whose definition has
// the capability structured-logging, and otherwise with one for text, as it would show
// the JSON as it is. What cannot be read came from a runner all the same.
func wantsJSON(name string) bool {
	file, err := os.Open(name)
	if err != nil {
		return true
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, 1<<20))
	return err != nil || bytes.Contains(text, []byte("StructuredFormatter"))
}
