package page

import (
	"cmp"
	"slices"

	"target-s3/singer/printable"
	"target-s3/target/config"
	"target-s3/target/connect/awscli"
	"target-s3/target/connect/check"
	"target-s3/target/connect/policy"
	"target-s3/target/connect/setup"
	"target-s3/target/objectkey"
)

// view is what the templates are filled in with.
type view struct {
	Nonce    string
	Title    string
	Text     string
	Refresh  string // of the page by the browser itself, where there is no script
	Progress []progressItem
	Step     string // name
	Notice   *notice
	Wrong    []string // settings that the form does not ask

	// of a step that asks
	Notes    []string
	Fields   []fieldView
	Sample   string
	Elements []objectkey.Element

	// of the access and what follows
	Access    *accessView
	Challenge string
	Answers   []answerView
	Results   []resultView
	Phase     string
	Checks    bool // before saving
	SaveAs    string
	Secrets   bool   // there are some
	Keep      bool   // in the file
	Load      string // commands for afterwards
	Recheck   string
	FreeName  string // for another file
	NotInFile []string
	Duty      string
	Failed    int
	Problem   string
}

// notice is what became of something that was asked for.
type notice struct {
	Text string
	Bad  bool
	At   check.Remedy // what was to be created, where the page has a place for that
}

// progressItem is a step in the list of all steps.
type progressItem struct {
	Name, Title   string
	Number        int
	Current, Done bool
	Link          bool
}

type fieldView struct {
	setup.Field
	Text     string
	Problem  string // a line each
	Warning  string
	Required bool
	Choices  []choiceView
	Focus    bool
	Prose    bool // words rather than a name that is spelled exactly
	Long     bool // it takes more than a line to see all of it
}

type choiceView struct {
	setup.Choice
	Number  int
	Checked bool
}

// accessView is what lets the loader in.
type accessView struct {
	Notices          map[string]*notice // by what was to be created
	Guides           setup.Guides
	Privileges       []policy.Privilege
	PrincipalHelp    string
	ChallengeNote    string
	Folder           bool
	Bucket           []string // commands that create it
	CreateBucket     bool     // there is a button
	Principal        string
	Problem          string // with the principal
	Policy           string
	Attach           string // command
	Key              string // of KMS
	Sources          string // other buckets that are read from
	ChallengeCommand string
	CreateChallenge  bool
}

// answerView is an answer as it is summed up.
type answerView struct{ Label, Text string }

type resultView struct {
	check.Result
	Create check.Remedy // what a button creates that would mend it; empty: none
}

func titles() (all []string) {
	for _, step := range setup.Steps() {
		all = append(all, step.Title)
	}
	return append(all, "Access", "Check and save")
}

// frame is what all steps have. The caller has the lock.
func (s *session) frame(name string) view {
	v := view{Step: name, Notice: s.notice, SaveAs: printable.Line(s.o.SaveAs), Challenge: s.form.ChallengeFile(), Checks: s.o.Check != nil}
	s.notice = nil
	at := slices.Index(stepNames(), name)
	for i, n := range stepNames() {
		v.Progress = append(v.Progress, progressItem{
			Name: n, Title: titles()[i], Number: i + 1,
			Current: i == at, Done: i < s.reached && i != at, Link: i <= s.reached && i != at,
		})
	}
	v.Title = titles()[at]
	if s.o.Check == nil && name == checkStep {
		v.Title = "Save"
	}
	return v
}

func (s *session) askView(step setup.Step) view {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.frame(step.Name)
	v.Text = step.Text
	problems := make(map[string]string)
	if s.tried[step.Name] {
		for _, p := range s.form.Problems(step) {
			problems[p.Field.Setting] = message(p.Err)
		}
	}
	focused := false
	for _, field := range step.Fields {
		if !field.CSV && !s.form.Asks(field) { // those of csv come and go on the page
			continue
		}
		if field.Setting == "s3_bucket" {
			v.Notes = s.form.Notes()
		}
		f := s.fieldView(field, problems[field.Setting])
		f.Focus = f.Problem != "" && !focused
		focused = focused || f.Focus
		v.Fields = append(v.Fields, f)
		if field.Setting == "s3_key_format_string" {
			v.Elements = objectkey.Elements()
			v.Sample, _ = s.form.SampleKey(s.o.Now()) // none of a template that is wrong, as the field says
		}
	}
	return v
}

