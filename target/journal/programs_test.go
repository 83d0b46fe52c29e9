package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// programs is what the programs of the model ask for, of which TestModelIsTheProgram of
// the command knows that it is what the real ones ask for.
var programs = filepath.Join("testdata", "programs.txt")

// The requests of a load of one table and one checkpoint, and of one that finds a commit
// which is half done: where each of them is lost on its way, or its answer is.
func TestPrograms(t *testing.T) {
	var b strings.Builder
	for _, recovers := range []bool{false, true} {
		for _, lost := range []string{"", "lost before", "lost after"} {
			for n := 1; ; n++ {
				line, requests := askedFor(recovers, lost, n)
				if n > requests || lost == "" && n > 1 {
					break
				}
				b.WriteString(line)
			}
		}
	}
	if os.Getenv("UPDATE_PROGRAMS") != "" {
		if err := os.WriteFile(programs, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(programs)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("%s is not what the model does (UPDATE_PROGRAMS=1 writes it anew, and the command must do the same):\n%s", programs, b.String())
	}
}

// askedFor runs a load whose nth request is lost, and says what it asks for.
func askedFor(recovers bool, lost string, n int) (line string, requests int) {
	w := newWorld()
	name := "load"
	if recovers {
		name = "recovery"
		first := one(w)
		for r, ok := first.next(); ok; r, ok = first.next() {
			if r.op == "publish" {
				first.crash()
				break
			}
			first.tell(w.do(r))
		}
	}
	p := one(w)
	var asked []string
	for r, ok := p.next(); ok; r, ok = p.next() {
		asked = append(asked, r.op)
		hit := len(asked) == n && lost != ""
		a := answer{err: errLost}
		if !hit || lost == "lost after" {
			a = w.do(r)
		}
		if hit && a.err == nil { // what is refused has nothing to lose
			a = answer{err: errLost}
		}
		p.tell(a)
	}
	how := "ends well"
	switch {
	case errors.Is(p.exit, errAgain):
		how = "is to be run again"
	case p.exit != nil:
		how = "fails"
	}
	what := ""
	if lost != "" {
		what = fmt.Sprintf(", request %d %s", n, lost)
	}
	return fmt.Sprintf("%s%s: %s; %s\n", name, what, strings.Join(asked, " "), how), len(asked)
}

func one(w *world) *process {
	p := start("A", none, func(p *process) error {
		p.tables = []string{"a"}
		return p.load(w.state, 1)
	})
	return p
}
