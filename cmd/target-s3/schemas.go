package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"target-s3/singer/printable"
	"target-s3/target"
	"target-s3/target/compress"
)

// schemasFile is the file of --schemas.
type schemasFile struct {
	name     string
	file     *os.File
	messages io.ReadCloser
}

// openSchemas opens the file, where there is one: otherwise it returns nil.
func openSchemas(name string) (*schemasFile, error) {
	if name == "" {
		return nil, nil
	}
	s := &schemasFile{name: name}
	var err error
	if s.file, err = os.Open(name); err != nil {
		return nil, s.error(err)
	}
	if s.messages, err = compress.NewReader(name, s.file); err != nil {
		_ = s.file.Close()
		return nil, s.error(err)
	}
	return s, nil
}

func (s *schemasFile) error(err error) error {
	return &usageError{fmt.Errorf("--schemas %s: %w", printable.Line(s.name), printable.Error(err))}
}

// named says in an error that came of the file that it did.
func (s *schemasFile) named(err error) error {
	var of *target.SchemasError
	if errors.As(err, &of) {
		return s.error(of)
	}
	return err
}

func (s *schemasFile) close() {
	if s != nil {
		_, _ = s.messages.Close(), s.file.Close() // nothing was written
	}
}
