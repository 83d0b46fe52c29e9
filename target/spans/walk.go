package spans

import "target-s3/singer/jsonscan"

// Walk notes what is in a text, a value that a jsonscan.Scanner accepted. Of a
// repeated key the last one counts; that of members without a place is looked for
// only where keys may be repeated.
func (n *Notes) Walk(p *Place, text []byte, repeated bool) {
	n.walk(p, text, repeated)
	if repeated && n.crowded && !isDeep(text) { // and their keys are not noted
		last, again := new(jsonscan.Distinct).Append(make([]byte, 0, len(text)), text)
		if !again {
			last = text
		}
		n.walk(p, last, false)
	}
}

func isDeep(text []byte) bool {
	var scan jsonscan.Scanner
	_, _ = scan.Value(text, jsonscan.SkipSpace(text, 0))
	return scan.Unusual&jsonscan.TooDeep != 0
}

func (n *Notes) walk(p *Place, text []byte, repeated bool) {
	n.Begin(p)
	n.Text, n.repeated = text, repeated
	end, how := n.value(0, p, 0)
	n.Note(0, p, text, 0, end, how)
}

// search yields the values that have no place, at the given one and perhaps below it.
func (n *Notes) search(block int, p *Place, below bool, yield func(*Other) bool) bool {
	o := Other{Of: p.Slot}
	o.From, o.To = n.At(block, p.Slot)
	switch {
	case o.To == 0:
		return true
	case p.Bare && !p.fits(n.Text[o.From]):
		return yield(&o)
	case p.Members == nil || n.Text[o.From] != '{':
		return true
	}
	for i := jsonscan.SkipSpace(n.Text, o.From+1); n.Text[i] == '"'; {
		key, at, after := n.key(p, len(p.keys), i)
		o.Key, o.From = key, jsonscan.SkipSpace(n.Text, jsonscan.SkipSpace(n.Text, after)+1)
		o.To, _ = n.scan.Value(n.Text, o.From)
		if at == nil && !yield(&o) {
			return false
		}
		if i = jsonscan.SkipSpace(n.Text, o.To); n.Text[i] == ',' {
			i = jsonscan.SkipSpace(n.Text, i+1)
		}
	}
	for _, m := range p.Members {
		if below && !n.search(block, m, true, yield) {
			return false
		}
	}
	return true
}

// Look notes what is in the container at a place of the block.
func (n *Notes) Look(block int, p *Place, text []byte, i int) {
	n.Text = text
	n.value(block, p, i)
}

// value walks over the value of a place, and returns the index after it and how it is
// written.
func (n *Notes) value(block int, p *Place, i int) (end int, how How) {
	switch c := n.Text[i]; {
	case c == '{' && p.Members != nil:
		return n.object(block, p, i), Unknown
	case c == '[' && p.Items != nil:
		return n.array(block, p, i), Unknown
	case c == '"':
		end, escaped, _ := n.scan.Text(n.Text, i)
		if escaped {
			how = Unknown
		}
		return end, how
	}
	end, _ = n.scan.Value(n.Text, i)
	return end, how
}

// object expects members in the order of their places.
func (n *Notes) object(block int, p *Place, i int) (end int) {
	next := 0
	for i = jsonscan.SkipSpace(n.Text, i+1); n.Text[i] == '"'; {
		key, at, after := n.key(p, next, i)
		i = jsonscan.SkipSpace(n.Text, jsonscan.SkipSpace(n.Text, after)+1)
		if at != nil {
			next = at.order + 1
			n.again(block, at)
			var how How
			end, how = n.value(block, at, i)
			n.Note(block, at, n.Text, i, end, how)
		} else {
			end, _ = n.scan.Value(n.Text, i)
			n.NoteOther(block, p, key, i, end)
		}
		if i = jsonscan.SkipSpace(n.Text, end); n.Text[i] == ',' {
			i = jsonscan.SkipSpace(n.Text, i+1)
		}
	}
	return i + 1
}

// again forgets what was noted at a place, and below it, for a key that is
// repeated.
func (n *Notes) again(block int, p *Place) {
	if n.list[block+p.Slot].To > 0 {
		clear(n.list[block+p.Slot : block+p.End])
	}
}

// key finds out which member's key begins at i, most likely the next one's, and
// where it ends. The place is nil for one that has none.
func (n *Notes) key(p *Place, next, i int) (key []byte, at *Place, end int) {
	if next < len(p.keys) {
		if k := p.keys[next]; k != "" && len(n.Text)-i > len(k) && string(n.Text[i:i+len(k)]) == k {
			return nil, p.Members[next], i + len(k)
		}
	}
	end, escaped, _ := n.scan.Text(n.Text, i)
	if key = n.Text[i+1 : end-1]; escaped {
		key = jsonscan.Unquote(key)
	}
	return key, p.index[string(key)], end
}

func (n *Notes) array(block int, p *Place, i int) int {
	var l List
	for i = jsonscan.SkipSpace(n.Text, i+1); n.Text[i] != ']'; {
		var end int
		if l.Cut {
			end, _ = n.scan.Value(n.Text, i)
		} else {
			element := n.Open(&l, block, p)
			var how How
			end, how = n.value(element, p.Items, i)
			n.Note(element, p.Items, n.Text, i, end, how)
			n.Close(&l, block, p)
		}
		if i = jsonscan.SkipSpace(n.Text, end); n.Text[i] == ',' {
			i = jsonscan.SkipSpace(n.Text, i+1)
		}
	}
	return i + 1
}
