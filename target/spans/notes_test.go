package spans

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"target-s3/singer/jsonscan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// member is one of an object as encoding/json reads it.
type member struct {
	key   string
	value json.RawMessage
}

// membersOf are those of an object, of each key the last one.
func membersOf(t *testing.T, object json.RawMessage) (members []member) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(object))
	_, _ = d.Token()
	last := map[string]int{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatalf("%s: %v", object, err)
		}
		m := member{key: key.(string)}
		if err := d.Decode(&m.value); err != nil {
			t.Fatalf("%s: %v", object, err)
		}
		last[m.key] = len(members)
		members = append(members, m)
	}
	n := -1
	return slices.DeleteFunc(members, func(m member) bool { n++; return last[m.key] != n })
}

// expected lists what notes must have of a value.
func expected(t *testing.T, p *Place, value json.RawMessage) string {
	t.Helper()
	slots := make([]string, p.End)
	var others, arrays strings.Builder
	var visit func(p *Place, value json.RawMessage)
	visit = func(p *Place, value json.RawMessage) {
		slots[p.Slot] = string(value)
		if !p.fits(value[0]) {
			fmt.Fprintf(&others, "%d: %s\n", p.Slot, value)
		}
		switch {
		case value[0] == '[' && p.Items != nil:
			var elements []json.RawMessage
			if err := json.Unmarshal(value, &elements); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&arrays, "%d:\n", p.Slot)
			for _, e := range elements {
				fmt.Fprintf(&arrays, "- %s\n", expected(t, p.Items, e))
			}
		case value[0] == '{' && p.Members != nil:
			members := membersOf(t, value)
			for _, m := range members {
				if p.Member([]byte(m.key)) == nil {
					fmt.Fprintf(&others, "%d %q: %s\n", p.Slot, m.key, m.value)
				}
			}
			for _, at := range p.Members {
				for _, m := range members {
					if m.key == at.Name {
						visit(at, m.value)
					}
				}
			}
		}
	}
	visit(p, value)
	return fmt.Sprintf("%q\n%s%s", slots, &others, &arrays)
}

// noted lists what notes have of a block.
func noted(n *Notes, block int, p *Place) string {
	slots := make([]string, p.End)
	for i := range slots {
		slots[i] = string(n.Value(block, i))
	}
	var others, arrays strings.Builder
	for o := range n.Others(block, p) {
		if o.Key == nil {
			fmt.Fprintf(&others, "%d: %s\n", o.Of, n.Text[o.From:o.To])
		} else {
			fmt.Fprintf(&others, "%d %q: %s\n", o.Of, o.Key, n.Text[o.From:o.To])
		}
	}
	var visit func(p *Place)
	visit = func(p *Place) {
		if p.Items != nil && strings.HasPrefix(slots[p.Slot], "[") {
			fmt.Fprintf(&arrays, "%d:\n", p.Slot)
			if n.Listed(block, p) {
				for in, element := range n.Elements(block, p) {
					fmt.Fprintf(&arrays, "- %s\n", noted(in, element, p.Items))
				}
			}
		}
		for _, m := range p.Members {
			visit(m)
		}
	}
	visit(p)
	return fmt.Sprintf("%q\n%s%s", slots, &others, &arrays)
}

type random struct{ *rand.Rand }

var names = []string{"a", "b", "c", "é", `q"`, ""}

func (r random) place(depth int) *Place {
	p := &Place{Bare: r.IntN(3) == 0}
	if depth > 0 && r.IntN(2) == 0 {
		p.Members = []*Place{} // an object of which nothing is looked for
		for _, name := range names[:1+r.IntN(len(names))] {
			if r.IntN(4) > 0 {
				m := r.place(depth - 1)
				m.Name = name
				p.Members = append(p.Members, m)
			}
		}
	}
	if depth > 0 && r.IntN(2) == 0 {
		p.Items = r.place(depth - 1)
	}
	return p
}

func (r random) value(depth int) string {
	space := func() string { return []string{"", "", " ", "\t\n"}[r.IntN(4)] }
	var list []string
	switch n := r.IntN(10); {
	case n < 3 && depth > 0:
		for range r.IntN(4) {
			list = append(list, space()+r.value(depth-1)+space())
		}
		return "[" + space() + strings.Join(list, ",") + "]"
	case n < 7 && depth > 0:
		keys := []string{`"a"`, `"b"`, `"c"`, `"é"`, `"q\""`, `""`, `"\u0061"`, `"a"`, `"other"`, `"oth\u0065r"`, `"x\n"`}
		for range r.IntN(7) {
			list = append(list, space()+keys[r.IntN(len(keys))]+space()+":"+space()+r.value(depth-1)+space())
		}
		return "{" + space() + strings.Join(list, ",") + "}"
	}
	return []string{`"x"`, `"]}\""`, "null", "-1.5e3", "true", "[]", "{}", `""`}[r.IntN(8)]
}

