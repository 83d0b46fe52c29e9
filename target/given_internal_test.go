package target

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"target-s3/target/config"
)

// TestGivenBroken holds what a source of schemas may break with.
func TestGivenBroken(t *testing.T) {
	schema := `{"type": "SCHEMA", "stream": "a", "key_properties": [], "schema": {}}` + "\n"
	broken := errors.New("broken")
	for name, tt := range map[string]struct {
		from io.Reader
		want string
	}{
		"reading fails":      {io.MultiReader(strings.NewReader(schema), iotest.ErrReader(broken)), "broken"},
		"the line is long":   {strings.NewReader(schema + strings.Repeat("x", 1<<20)), "line 2 is longer than memory_limit_bytes allows"},
		"the type is none":   {strings.NewReader(`{"type": 1}`), "line 1: "},
		"the stream is none": {strings.NewReader("\n\n" + `{"type": "SCHEMA", "schema": {}}`), `line 3: `},
	} {
		r := newRegistry(&allSettings{base: &settings{config: config.Config{OutputFileFormat: config.FormatJSONL}}}, func(Event) {})
		err := r.give(tt.from, 1000)
		var of *SchemasError
		if !errors.As(err, &of) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
