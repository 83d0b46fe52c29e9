package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"golang.org/x/term"

	"target-s3/singer/printable"
	"target-s3/target/compress"
)

// checkInputs finds out whether there is an input, before anything else is tried.
func checkInputs(p process, names []string) error {
	if file, ok := p.stdin.(*os.File); len(names) == 0 && ok && term.IsTerminal(int(file.Fd())) {
		return &usageError{errors.New("standard input is a terminal; Singer messages are expected there: tap-x | target-s3 --config config.json, or target-s3 --config config.json --input FILE")}
	}
	var problems []error
	for _, name := range names {
		info, err := os.Stat(name)
		if missing := (*fs.PathError)(nil); errors.As(err, &missing) {
			problems = append(problems, fmt.Errorf("--input: open %s: %w", printable.Line(name), missing.Err))
		}
		if err == nil && info.IsDir() {
			problems = append(problems, fmt.Errorf("--input: %s is a folder: give each of its files with an --input of its own", printable.Line(name)))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return &usageError{err}
	}
	return nil
}

// inputs are files of messages that are read one after the other, as one input in
// which every file ends in a newline. A file is opened when its turn comes, which
// may wait for whoever writes to it. None is closed that was not read to its end:
// when a signal ends the load a Read may be under way, and the process is about
// to end.
type inputs struct {
	names   []string
	current io.ReadCloser // nil: the next one is due
	last    byte          // that was read; a newline at first
	bytes   int64         // that were read
	lines   int64

	mu    sync.Mutex
	begun []begin // of the files that were opened

	raw  atomic.Int64 // bytes of the files, as they are stored, that were read
	size int64        // of all of them; 0: one of them is not a plain file
}

// begin is where a file begins in the input.
type begin struct {
	bytes, lines int64
	skipped      int64 // bytes of it that are not in the input
}

func newInputs(names []string) *inputs {
	f := &inputs{names: names, last: '\n'}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			f.size = 0
			break
		}
		f.size += info.Size()
	}
	return f
}

// progress is how much of the files was read, and of how much.
func (f *inputs) progress() (read, of int64) { return f.raw.Load(), f.size }

// rawReader counts what is read of a file.
type rawReader struct {
	file io.Reader
	read *atomic.Int64
}

func (r rawReader) Read(p []byte) (int, error) {
	n, err := r.file.Read(p)
	r.read.Add(int64(n))
	return n, err
}

func (f *inputs) Read(p []byte) (int, error) {
	for len(p) > 0 {
		if f.current == nil {
			if len(f.begun) == len(f.names) {
				return 0, io.EOF
			}
			if f.last != '\n' {
				p[0] = '\n'
				return f.took(p[:1]), nil
			}
			if err := f.open(); err != nil {
				return 0, err
			}
		}
		n, err := f.current.Read(p)
		f.took(p[:n])
		if errors.Is(err, io.EOF) {
			err = f.current.Close()
			f.current = nil
		}
		if err != nil {
			err = f.named(err)
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, nil
}

func (f *inputs) took(p []byte) int {
	if len(p) > 0 {
		f.last = p[len(p)-1]
		f.bytes += int64(len(p))
		f.lines += int64(bytes.Count(p, []byte("\n")))
	}
	return len(p)
}

// open opens the next file.
func (f *inputs) open() error {
	f.mu.Lock()
	f.begun = append(f.begun, begin{bytes: f.bytes, lines: f.lines})
	f.mu.Unlock()
	name := f.names[len(f.begun)-1]
	file, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("--input: %w", printable.Error(err))
	}
	reader, err := compress.NewReader(name, rawReader{file, &f.raw})
	if err != nil {
		_ = file.Close()
		return f.named(err)
	}
	f.current = twoClosers{reader, reader, file}
	if len(f.begun) == 1 {
		return nil // one of the input is the reader's, as on standard input
	}
	return f.skipMark(reader, file)
}

// skipMark skips the byte order mark at the beginning of a file.
func (f *inputs) skipMark(reader io.ReadCloser, file io.Closer) error {
	const byteOrderMark = "\ufeff"
	head := make([]byte, len(byteOrderMark))
	n, err := io.ReadFull(reader, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return f.named(err)
	}
	if string(head[:n]) == byteOrderMark {
		f.mu.Lock()
		f.begun[len(f.begun)-1].skipped = int64(n)
		f.mu.Unlock()
		return nil
	}
	f.current = twoClosers{io.MultiReader(bytes.NewReader(head[:n]), reader), reader, file}
	return nil
}

// named says in an error which file could not be read.
func (f *inputs) named(err error) error {
	return fmt.Errorf("--input %s: %w", printable.Line(f.names[len(f.begun)-1]), printable.Error(err))
}

// locate says in which file the byte at an offset of the input is, and how many
// lines and bytes came before that file.
func (f *inputs) locate(offset int64) (name string, lines, size int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.begun) == 0 {
		return "", 0, 0
	}
	at := sort.Search(len(f.begun), func(i int) bool { return f.begun[i].bytes > offset }) - 1
	b := f.begun[max(0, at)]
	return f.names[max(0, at)], b.lines, b.bytes - b.skipped
}

// twoClosers closes a decoder and what it reads from.
type twoClosers struct {
	io.Reader
	decoder, file io.Closer
}

func (c twoClosers) Close() error { return errors.Join(c.decoder.Close(), c.file.Close()) }

// fromTap reports whether another program writes what is read, and not only files are.
func fromTap(stdin io.Reader, inputs []string) bool {
	if len(inputs) > 0 {
		return slices.ContainsFunc(inputs, func(name string) bool {
			info, err := os.Stat(name)
			return err == nil && !info.Mode().IsRegular()
		})
	}
	file, isFile := stdin.(*os.File)
	if !isFile {
		return true
	}
	info, err := file.Stat()
	return err != nil || !info.Mode().IsRegular()
}
