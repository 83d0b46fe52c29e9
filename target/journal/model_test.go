package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"target-s3/target/store"
)

// The programs of the model. They do in the order of the engine what the engine
// does: stage, commit, publish, state. Everything about the journal is the code that
// is used. TestPrograms, and TestModelIsTheProgram of the command, hold both to the same
// requests.

func (p *process) open() (*Journal, error) {
	j, err := Read(context.Background(), p, "journal", "model")
	if err == nil {
		j.publish = 1
		j.token = func() string {
			if p.mistake == sameToken {
				return "same"
			}
			p.tokens++
			return p.name + strconv.Itoa(p.tokens)
		}
	}
	return j, err
}

// release writes a state to standard output.
func (p *process) release(state []byte) error {
	return p.ask(request{op: "out", state: rowsOf(state)}).err
}

func rowsOf(state []byte) (rows int) {
	_ = json.Unmarshal(state, &rows)
	return rows
}

// mistake is one that a program of the model makes on purpose.
type mistake int

const (
	none            mistake = iota
	abortsUncertain         // uploads of a commit that may have been made
	doneBeforeState         // the journal says done before the state is written
	sameToken               // all versions of a journal have one token
	publishesFirst          // commits after publishing
)

var errAgain = errors.New("75")

// load is a run whose tap begins with row from and ends before row to; every row is a
// checkpoint.
func (p *process) load(from, to int) error {
	j, err := p.open()
	if err != nil {
		return err
	}
	if j.IsOpen() {
		if err := j.Recover(context.Background(), p.release); err != nil {
			return err
		}
		return errAgain
	}
	return p.loadWith(j, from, to)
}

func (p *process) loadWith(j *Journal, from, to int) error {
	if err := j.Begin(context.Background()); err != nil {
		return err
	}
	for row := from; row < to; row++ {
		if err := p.commit(j, row); err != nil {
			return err
		}
	}
	return j.Done(context.Background())
}

func (p *process) commit(j *Journal, row int) error {
	var objects []Object
	abort := func() {
		for _, o := range objects {
			_ = p.Resume(o.Receipt).Abort(context.Background())
		}
	}
	for _, table := range p.tables {
		key := rowName(row, table) + "@" + p.name
		objects = append(objects, Object{Receipt: store.Receipt{Key: key, Upload: key, Token: key}})
		if err := p.ask(request{op: "stage", key: key}).err; err != nil {
			abort()
			return err
		}
	}
	if p.mistake == publishesFirst {
		for _, o := range objects {
			if err := p.Resume(o.Receipt).Publish(context.Background()); err != nil {
				return err
			}
		}
	}
	err := j.Commit(context.Background(), objects, []byte(strconv.Itoa(row+1)))
	if uncertain := (*UncertainError)(nil); err != nil && (!errors.As(err, &uncertain) || p.mistake == abortsUncertain) {
		abort()
	}
	if err != nil {
		return err
	}
	for _, o := range objects {
		if err := p.Resume(o.Receipt).Publish(context.Background()); err != nil {
			return err
		}
	}
	if p.mistake == doneBeforeState {
		if err := j.Done(context.Background()); err != nil {
			return err
		}
	}
	return p.release(j.State())
}

// fromBucket is target-s3 state, and a load of a tap that begins there.
func (p *process) fromBucket(to int) error {
	j, err := p.open()
	if err != nil {
		return err
	}
	if err := j.Recover(context.Background(), func([]byte) error { return nil }); err != nil {
		return err
	}
	return p.loadWith(j, rowsOf(j.State()), to)
}

// What can happen to a request, beside being answered.
var faults = []string{"lost before", "lost after", "late", "crash before", "crash after"}

// errLost is what a client has when there is no answer.
var errLost = errors.New("no answer")

// explorer walks through all schedules of a model, one step further at a time. What
// a process does follows from what it has learned: where the world and that are the
// same as before, what follows was seen.
type explorer struct {
	rows    int
	mistake mistake
	budget  int // faults in a schedule
	run     func(s *schedule)
	seen    map[string]bool
	trail   []int // the choice at each step of this schedule
	options []int // how many there were
	runs    int
}

