package target

import (
	"maps"
	"slices"
)

// streams are the streams in force at one place of the input, by name. They are
// never changed: each SCHEMA message makes another set that shares most with the
// one before, so that workers can go on with that, and so that as many sets as
// there are messages take memory for these alone.
type streams struct {
	// layers have what was defined before first, each more than the next. A layer
	// is joined with the one before when it has grown as large, so that a stream is
	// copied once each time that what is defined after it doubles.
	layers []map[string]*stream
}

// with returns the set with a stream defined, or replaced.
func (s *streams) with(defined *stream) *streams {
	newest := map[string]*stream{defined.name: defined}
	n := len(s.layers)
	for ; n > 0 && len(s.layers[n-1]) <= len(newest); n-- {
		joined := maps.Clone(s.layers[n-1])
		maps.Copy(joined, newest)
		newest = joined
	}
	return &streams{append(s.layers[:n:n], newest)}
}

// find returns the stream of that name, or nil.
func (s *streams) find(name string) *stream {
	for _, layer := range slices.Backward(s.layers) {
		if found := layer[name]; found != nil {
			return found
		}
	}
	return nil
}

// names are for messages: sorted, so that they are the same in every run.
func (s *streams) names() []string {
	all := map[string]*stream{}
	for _, layer := range s.layers {
		maps.Copy(all, layer)
	}
	return slices.Sorted(maps.Keys(all))
}
