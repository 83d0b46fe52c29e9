package page

import (
	"encoding/json"
	"net/http"
	"strings"

	"target-s3/target/connect/setup"
)

// verdict is what the page is told while somebody types.
type verdict struct {
	Problems map[string]string `json:"problems"` // of each answer that was sent, a line each; empty: it is good
	Warnings map[string]string `json:"warnings"` // the same, of what is not refused
	Sample   string            `json:"sample,omitempty"`
	Policy   string            `json:"policy,omitempty"`
}

// postValidate judges answers and stores nothing: what is typed counts when it is
// sent.
func (s *session) postValidate(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	form := s.form.Clone()
	s.mu.Unlock()
	v := verdict{Problems: make(map[string]string), Warnings: make(map[string]string)}
	for _, step := range setup.Steps() {
		take(r, form, step, func(setting, text string) {
			v.Problems[setting], v.Warnings[setting] = message(form.Put(setting, text)), form.Warn(setting, text)
		})
	}
	v.Sample, _ = form.SampleKey(s.o.Now()) // there is none of a template that is wrong
	if texts, sent := r.PostForm["principal"]; sent {
		policy, err := form.Policy(texts[0])
		v.Problems["principal"], v.Policy = message(err), string(policy)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a browser that is gone needs no answer
}

// message has a line for each problem.
func message(err error) string { return strings.Join(setup.Lines(err), "\n") }
