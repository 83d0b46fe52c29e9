package schema

// columns says for the properties of an object which leaf of the fields each is,
// and where the leaves below it are.
type columns struct{ at []column }

type column struct {
	leaf  int // -1: none
	below *columns
}

// Leaves counts the fields that are leaves, at any depth.
func Leaves(fields []Field) int {
	n := 0
	for i := range fields {
		if fields[i].Leaf() {
			n++
		}
		n += Leaves(fields[i].Fields)
	}
	return n
}

// LeafOf is the number, among the leaves, of a property of the record itself; -1 where
// it is no leaf.
func LeafOf(fields []Field, name string) int {
	n := 0
	for i := range fields {
		f := &fields[i]
		if f.Name == name {
			if f.Leaf() {
				return n
			}
			return -1
		}
		if f.Leaf() {
			n++
		}
		n += Leaves(f.Fields)
	}
	return -1
}

// newColumns matches a plan with the fields, whose leaves are numbered in order
// from first on.
func newColumns(o *objectPlan, fields []Field, first int) *columns {
	c := &columns{at: make([]column, len(o.properties))}
	for i := range c.at {
		c.at[i].leaf = -1
	}
	for i := range fields {
		f := &fields[i]
		member := o.byName[f.Name]
		if f.Leaf() {
			if member != nil {
				c.at[member.index].leaf = first
			}
			first++
		}
		if f.Fields != nil && member != nil && member.node.object != nil {
			c.at[member.index].below = newColumns(member.node.object, f.Fields, first)
		}
		first += Leaves(f.Fields)
	}
	return c
}