// schedule is one run of a model.
type schedule struct {
	*explorer
	world  *world
	step   int
	faults int
	steps  []string
	names  int
}

// errSeen ends a schedule that goes on as one before.
var errSeen = errors.New("seen before")

// explore returns what went wrong in the first schedule in which anything did.
func (e *explorer) explore() error {
	e.seen = map[string]bool{}
	for {
		s := &schedule{explorer: e, world: newWorld()}
		e.options = e.options[:0]
		func() {
			defer func() {
				if r := recover(); r != nil && r != errSeen {
					panic(r)
				}
			}()
			e.run(s)
		}()
		e.runs++
		if len(s.world.lies) > 0 {
			return fmt.Errorf("%v\nafter %s", s.world.lies, strings.Join(s.steps, "\n      "))
		}
		// The next schedule differs in the last choice that has another option.
		e.trail = e.trail[:len(e.options)]
		for n := len(e.trail) - 1; ; n-- {
			if n < 0 {
				return nil
			}
			if e.trail[n]++; e.trail[n] < e.options[n] {
				e.trail = e.trail[:n+1]
				break
			}
		}
	}
}

// choose returns the next choice among n.
func (s *schedule) choose(n int) int {
	if s.step == len(s.trail) {
		s.trail = append(s.trail, 0)
	}
	s.options = append(s.options, n)
	s.step++
	return s.trail[s.step-1]
}

// isNew reports whether the schedule has come to where none was.
func (s *schedule) isNew(asking []*asking) bool {
	if s.step < len(s.trail) {
		return true // it was, and what follows is not yet exhausted
	}
	key := s.world.text() + fmt.Sprint(s.faults)
	for _, a := range asking {
		key += "\n" + a.p.name + a.r.String() + a.p.log.String()
	}
	if s.seen[key] {
		return false
	}
	s.seen[key] = true
	return true
}

// asking is a process that waits for an answer.
type asking struct {
	p *process
	r request
}

// together runs processes until all have ended.
func (s *schedule) together(processes ...*process) {
	var waiting []*asking
	defer func() {
		for _, a := range waiting {
			a.p.crash()
		}
	}()
	advance := func(p *process) {
		if r, ok := p.next(); ok {
			waiting = append(waiting, &asking{p, r})
		}
	}
	for _, p := range processes {
		advance(p)
	}
	for len(waiting) > 0 {
		if !s.isNew(waiting) {
			panic(errSeen)
		}
		n := len(waiting)
		options := n + len(s.world.late)
		if s.faults < s.budget {
			options += n * len(faults)
		}
		choice := s.choose(options)
		switch {
		case choice < n: // as it should be
			a := waiting[choice]
			waiting = append(waiting[:choice:choice], waiting[choice+1:]...)
			s.note(a, "")
			a.p.tell(s.world.do(a.r))
			advance(a.p)
		case choice < n+len(s.world.late):
			s.arrive(choice - n)
		default:
			choice -= n + len(s.world.late)
			a := waiting[choice/len(faults)]
			waiting = append(waiting[:choice/len(faults):choice/len(faults)], waiting[choice/len(faults)+1:]...)
			if s.fail(a, faults[choice%len(faults)]) {
				advance(a.p)
			}
		}
	}
}

// arrive carries out a request whose sender has given up.
func (s *schedule) arrive(i int) {
	r := s.world.late[i]
	s.world.late = append(s.world.late[:i:i], s.world.late[i+1:]...)
	s.steps = append(s.steps, "arrives: "+r.String())
	s.world.do(r)
}

// fail reports whether the process lives on.
func (s *schedule) fail(a *asking, fault string) bool {
	s.faults++
	s.note(a, fault)
	switch {
	case fault == "lost after", fault == "crash after":
		s.world.do(a.r)
	case fault == "late" && a.r.op != "out": // what is not read of a pipe is gone
		s.world.late = append(s.world.late, a.r)
	}
	if fault == "crash before" || fault == "crash after" {
		a.p.crash()
		return false
	}
	a.p.tell(answer{err: errLost})
	return true
}

