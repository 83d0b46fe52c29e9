package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"runtime"
	"runtime/pprof"
	"sync/atomic"

	"target-s3/target"
	"target-s3/target/config"
	"target-s3/target/store"
)

// discarding is a store that reads what it is given, as sending it would, and
// keeps nothing but the count of the bytes.
type discarding struct{ bytes *atomic.Int64 }

type discardingUpload struct{ bytes *atomic.Int64 }

func (d discarding) Create(store.Object) store.Upload { return discardingUpload(d) }

func (d discarding) Resume(store.Receipt) store.Upload                 { return discardingUpload(d) }
func (discarding) Location(key string) string                          { return "discard:" + key }
func (discarding) Head(context.Context, string) error                  { return fs.ErrNotExist }
func (discarding) List(context.Context, string, int) ([]string, error) { return nil, nil }

func (discarding) Uploads(context.Context, string) iter.Seq2[store.Staged, error] {
	return func(func(store.Staged, error) bool) {}
}

func (discarding) Read(context.Context, string, int64) ([]byte, string, error) {
	return nil, "", fs.ErrNotExist
}

func (discarding) Replace(context.Context, string, []byte, string) (string, error) {
	return "", errors.ErrUnsupported
}

func (discardingUpload) Publish(context.Context) error { return nil }
func (discardingUpload) Abort(context.Context) error   { return nil }
func (discardingUpload) Retract(context.Context) error { return nil }
func (discardingUpload) Receipt() store.Receipt        { return store.Receipt{} }
func (discardingUpload) Sums() store.Sums              { return store.Sums{} }

func (d discardingUpload) Write(_ context.Context, p store.Part) error {
	n, err := io.Copy(io.Discard, p.Body)
	d.bytes.Add(n)
	return err
}

func (d discardingUpload) Stage(ctx context.Context, tail store.Part) error {
	if tail.Size == 0 {
		return nil
	}
	return d.Write(ctx, tail)
}

// loadDiscarding is the program's engine without a destination: what a load costs
// whatever the files are then written to.
func loadDiscarding(o childOptions, stdin io.Reader) (rep report, err error) {
	c, _, err := config.Load(config.JSON("settings", []byte(o.settings)))
	if err != nil {
		return rep, err
	}
	if o.profile != "" {
		stop, err := startProfile(o.profile)
		if err != nil {
			return rep, err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	input := &allocations{r: stdin, from: o.warmup}
	stored := &atomic.Int64{}
	s, err := target.Load(context.Background(), input, nil, target.Options{
		Config: c, Store: discarding{bytes: stored}, State: io.Discard,
	})
	if err != nil {
		return rep, err
	}
	if s.Rejected > 0 {
		return rep, fmt.Errorf("%d records were rejected; the data is meant to be valid", s.Rejected)
	}
	return report{Records: s.Records, BytesIn: input.n, BytesOut: stored.Load(), Allocations: input.perRecord(s.Records)}, nil
}

func startProfile(path string) (stop func() error, err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// allocations looks at the heap's counter when so many bytes have been read: what
// a load allocates once is not what it allocates for every record.
type allocations struct {
	r      io.Reader
	n      int64
	from   int64
	at     int64 // where the count was taken; 0 before that
	before uint64
}

func (a *allocations) Read(p []byte) (int, error) {
	if a.at == 0 && a.n > a.from {
		a.at, a.before = a.n, mallocs()
	}
	n, err := a.r.Read(p)
	a.n += int64(n)
	return n, err
}

// perRecord takes the records to be spread evenly over the input. It is 0 where all
// was read at once.
func (a *allocations) perRecord(records int64) float64 {
	if a.at == 0 || a.at == a.n {
		return 0
	}
	return float64(mallocs()-a.before) / (float64(records) * float64(a.n-a.at) / float64(a.n))
}

func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Mallocs
}