func (s *session) fieldView(field setup.Field, problem string) fieldView {
	text := s.form.Text(field.Setting)
	f := fieldView{
		Field: field, Text: text, Problem: problem, Required: field.Required(),
		Prose: slices.Contains([]string{"display_name", "description"}, field.Setting),
		Long:  field.Setting == "s3_key_format_string",
	}
	if text != "" && s.warned[field.Setting] == text {
		f.Warning = s.form.Warn(field.Setting, text)
	}
	choices := field.Choices
	if len(choices) > 0 && !slices.ContainsFunc(choices, func(c setup.Choice) bool { return c.Value == text }) {
		choices = append(slices.Clone(choices), setup.Choice{Value: text, Label: text + " (as it was)"})
	}
	for i, c := range choices {
		f.Choices = append(f.Choices, choiceView{c, i + 1, c.Value == text})
	}
	return f
}

func (s *session) accessView(c config.Config, problem error) view {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.frame(accessStep)
	v.wrong(problem)
	if problem != nil {
		return v
	}
	_, folder := c.FileRoot()
	policy, err := s.form.Policy(s.principal)
	v.Duty = setup.ChallengeDuty
	notices := make(map[string]*notice)
	if v.Notice != nil {
		notices[string(v.Notice.At)], v.Notice = v.Notice, nil
	}
	v.Access = &accessView{
		Notices: notices, Guides: setup.GuidesFor(c), Privileges: s.form.Privileges(), PrincipalHelp: setup.PrincipalHelp, ChallengeNote: s.form.ChallengeNote(),
		Folder: folder, Bucket: awscli.CreateBucket(c), CreateBucket: s.o.CreateBucket != nil,
		Principal: s.principal, Problem: message(err), Policy: string(policy),
		Attach: awscli.AttachPolicy(c), Key: c.SSEKMSKeyID, Sources: s.form.Sources(),
		ChallengeCommand: awscli.CreateChallenge(c), CreateChallenge: s.o.CreateChallengeFile != nil,
	}
	return v
}

// wrong tells what is wrong with settings that are not asked for.
func (v *view) wrong(problem error) { v.Wrong = setup.Lines(problem) }

var phases = map[phase]string{asking: "asking", checking: "checking", failed: "failed", exists: "exists", unsaved: "unsaved", saved: "saved"}

func (s *session) checkView(c config.Config, problem error) view {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.frame(checkStep)
	v.wrong(problem)
	v.Phase, v.Problem, v.Results = phases[s.phase], s.problem, s.resultViews()
	v.Secrets, v.Keep = setup.HasSecrets(c), s.secrets
	v.Notes = s.form.Notes()
	switch s.phase {
	case exists:
		v.FreeName = setup.FreeName(s.o.SaveAs)
	case unsaved:
		v.FreeName = s.o.SaveAs
	}
	if s.phase == checking {
		v.Refresh = "1"
	}
	for _, r := range s.results {
		if r.Outcome == check.Failed {
			v.Failed++
		}
	}
	for _, step := range setup.Steps() {
		for _, field := range step.Fields {
			if s.form.Asks(field) {
				v.Answers = append(v.Answers, answerView{field.Label, cmp.Or(printable.Line(choiceLabel(field, s.form.Text(field.Setting))), "–")})
			}
		}
	}
	return v
}

func choiceLabel(field setup.Field, text string) string {
	for _, c := range field.Choices {
		if c.Value == text {
			return c.Label
		}
	}
	return text
}

// resultViews has the lock from its caller.
func (s *session) resultViews() (views []resultView) {
	for _, r := range s.results {
		v := resultView{Result: r}
		if remedy := r.Remedy(); s.phase != checking && s.offers(remedy) {
			v.Create = remedy
		}
		views = append(views, v)
	}
	return views
}

// offers reports whether there is a button for it.
func (s *session) offers(remedy check.Remedy) bool {
	return remedy == check.CreateBucket && s.o.CreateBucket != nil || remedy == check.CreateChallengeFile && s.o.CreateChallengeFile != nil
}

func (s *session) doneView() view {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, _ := s.form.Config() // which was saved
	return view{
		Title: "Saved", SaveAs: printable.Line(s.o.SaveAs),
		Load:    "tap-x | target-s3 --config " + awscli.Quote(s.o.SaveAs),
		Recheck: "target-s3 check --config " + awscli.Quote(s.o.SaveAs),
		Keep:    s.secrets, Checks: s.allGood(), Challenge: c.SentinelKey,
		NotInFile: s.form.NotInFile(c, s.secrets), Duty: setup.ChallengeDuty,
	}
}

// allGood reports whether everything was checked and well.
func (s *session) allGood() bool {
	return len(s.results) > 0 && !slices.ContainsFunc(s.results, func(r check.Result) bool { return r.Outcome == check.Failed })
}
