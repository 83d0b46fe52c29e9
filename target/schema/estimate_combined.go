package schema

// outcome is what came of a schema whose errors are not those of the whole.
type outcome struct {
	errors, certain int
	bytes           int64
}

func (w *estimate) try(m *model, v any, path int) (o outcome) {
	before := outcome{w.errors, w.certain, w.bytes}
	w.steps += stepsOfSchema
	w.visit(m, v, path)
	o = outcome{w.errors - before.errors, w.certain - before.certain, w.bytes - before.bytes}
	if !w.over() {
		w.errors, w.certain, w.bytes = before.errors, before.certain, before.bytes
	}
	return o
}

func (w *estimate) combined(c *combineModel, v any, path int) {
	w.anyOf(c.anyOf, v, path)
	w.oneOf(c.oneOf, v, path)
	w.together(c.allOf, v, path)
	if c.not != nil {
		if o := w.try(c.not, v, path); o.certain == 0 {
			w.fail(path, 0, o.errors == 0)
		}
	}
	if c.when == nil {
		return
	}
	o, certain := w.try(c.when, v, path), w.certain
	if c.then != nil && o.certain == 0 {
		w.together([]*model{c.then}, v, path)
	}
	if c.other != nil && o.errors > 0 {
		w.together([]*model{c.other}, v, path)
	}
	if o.errors > 0 && o.certain == 0 { // nobody knows which of the two holds
		w.certain = certain
	}
}

// together are schemas that all have to hold, with an error of their own if one
// does not.
func (w *estimate) together(all []*model, v any, path int) {
	errors, certain := w.errors, w.certain
	for _, m := range all {
		w.steps += stepsOfSchema
		if w.visit(m, v, path); w.over() {
			return
		}
	}
	if w.errors > errors {
		w.fail(path, 0, w.certain > certain)
	}
}

// anyOf ends with the first alternative that holds. Of those that do not, the
// errors of one are kept.
func (w *estimate) anyOf(list []*model, v any, path int) {
	if len(list) == 0 {
		return
	}
	kept, certain := int64(0), true
	for _, m := range list {
		o := w.try(m, v, path)
		if o.errors == 0 || w.over() {
			return
		}
		kept, certain = max(kept, o.bytes), certain && o.certain > 0
	}
	w.bytes += kept
	w.fail(path, 0, certain)
}

// oneOf tries all alternatives.
func (w *estimate) oneOf(list []*model, v any, path int) {
	if len(list) == 0 {
		return
	}
	kept, sure, maybe := int64(0), 0, 0
	for _, m := range list {
		switch o := w.try(m, v, path); {
		case w.over():
			return
		case o.errors == 0:
			sure++
		case o.certain == 0:
			maybe++
			kept = max(kept, o.bytes)
		default:
			kept = max(kept, o.bytes)
		}
	}
	if sure == 1 && maybe == 0 {
		return
	}
	if sure == 0 {
		w.bytes += kept
	}
	w.fail(path, 0, sure > 1 || maybe == 0)
}

// dependent follows what a member of an object asks of the object.
func (w *estimate) dependent(o *objectModel, v any, path int) {
	object, ok := v.(map[string]any)
	if !ok || o == nil || o.needs == nil {
		return
	}
	for name := range object {
		w.steps += stepsOfName
		n, ok := o.needs[name]
		if !ok {
			continue
		}
		if n.schema != nil {
			w.visit(n.schema, v, path)
		}
		for _, name := range n.names {
			w.steps += stepsOfName
			if _, there := object[name]; !there {
				w.fail(path, len(name), true)
			}
		}
		if w.over() {
			return
		}
	}
}
