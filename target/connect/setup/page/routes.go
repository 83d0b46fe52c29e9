package page

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"target-s3/target/config"
	"target-s3/target/connect/check"
	"target-s3/target/connect/setup"
)

// The steps after those of the form.
const (
	accessStep = "access"
	checkStep  = "check"
)

func firstStep() string { return setup.Steps()[0].Name }

// stepNames are all steps in their order.
func stepNames() (names []string) {
	for _, step := range setup.Steps() {
		names = append(names, step.Name)
	}
	return append(names, accessStep, checkStep)
}

func (s *session) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { see(w, stepNames()[s.furthest()]) })
	for _, step := range setup.Steps() {
		mux.HandleFunc("GET /"+step.Name, s.open(func(w http.ResponseWriter, _ *http.Request) {
			s.show(step.Name)
			render(w, http.StatusOK, "ask", s.askView(step))
		}))
		mux.HandleFunc("POST /"+step.Name, s.open(func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, step) }))
	}
	mux.HandleFunc("GET /access", s.open(s.whenReady(s.getAccess)))
	mux.HandleFunc("POST /access", s.open(s.whenReady(s.postAccess)))
	mux.HandleFunc("GET /check", s.open(s.whenReady(s.getCheck)))
	mux.HandleFunc("POST /check", s.open(s.postCheck))
	mux.HandleFunc("GET /progress", s.getProgress)
	mux.HandleFunc("POST /save", s.open(s.postSave))
	if s.o.CreateBucket != nil {
		mux.HandleFunc("POST /create-bucket", s.open(s.whenReady(s.postCreate(check.CreateBucket))))
	}
	if s.o.CreateChallengeFile != nil {
		mux.HandleFunc("POST /create-challenge", s.open(s.whenReady(s.postCreate(check.CreateChallengeFile))))
	}
	mux.HandleFunc("POST /validate", s.open(s.postValidate))
	mux.HandleFunc("GET /done", s.getDone)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		renderRefusal(w, refusal{http.StatusNotFound, "No such page", "The form has no page of this address."})
	})
	return mux
}

// open serves while the form is open, and reads what a form has sent.
func (s *session) open(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.saved() {
			see(w, "done")
			return
		}
		if err := r.ParseForm(); err != nil {
			if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
				renderRefusal(w, refusal{http.StatusRequestEntityTooLarge, "Too much", "The answers are too long."})
				return
			}
			renderRefusal(w, refusal{http.StatusBadRequest, "Not understood", "What the form has sent could not be read."})
			return
		}
		next(w, r)
	}
}

// see sends the browser to another page of the folder.
func see(w http.ResponseWriter, name string) {
	w.Header().Set("Location", name)
	w.WriteHeader(http.StatusSeeOther)
}

func (s *session) furthest() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reached
}

// show notes that a step was reached.
func (s *session) show(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reached = max(s.reached, slices.Index(stepNames(), name))
}

// neighbour is the step that comes by steps after the named one.
func neighbour(name string, by int) string {
	names := stepNames()
	return names[max(0, slices.Index(names, name)+by)]
}

// answer stores the answers of a step and goes on if there is nothing wrong.
func (s *session) answer(w http.ResponseWriter, r *http.Request, step setup.Step) {
	s.mu.Lock()
	take(r, s.form, step, s.put)
	wrong := len(s.form.Problems(step)) > 0
	unsure := !wrong && s.warn(step)
	back := r.PostForm.Get("go") == "back"
	s.tried[step.Name] = s.tried[step.Name] || !back
	s.mu.Unlock()
	switch {
	case back:
		see(w, neighbour(step.Name, -1))
	case wrong:
		render(w, http.StatusUnprocessableEntity, "ask", s.askView(step))
	case unsure:
		render(w, http.StatusOK, "ask", s.askView(step))
	default:
		see(w, neighbour(step.Name, +1))
	}
}

// oneLine removes the ends of lines that a field of several may have.
var oneLine = strings.NewReplacer("\r", "", "\n", "")

