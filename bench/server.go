package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"target-s3/target/storetest/versitygw"
)

// server is the S3 server of the tests, outside of a test.
type server struct {
	*versitygw.Server
	bucket string
	host   *host
}

// startServer starts it, with an empty bucket.
func startServer(ctx context.Context) (*server, error) {
	s := &server{bucket: "bench", host: &host{ctx: ctx}}
	err := s.host.try(func() {
		s.Server = versitygw.Start(s.host)
		s.CreateBucket(s.host, s.bucket)
	})
	if err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *server) stop() {
	for _, f := range slices.Backward(s.host.cleanups) {
		_ = s.host.try(f)
	}
}

// empty removes the objects of a prefix. That there are none is an error.
func (s *server) empty(prefix string) error {
	return s.host.try(func() {
		n := 0
		for _, key := range s.Keys(s.host, s.bucket) {
			if strings.HasPrefix(key, prefix) {
				s.Delete(s.host, s.bucket, key)
				n++
			}
		}
		if n == 0 {
			s.host.Fatal("it wrote no object")
		}
	})
}

// count checks that the objects of a prefix have a line for every record, and maybe
// a header each, and removes them.
func (s *server) count(prefix string, records int64) error {
	lines, objects := int64(0), int64(0)
	err := s.host.try(func() {
		for _, key := range s.Keys(s.host, s.bucket) {
			if strings.HasPrefix(key, prefix) {
				content := bytes.TrimSuffix(s.Get(s.host, s.bucket, key).Content, []byte("\n")) // which not all write
				lines += 1 + int64(bytes.Count(content, []byte("\n")))
				objects++
			}
		}
	})
	if err == nil && (lines < records || lines > records+objects) {
		err = fmt.Errorf("it wrote %d lines in %d objects for %d records", lines, objects, records)
	}
	return errors.Join(err, s.empty(prefix))
}

// host stands in for the test that the server is made for. Of testing.TB it has
// what the server uses; a call of anything else would panic.
type host struct {
	testing.TB
	ctx      context.Context
	cleanups []func()
	messages []string
}

// hostFailed is what Fatal panics with; try makes an error of it.
type hostFailed struct{ text string }

// try runs what reports its errors to the host.
func (h *host) try(f func()) (err error) {
	h.messages = nil
	defer func() {
		switch p := recover().(type) {
		case nil:
			if len(h.messages) > 0 {
				err = errors.New(strings.Join(h.messages, "\n"))
			}
		case hostFailed:
			err = errors.New(p.text)
		default:
			panic(p)
		}
	}()
	f()
	return nil
}

func (*host) Helper()                    {}
func (*host) Failed() bool               { return false }
func (*host) Logf(string, ...any)        {} // the server's log, where it says more than the error
func (h *host) Context() context.Context { return h.ctx }
func (h *host) Cleanup(f func())         { h.cleanups = append(h.cleanups, f) }
func (h *host) Errorf(format string, v ...any) {
	h.messages = append(h.messages, fmt.Sprintf(format, v...))
}
func (*host) Fatal(v ...any)                 { panic(hostFailed{fmt.Sprint(v...)}) }
func (*host) Fatalf(format string, v ...any) { panic(hostFailed{fmt.Sprintf(format, v...)}) }
func (*host) Skip(v ...any)                  { panic(hostFailed{fmt.Sprint(v...)}) }

func (h *host) TempDir() string {
	dir, err := os.MkdirTemp("", "target-s3-bench-")
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
