package page

import (
	"context"
	"errors"
	"io/fs"
	"sync"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/connect/check"
	"target-s3/target/connect/setup"
)

// phase is how far checking and saving have come.
type phase int

const (
	asking   phase = iota
	checking       // a job is at it
	failed         // a check did; saving anyway is possible
	exists         // there is such a file; replacing it is possible
	unsaved        // writing the file failed
	saved
)

// session is the state of the form between requests.
type session struct {
	o         Options
	ctx       context.Context // of Serve; jobs end with it
	work      sync.WaitGroup  // jobs
	stored    chan struct{}   // closed when saved
	delivered chan struct{}   // closed when the person was told so
	deliver   sync.Once

	mu        sync.Mutex
	form      *setup.Form
	principal string
	tried     map[string]bool   // steps whose answers were sent: their problems are shown
	warned    map[string]string // by setting: answers whose warning was shown
	reached   int               // the furthest step that was shown
	notice    *notice           // for the next page
	phase     phase
	results   []check.Result
	problem   string // of unsaved
	secrets   bool   // credentials are kept in the file
	stop      context.CancelFunc
	turn      int // counts jobs and changes: a job that belongs to an earlier one is void
}

func newSession(ctx context.Context, o Options) *session {
	return &session{
		o: o, ctx: ctx, form: o.Form, principal: o.Principal, secrets: o.WithSecrets,
		stored: make(chan struct{}), delivered: make(chan struct{}), tried: make(map[string]bool), warned: make(map[string]string),
	}
}

func (s *session) saved() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phase == saved
}

// put stores an answer. One that is new makes void what was checked before. The
// caller has the lock, as with everything below that says nothing else.
func (s *session) put(setting, text string) {
	if s.form.Text(setting) == text {
		return
	}
	_ = s.form.Put(setting, text) // told by Problems
	s.void()
}

// warn reports whether there is a warning about a step that was not shown yet.
// Sending the same answer again means that it is meant.
func (s *session) warn(step setup.Step) (news bool) {
	for _, field := range step.Fields {
		text := s.form.Text(field.Setting)
		if s.form.Warn(field.Setting, text) != "" && s.warned[field.Setting] != text {
			s.warned[field.Setting], news = text, true
		}
	}
	return news
}

// void ends what is based on earlier answers.
func (s *session) void() {
	if s.stop != nil {
		s.stop()
	}
	s.turn++
	s.phase, s.results, s.problem = asking, nil, ""
}

// cancel ends a check on the person's word. The caller does not have the lock.
func (s *session) cancel() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == checking {
		s.void()
	}
}

// start checks and saves, in the background. The caller does not have the lock.
func (s *session) start(keepSecrets bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == checking || s.phase == saved || s.ctx.Err() != nil {
		return nil
	}
	c, err := s.form.Config()
	if err != nil {
		return err
	}
	s.void()
	s.secrets = keepSecrets && setup.HasSecrets(c)
	s.phase = checking
	ctx, stop := context.WithCancel(s.ctx)
	s.stop = stop
	turn := s.turn
	s.work.Go(func() {
		defer stop()
		s.job(ctx, turn, c)
	})
	return nil
}

// job does not have the lock.
func (s *session) job(ctx context.Context, turn int, c config.Config) {
	ok := s.o.Check == nil || s.o.Check(ctx, c, func(r check.Result) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.turn == turn {
			s.results = append(s.results, r)
		}
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.turn != turn || ctx.Err() != nil: // nobody wants it any more
	case ok:
		s.save(c, s.o.Overwrite)
	default:
		s.phase = failed
	}
}

// saving is the person's word on what a check or a file is in the way of.
type saving struct {
	anyway      bool // although a check has failed
	keepSecrets bool // which is asked together with that
	replace     bool // the file that exists
	other       string
}

// saveNow saves what was checked, on the person's word. The caller does not have
// the lock.
func (s *session) saveNow(w saving) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	blocked := s.phase == exists || s.phase == unsaved
	allowed := s.phase == failed && w.anyway || s.phase == exists && w.replace || s.phase == unsaved || blocked && w.other != ""
	if !allowed || s.ctx.Err() != nil {
		return nil
	}
	c, err := s.form.Config()
	if err != nil {
		return err
	}
	if s.phase == failed {
		s.secrets = w.keepSecrets && setup.HasSecrets(c)
	}
	if blocked && w.other != "" && w.other != s.o.SaveAs {
		s.o.SaveAs, s.o.Overwrite, w.replace = w.other, false, false // what was allowed was another file
	}
	s.save(c, s.o.Overwrite || s.phase == exists && w.replace)
	return nil
}

func (s *session) save(c config.Config, replace bool) {
	err := setup.Save(c, s.o.SaveAs, s.secrets, replace)
	switch {
	case err == nil:
		s.phase = saved
		close(s.stored)
	case errors.Is(err, fs.ErrExist):
		s.phase = exists
	default:
		s.phase, s.problem = unsaved, printable.Line(err.Error())
	}
}

// create makes the bucket or the challenge file, and leaves a notice about it.
// The caller does not have the lock.
func (s *session) create(ctx context.Context, what check.Remedy) error {
	s.mu.Lock()
	c, err := s.form.Config()
	s.mu.Unlock()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, createTime)
	defer cancel()
	act := s.o.CreateBucket
	if what == check.CreateChallengeFile {
		act = s.o.CreateChallengeFile
	}
	done, err := act(ctx, c)
	n := &notice{Text: done.Text, At: what}
	if done.Note != "" {
		n.Text += " Note: " + printable.Line(done.Note)
	}
	if err != nil {
		n.Text, n.Bad = "It was not created: "+printable.Line(err.Error()), true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notice = n
	return nil
}
