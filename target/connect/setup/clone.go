package setup

import "maps"

// Clone is a form of its own with the same answers, to try others in.
func (f *Form) Clone() *Form {
	c := *f
	c.texts = maps.Clone(f.texts)
	return &c
}
