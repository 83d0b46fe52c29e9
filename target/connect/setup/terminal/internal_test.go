package terminal

import (
	"testing"

	"target-s3/target/connect/setup"
)

// A page that is looked at and left must not change a setting, whatever it is.
func TestValueThatIsNoChoice(t *testing.T) {
	p := page{questions: []*question{{
		choices: withValue([]setup.Choice{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}}, "c\x1b"), value: "c\x1b",
	}}}
	p.begin()
	if q := p.questions[0]; q.value != "c\x1b" || q.show() != `c\u001b` || len(q.choices) != 3 {
		t.Errorf("%+v", q)
	}
	if same := withValue([]setup.Choice{{Value: "a"}}, "a"); len(same) != 1 {
		t.Errorf("%+v", same)
	}
}
