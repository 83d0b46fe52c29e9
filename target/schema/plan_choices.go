package schema

// Where several alternatives of an anyOf can apply to an object or an array, there is
// a plan for each, and values are tried on one after the other.

const (
	// maxChoices bounds the plans for one value.
	maxChoices = 8
	// maxTries bounds how often a value is tried because of the choices for it and for
	// those around it.
	maxTries = 64
	// maxSieved bounds the plans where a sieve says which to try.
	maxSieved = 32
)

// way is a choice of alternatives that can apply to an object or an array.
type way struct {
	parts    []map[string]any // the schemas that decide on it then
	are, not []*node          // the chosen alternatives, and the others of a oneOf
}

// picks walks through all ways to make choices, one after the other.
type picks struct {
	made, of []int
	at       int
}

// pick makes the next choice among n.
func (c *picks) pick(n int) int {
	if c.at == len(c.made) {
		c.made, c.of = append(c.made, 0), append(c.of, n)
	}
	c.at++
	return c.made[c.at-1]
}

// next turns to the next way. It reports whether there is one.
func (c *picks) next() bool {
	c.at = 0
	for last := len(c.made) - 1; last >= 0; last-- {
		if c.made[last]++; c.made[last] < c.of[last] {
			return true
		}
		c.made, c.of = c.made[:last], c.of[:last]
	}
	return false
}

// choices calls f for each choice of alternatives.
func (p *planner) choices(n *node, k kind, f func(way)) {
	var c picks
	for count := 1; !p.lost(); count++ {
		w, ok := p.applying(n, k, &c)
		if ok {
			f(w)
		}
		if !c.next() {
			return
		}
		p.several = true
		if count >= p.most && (p.most == 1 || len(w.not) == 0 || count == maxSieved) {
			p.slow["too many combinations"] = true
			return
		}
	}
}

// anyObject tries an object on each of its plans. What is in it is not noted.
func (p *Prover) anyObject(n *node, b []byte, i int) int {
	return p.anyOf(len(n.objects), func(k int) int { return p.object(n.objects[k], nil, b, i) })
}

// anyArray is anyObject for an array.
func (p *Prover) anyArray(n *node, b []byte, i int) int {
	return p.anyOf(len(n.arrays), func(k int) int { return p.array(n.arrays[k], nil, b, i) })
}

// anyOf tries so many plans until one proves the value, if that does not take too
// many tries.
func (p *Prover) anyOf(plans int, scan func(plan int) int) (end int) {
	if p.tries*plans > maxTries {
		return failed
	}
	p.tries *= plans
	bits, hashes := len(p.bits), len(p.hashes)
	for k := range plans {
		if end = scan(k); end >= 0 {
			break
		}
		p.bits, p.hashes = p.bits[:bits], p.hashes[:hashes]
	}
	p.tries /= plans
	return end
}
