package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strings"

	"target-s3/target/store"
)

// world is what outlives the processes of a model: the bucket, what a runner keeps,
// and requests that are still on their way.
type world struct {
	journal string          // empty: there is none. Its whole text is its version
	uploads map[string]bool // staged and not yet published or aborted
	visible map[string]int  // how often each row can be read
	objects map[string]bool // keys that are taken
	state   int             // that the runner has: rows below it are covered
	late    []request       // whose sender has given up
	lies    []string        // what must never be
}

func newWorld() *world {
	return &world{uploads: map[string]bool{}, visible: map[string]int{}, objects: map[string]bool{}}
}

// text is everything in the world that can make a difference.
func (w *world) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s|%v|%v|%d|", w.journal, slices.Sorted(maps.Keys(w.uploads)), slices.Sorted(maps.Keys(w.objects)), w.state)
	for _, r := range w.late {
		b.WriteString(r.String())
	}
	return b.String()
}

// request is one request to the store, or a state that goes out.
type request struct {
	op      string // read, replace, publish, abort, stage, out
	key     string // of a publish, an abort: key of the object, and of its upload
	version string // of a replace
	body    string
	state   int // that goes out
}

func (r request) String() string {
	return fmt.Sprintf("%s %s %d %.12q %.60q;", r.op, r.key, r.state, token(r.version), token(r.body))
}

// token is the token in a journal's text.
func token(body string) string {
	_, after, _ := strings.Cut(body, `"token": "`)
	return after[:max(0, strings.Index(after, `"`))]
}

// answer is what a process learns.
type answer struct {
	body string
	err  error
}

func (a answer) String() string { return fmt.Sprintf("%s/%v ", token(a.body), a.err) }

// do carries a request out, as S3 does. The key of an object names its rows: k2 is
// one of those that hold row 2.
func (w *world) do(r request) answer {
	switch r.op {
	case "read":
		if w.journal == "" {
			return answer{err: fs.ErrNotExist}
		}
		return answer{body: w.journal}
	case "replace":
		if w.journal != r.version {
			return answer{err: store.ErrChanged}
		}
		w.journal = r.body
	case "stage":
		w.uploads[r.key] = true
	case "publish":
		return answer{err: w.publish(r.key)}
	case "abort":
		delete(w.uploads, r.key)
	case "out":
		w.state = r.state
		for row := range r.state {
			if w.visible[rowName(row, "a")] == 0 || w.visible[rowName(row, "b")] == 0 {
				w.lies = append(w.lies, fmt.Sprintf("the state says %d, but row %d is not visible", r.state, row))
			}
		}
	}
	return answer{}
}

func (w *world) publish(key string) error {
	switch {
	case w.uploads[key]:
		delete(w.uploads, key)
		w.objects[key] = true
		row, _, _ := strings.Cut(key, "@")
		if w.visible[row]++; w.visible[row] > 1 {
			w.lies = append(w.lies, "row "+row+" is visible twice")
		}
	case !w.objects[key]:
		return fmt.Errorf("upload of %s: %w", key, store.ErrGone)
	}
	return nil
}

// rowName is one of the rows that a state covers: each checkpoint has two tables.
func rowName(row int, table string) string { return fmt.Sprintf("%s%d", table, row) }

// process is a run of the program in the model: real code of this package, of
// which every request waits for what the schedule does with it.
type process struct {
	store.Store
	name    string
	tables  []string
	mistake mistake
	asks    chan request
	answers chan answer
	ended   chan struct{}
	crashed chan struct{}
	log     strings.Builder // of what it learned: what it does next follows from it
	tokens  int
	exit    error
}

func start(name string, m mistake, main func(*process) error) *process {
	p := &process{name: name, tables: []string{"a", "b"}, mistake: m, asks: make(chan request), answers: make(chan answer), ended: make(chan struct{}), crashed: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.exit = errCrash
		p.exit = main(p)
	}()
	return p
}

var errCrash = errors.New("crashed")

// ask sends a request, and ends the goroutine where the process crashes meanwhile.
func (p *process) ask(r request) answer {
	select {
	case p.asks <- r:
	case <-p.crashed:
		runtime.Goexit()
	}
	select {
	case a := <-p.answers:
		return a
	case <-p.crashed:
		runtime.Goexit()
	}
	panic("unreachable")
}

// next returns the request that the process waits with, or false at its end.
func (p *process) next() (request, bool) {
	select {
	case r := <-p.asks:
		return r, true
	case <-p.ended:
		return request{}, false
	}
}

func (p *process) tell(a answer) {
	p.log.WriteString(a.String())
	p.answers <- a
}

func (p *process) crash() {
	close(p.crashed)
	<-p.ended
}

// The Store of a process.

func (p *process) Read(_ context.Context, _ string, _ int64) ([]byte, string, error) {
	a := p.ask(request{op: "read"})
	return []byte(a.body), a.body, a.err
}

func (p *process) Replace(_ context.Context, _ string, body []byte, version string) (string, error) {
	a := p.ask(request{op: "replace", body: string(body), version: version})
	return string(body), a.err
}

func (p *process) Resume(r store.Receipt) store.Upload { return resumed{p: p, key: r.Key} }
func (p *process) Location(key string) string          { return key }
func (p *process) Head(context.Context, string) error  { return errors.New("no answer") }

type resumed struct {
	store.Upload
	p   *process
	key string
}

func (u resumed) Publish(context.Context) error {
	return u.p.ask(request{op: "publish", key: u.key}).err
}

func (u resumed) Abort(context.Context) error {
	return u.p.ask(request{op: "abort", key: u.key}).err
}
