package spans

import "target-s3/singer/jsonscan"

// Walk notes what is in a text, a value that a jsonscan.Scanner accepted. Of a
// repeated key the last one counts; that of members without a place is looked for
// only where keys may be repeated.
func (n *Notes) Walk(p *Place, text []byte, repeated bool) {
	n.Begin(p)
	n.Text, n.repeated = text, repeated
	n.Note(0, p, text, 0, n.value(0, p, 0))
}

// Look notes what is in the container at a place of the block.
func (n *Notes) Look(block int, p *Place, text []byte, i int) {
	n.Text = text
	n.value(block, p, i)
}

// value walks over the value of a place and returns the index after it.
func (n *Notes) value(block int, p *Place, i int) (end int) {
	switch {
	case n.Text[i] == '{' && p.Members != nil:
		return n.object(block, p, i)
	case n.Text[i] == '[' && p.Items != nil:
		return n.array(block, p, i)
	}
	end, _ = n.scan.Value(n.Text, i)
	return end
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
			end = n.value(block, at, i)
			n.Note(block, at, n.Text, i, end)
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
			end = n.value(element, p.Items, i)
			n.Note(element, p.Items, n.Text, i, end)
			n.Close(&l, block, p)
		}
		if i = jsonscan.SkipSpace(n.Text, end); n.Text[i] == ',' {
			i = jsonscan.SkipSpace(n.Text, i+1)
		}
	}
	return i + 1
}
