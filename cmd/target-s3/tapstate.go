package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"

	"target-s3/singer"
	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/journal"
)

// movedOnError says that there was no load, because the tap began from a state that
// is not the pipeline's any more: what another run has loaded since would come again.
type movedOnError struct {
	file, journal string
}

func (e *movedOnError) Error() string {
	return fmt.Sprintf("the tap began from the state in %s, which is not the one in %s: another run has loaded something in between. "+
		"No record was read, and the pipeline's state was written. Run again", printable.Line(e.file), e.journal)
}

var errTapState = errors.New("--tap-state is compared with the state that the bucket keeps: it needs the setting exactly_once, and does not go with --once")

// tapState is the state that a tap was given.
type tapState struct {
	file  string
	value any
}

// readTapState reads it; it is nil where none is to be compared.
func readTapState(f flags, c config.Config) (*tapState, error) {
	if f.tapState == "" {
		return nil, nil
	}
	if c.ExactlyOnce == "" || f.once != "" {
		return nil, &usageError{errTapState}
	}
	file, err := os.Open(f.tapState)
	if err != nil {
		return nil, &usageError{fmt.Errorf("--tap-state: %w", printable.Error(err))}
	}
	defer func() { _ = file.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(file, journal.MaxBytes+1))
	if err == nil && len(text) > journal.MaxBytes {
		err = fmt.Errorf("it has more than %d bytes", journal.MaxBytes)
	}
	s := &tapState{file: f.tapState}
	if err == nil {
		s.value, err = stateValue(text)
	}
	if err != nil {
		return nil, &usageError{fmt.Errorf("--tap-state %s: %w; give the file that the tap got as its state", printable.Line(f.tapState), printable.Error(err))}
	}
	return s, nil
}

// stateValue is what a state means, however it is spelled. None is an empty one.
func stateValue(text []byte) (any, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return map[string]any{}, nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("it is not one JSON value")
	}
	if value == nil {
		value = map[string]any{}
	}
	return value, nil
}

// check compares it with the state of the journal. Where they differ the journal's
// goes out, so that the next run begins there. A journal without a state is new, and
// says nothing about a pipeline that is older.
func (s *tapState) check(j *journal.Journal, states io.Writer) error {
	if j.State() == nil {
		return nil
	}
	kept, err := stateValue(j.State())
	if err != nil {
		return err
	}
	if reflect.DeepEqual(s.value, kept) {
		return nil
	}
	if err := singer.NewStateWriter(states).Write(j.State()); err != nil {
		return err
	}
	return &movedOnError{s.file, j.Location()}
}
