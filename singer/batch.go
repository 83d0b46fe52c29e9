package singer

import (
	"errors"
	"fmt"
	"iter"

	"target-s3/singer/jsonscan"
)

// BatchFiles is what a BATCH message says of its files, each line of which is a
// record. It shares memory with the message.
type BatchFiles struct {
	Format      string
	Compression string // empty: none is named
	manifest    []byte
}

// BatchFilesOf takes a BATCH message's line apart, which Parser.Parse has accepted.
func BatchFilesOf(line []byte) (BatchFiles, error) {
	var encoding, manifest []byte
	for key, value := range jsonscan.Members(line) {
		var err error
		switch string(jsonscan.Unquote(key)) {
		case "encoding":
			encoding, err = once(encoding, value, "encoding")
		case "manifest":
			manifest, err = once(manifest, value, "manifest")
		}
		if err != nil {
			return BatchFiles{}, err
		}
	}
	f := BatchFiles{manifest: manifest}
	if err := f.encoding(encoding); err != nil {
		return BatchFiles{}, err
	}
	return f, f.checkManifest()
}

func once(before, value []byte, name string) ([]byte, error) {
	if before != nil {
		return nil, fmt.Errorf("the message has two members %q", name)
	}
	return value, nil
}

func (f *BatchFiles) encoding(encoding []byte) error {
	switch {
	case encoding == nil:
		return errors.New(`the BATCH message has no "encoding"`)
	case encoding[0] != '{':
		return fmt.Errorf(`"encoding" must be an object, is %s`, kindOf(encoding))
	}
	for key, value := range jsonscan.Members(encoding) {
		name := string(jsonscan.Unquote(key))
		if name != "format" && (name != "compression" || string(value) == "null") {
			continue
		}
		text, err := Text(value)
		if err != nil {
			return fmt.Errorf(`"encoding": %q: %w`, name, err)
		}
		if name == "format" {
			f.Format = string(text)
		} else {
			f.Compression = string(text)
		}
	}
	if f.Format == "" {
		return errors.New(`the "encoding" of the BATCH message has no "format"`)
	}
	return nil
}

func (f *BatchFiles) checkManifest() error {
	if f.manifest == nil {
		return errors.New(`the BATCH message has no "manifest"`)
	}
	if err := areStrings(f.manifest); err != nil {
		return fmt.Errorf(`"manifest" %w`, err)
	}
	return nil
}

// Manifest are the files, in their order. A list of them would take several times the
// memory of the message.
func (f *BatchFiles) Manifest() iter.Seq[string] {
	return func(yield func(string) bool) {
		for value := range jsonscan.Elements(f.manifest) {
			if !yield(string(jsonscan.Unquote(value[1 : len(value)-1]))) {
				return
			}
		}
	}
}