func (s *schedule) note(a *asking, fault string) {
	s.steps = append(s.steps, fmt.Sprintf("%s: %s %s", a.p.name, a.r, fault))
}

func (s *schedule) start(main func(*process) error) *process {
	s.names++
	return start(string(rune('A'+s.names-1)), s.mistake, main)
}

// complete runs loads until one has nothing to say, as a runner does, and then wants
// each row once.
func (s *schedule) complete() {
	for range 8 {
		from := s.world.state
		p := s.start(func(p *process) error { return p.load(from, s.rows) })
		s.together(p)
		if p.exit == nil {
			break
		}
	}
	s.want()
}

func (s *schedule) want() {
	for row := range s.rows {
		for _, table := range []string{"a", "b"} {
			if n := s.world.visible[rowName(row, table)]; n != 1 {
				s.world.lies = append(s.world.lies, fmt.Sprintf("row %s%d is visible %d times in the end", table, row, n))
			}
		}
	}
	if s.world.state != s.rows {
		s.world.lies = append(s.world.lies, fmt.Sprintf("the state is %d in the end", s.world.state))
	}
}

// completeFromBucket is complete with nobody but the bucket to keep the state.
func (s *schedule) completeFromBucket() {
	for range 8 {
		p := s.start(func(p *process) error { return p.fromBucket(s.rows) })
		s.together(p)
		if p.exit == nil {
			break
		}
	}
	s.world.state = s.rows
	s.want()
}

// oneAfterTheOther is a run after another. Each may crash anywhere, lose any answer,
// and leave requests behind that arrive at any time.
func oneAfterTheOther(s *schedule) { s.complete() }

// twoLoads is two runs at once. Each begins where the bucket says.
func twoLoads(s *schedule) {
	a := s.start(func(p *process) error { return p.fromBucket(s.rows) })
	b := s.start(func(p *process) error { return p.fromBucket(s.rows) })
	s.together(a, b)
	s.completeFromBucket()
}

// twoRecoveries is two runs at once that find what a third has left.
func twoRecoveries(s *schedule) {
	crashed := s.start(func(p *process) error {
		j, err := p.open()
		if err == nil {
			err = p.commit(j, 0)
		}
		return err
	})
	for r, ok := crashed.next(); ok; r, ok = crashed.next() {
		if r.op == "publish" {
			crashed.crash()
			break
		}
		crashed.tell(s.world.do(r))
	}
	twoLoads(s)
}

func TestModel(t *testing.T) {
	for _, tt := range []struct {
		name string
		long bool
		explorer
	}{
		{"one after the other", false, explorer{rows: 2, budget: 2, run: oneAfterTheOther}},
		{"one after the other, one commit", true, explorer{rows: 1, budget: 3, run: oneAfterTheOther}},
		{"two loads", false, explorer{rows: 1, budget: 1, run: twoLoads}},
		{"two loads, two commits", false, explorer{rows: 2, run: twoLoads}},
		{"two recoveries", true, explorer{rows: 2, budget: 1, run: twoRecoveries}},
		{"two recoveries, one commit", false, explorer{rows: 1, budget: 1, run: twoRecoveries}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.long && (raceDetector || testing.Short()) {
				t.Skip("the schedules are too many for -short and the race detector")
			}
			t.Parallel()
			if err := tt.explore(); err != nil {
				t.Error(err)
			}
			t.Logf("%d schedules, %d states", tt.runs, len(tt.seen))
		})
	}
}

// A model that finds no mistake proves nothing.
func TestModelFindsMistakes(t *testing.T) {
	for name, e := range map[string]explorer{
		"abort what may be committed": {mistake: abortsUncertain, rows: 1, budget: 2, run: oneAfterTheOther},
		"done before the state":       {mistake: doneBeforeState, rows: 1, budget: 1, run: oneAfterTheOther},
		"publish before the commit":   {mistake: publishesFirst, rows: 1, budget: 1, run: oneAfterTheOther},
		"tokens that are the same":    {mistake: sameToken, rows: 1, budget: 1, run: twoLoads},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := e.explore(); err == nil {
				t.Error("nothing was found")
			} else {
				t.Log(err)
			}
		})
	}
}