// checkWalks has the same notes hold records of several formats in turn, as
// encoding/json reads them.
func checkWalks(t *testing.T, seed uint64) {
	t.Helper()
	r := random{rand.New(rand.NewPCG(seed, 1))}
	var n Notes
	for range 3 {
		p := r.place(4)
		Number(p)
		for range 3 {
			text := []byte(r.value(5))
			n.Walk(p, text, true)
			if got, want := noted(&n, 0, p), expected(t, p, text); got != want {
				t.Fatalf("%s\ngot %s\nwant %s", text, got, want)
			}
			text, _ = new(jsonscan.Distinct).Append(nil, text)
			n.Walk(p, text, false)
			if got, want := noted(&n, 0, p), expected(t, p, text); got != want {
				t.Fatalf("%s\ngot %s\nwant %s", text, got, want)
			}
		}
	}
}

func FuzzWalk(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed)
	}
	f.Fuzz(checkWalks)
}

// TestNotesAreBounded has arrays of more elements than are noted.
func TestNotesAreBounded(t *testing.T) {
	many := strings.Repeat(`{"b":[1,{"c":2}],"d":3},`, maxNoted/4)
	long := strings.Repeat(`7,`, maxNoted+1) + "7"
	for _, text := range []string{
		`{"a":[` + many + `null],"c":5}`,
		`{"a":[{"b":[` + long + `],"d":1},{"b":[8]},{"b":[` + long + `]}],"e":6}`,
		`{"a":[{"b":[1]}],"a":[` + many + `{}]}`,
		`{"a":[` + strings.Repeat(`{"d":1},`, maxNoted/3) + `{"b":[` + long + `],"x":[1]}],"y":1,"c":2}`,
	} {
		p := &Place{Members: []*Place{
			{Name: "a", Items: &Place{Members: []*Place{{Name: "b", Items: &Place{Members: []*Place{{Name: "c"}}}}}}},
			{Name: "c"},
		}}
		Number(p)
		var n Notes
		n.Walk(p, []byte(text), true)
		if notes := cap(n.list) + cap(n.others); notes > 4*maxNoted {
			t.Errorf("%.100s: %d notes", text, notes)
		}
		if got, want := noted(&n, 0, p), expected(t, p, []byte(text)); got != want {
			t.Errorf("%.100s: got %d bytes of notes, want %d", text, len(got), len(want))
		}
	}
}

// TestOthersAreBounded has more members without a place than are noted: in the record, in
// an object of it, in elements, and some of them twice.
func TestOthersAreBounded(t *testing.T) {
	var members strings.Builder
	for i := range maxNoted + 10 {
		fmt.Fprintf(&members, `"m\u0061ny%d": [%d],`, i%(maxNoted+5), i)
	}
	many := members.String()
	for _, text := range []string{
		`{` + many + `"a":1,"b":[2],"x":3}`,
		`{"x":0,"c":{"x":[0],` + many + `"d":1},"b":{"d":1},"x":5}`,
		`{"b":[{"d":1},{` + many + `"d":2},{"x":1}],"a":{"d":7},"x":5}`,
		`{"a":{` + many + `"x":1},"a":{"d":2},"c":{` + many + `"d":1},"c":1}`,
		`{"c":{` + strings.Repeat(`"e":7,`, maxNoted+10) + `"d":1}}`,
	} {
		p := &Place{Members: []*Place{
			{Name: "a", Bare: true},
			{Name: "b", Items: &Place{Members: []*Place{{Name: "d"}}}},
			{Name: "c", Members: []*Place{{Name: "d"}, {Name: "e", Bare: true, Members: []*Place{}}}},
		}}
		Number(p)
		var n Notes
		n.Walk(p, []byte(text), true)
		last, _ := new(jsonscan.Distinct).Append(nil, []byte(text)) // as which it is read
		if notes := cap(n.others); notes > 2*maxNoted {
			t.Errorf("%.100s: %d others", text, notes)
		}
		if got, want := noted(&n, 0, p), expected(t, p, last); got != want {
			t.Errorf("%.100s: got %d bytes of notes, want %d", text, len(got), len(want))
		}
	}
}

func TestWalkDoesNotAllocate(t *testing.T) {
	p := &Place{Members: []*Place{{Name: "a", Items: &Place{Members: []*Place{{Name: "b"}}}}, {Name: "c"}}}
	Number(p)
	text := []byte(`{"a":[{"b":1},{"b":[]},{"d":7}],"c":{"x":1},"e":0}`)
	var n Notes
	if allocs := testing.AllocsPerRun(100, func() {
		n.Walk(p, text, false)
		for in, element := range n.Elements(0, p.Members[0]) {
			_ = in.Others(element, p.Members[0].Items)
		}
	}); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}
