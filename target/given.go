package target

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"target-s3/singer"
)

// SchemasError says that Options.Schemas cannot be read, or is not what it must be.
type SchemasError struct{ Err error }

func (e *SchemasError) Error() string { return e.Err.Error() }
func (e *SchemasError) Unwrap() error { return e.Err }

// give takes the SCHEMA messages of a source that has nothing else. Whatever else
// stands there came by mistake, and would be lost.
func (r *registry) give(from io.Reader, most int) error {
	reader := singer.NewReader(from, most)
	var parser singer.Parser
	var message singer.Message
	for n := int64(1); ; {
		block, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &SchemasError{err}
		}
		if block.Missing > 0 {
			return &SchemasError{fmt.Errorf("line %d is longer than memory_limit_bytes allows", n)}
		}
		for line := range bytes.Lines(block.Data) {
			if err := r.giveLine(line, &parser, &message); err != nil {
				return &SchemasError{fmt.Errorf("line %d: %w", n, err)}
			}
			n++
		}
		reader.Free(block)
	}
}

func (r *registry) giveLine(line []byte, parser *singer.Parser, m *singer.Message) error {
	if singer.Blank(line) {
		return nil
	}
	if err := parser.Parse(line, m); errors.Is(err, singer.ErrCutOff) {
		return errors.New("the file ends in the middle of a message: it was not written to its end")
	} else if err != nil {
		return err
	}
	if m.Kind != singer.Schema {
		name, err := singer.Text(m.Type)
		if err != nil {
			return fmt.Errorf(`"type": %w`, err)
		}
		return fmt.Errorf("only SCHEMA messages may be here, not %.100q", name)
	}
	_, err := r.define(m)
	return err
}