// take hands the answers of a step that were sent to put, but for those to
// questions that the ones before make pointless. An answer that was not sent
// stays as it is.
func take(r *http.Request, f *setup.Form, step setup.Step, put func(setting, text string)) {
	for _, field := range step.Fields {
		if texts, sent := r.PostForm[field.Setting]; sent && f.Asks(field) {
			put(field.Setting, oneLine.Replace(texts[0]))
		}
	}
}

// ready returns the settings, or sends the browser to the first step that has a
// problem. What is wrong with settings that the form does not ask is returned.
func (s *session) ready(w http.ResponseWriter) (c config.Config, ok bool, problem error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.form.Config()
	if wrong := (*setup.Problem)(nil); errors.As(err, &wrong) {
		for _, step := range setup.Steps() {
			if len(s.form.Problems(step)) > 0 {
				s.tried[step.Name] = true
				see(w, step.Name)
				break
			}
		}
		return c, false, nil
	}
	return c, true, err
}

// whenReady serves a step that needs the settings.
func (s *session) whenReady(serve step) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if c, ok, problem := s.ready(w); ok {
			serve(w, r, c, problem)
		}
	}
}

// step answers with the settings, and what is wrong with those that the form does not
// ask.
type step func(w http.ResponseWriter, r *http.Request, c config.Config, problem error)

func (s *session) getAccess(w http.ResponseWriter, _ *http.Request, c config.Config, problem error) {
	s.show(accessStep)
	render(w, http.StatusOK, "access", s.accessView(c, problem))
}

// postAccess takes whom to let in. It is asked for the policy on the page and is
// no setting.
func (s *session) postAccess(w http.ResponseWriter, r *http.Request, c config.Config, problem error) {
	s.mu.Lock()
	if texts, sent := r.PostForm["principal"]; sent {
		s.principal = setup.Trim(texts[0])
	}
	_, wrong := s.form.Policy(s.principal)
	s.mu.Unlock()
	next := r.PostForm.Get("go")
	switch {
	case next == "back":
		see(w, neighbour(accessStep, -1))
	case problem != nil || wrong != nil:
		render(w, http.StatusUnprocessableEntity, "access", s.accessView(c, problem))
	case next == "next":
		see(w, checkStep)
	default:
		see(w, accessStep)
	}
}

func (s *session) getCheck(w http.ResponseWriter, _ *http.Request, c config.Config, problem error) {
	s.show(checkStep)
	render(w, http.StatusOK, "check", s.checkView(c, problem))
}

func (s *session) postCheck(w http.ResponseWriter, r *http.Request) {
	switch r.PostForm.Get("go") {
	case "back":
		see(w, accessStep)
		return
	case "stop":
		s.cancel()
		see(w, checkStep)
		return
	}
	// What is wrong is shown by the page that follows.
	_ = s.start(r.PostForm.Get("secrets") == "keep") //nolint:contextcheck // the check outlives the request
	see(w, checkStep)
}

// getProgress is the results so far while there may be more, and no content when
// the page has something else to show.
func (s *session) getProgress(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	busy, v := s.phase == checking, view{Results: s.resultViews()}
	s.mu.Unlock()
	if !busy {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	render(w, http.StatusOK, "results", v)
}

func (s *session) postSave(w http.ResponseWriter, r *http.Request) {
	sent := r.PostForm // what is wrong is shown by the page that follows, as above
	_ = s.saveNow(saving{
		anyway: sent.Get("anyway") == "yes", replace: sent.Get("replace") == "yes", keepSecrets: sent.Get("secrets") == "keep",
		other: setup.Trim(sent.Get("other")),
	})
	see(w, checkStep)
}

func (s *session) postCreate(what check.Remedy) step {
	return func(w http.ResponseWriter, r *http.Request, _ config.Config, problem error) {
		if problem == nil {
			_ = s.create(r.Context(), what) // what is wrong with the answers was looked for
		}
		from := accessStep
		if r.PostForm.Get("from") == checkStep {
			from = checkStep
		}
		see(w, from+"#notice") // which may be far down
	}
}

// getDone is the last page. With it the job of the server is done.
func (s *session) getDone(w http.ResponseWriter, _ *http.Request) {
	if !s.saved() {
		see(w, checkStep)
		return
	}
	w.Header().Set("Connection", "close")
	render(w, http.StatusOK, "done", s.doneView())
	s.deliver.Do(func() { close(s.delivered) })
}
