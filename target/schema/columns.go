package schema

// columns says for the properties of an object which leaf of the fields each is,
// or where the leaves below it are.
type columns struct{ at []column }

type column struct {
	leaf  int // -1: none
	below *columns
}

// Leaves counts the fields that have no fields of their own.
func Leaves(fields []Field) int {
	n := 0
	for _, f := range fields {
		if f.Fields == nil {
			n++
		} else {
			n += Leaves(f.Fields)
		}
	}
	return n
}

// newColumns matches a plan with the fields, whose leaves are numbered in order
// from first on.
func newColumns(o *objectPlan, fields []Field, first int) *columns {
	c := &columns{at: make([]column, len(o.properties))}
	for i := range c.at {
		c.at[i].leaf = -1
	}
	for _, f := range fields {
		member := o.byName[f.Name]
		switch {
		case f.Fields == nil:
			if member != nil {
				c.at[member.index].leaf = first
			}
			first++
			continue
		case member != nil && member.node.object != nil:
			c.at[member.index].below = newColumns(member.node.object, f.Fields, first)
		}
		first += Leaves(f.Fields)
	}
	return c
}
