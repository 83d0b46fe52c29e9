package target

import (
	"math/rand/v2"
	"slices"
	"sync"
)

// shelf bounds the memory of what schemas are compiled to, which is many times that of
// their texts. Where there is too much of it, that of another one is forgotten, by
// chance: of thousands of streams whose records come in turn the one that was used
// longest ago would be the next to be needed. Whatever is forgotten is made again when
// it is needed, so that it makes no difference to what is written.
type shelf struct {
	most int64

	mu    sync.Mutex
	size  int64
	forms []*form // that have something on it
}

// shelfBytes is how much memory that is: with little, most of it is of what the program
// may take beside memory_limit_bytes. leastShelf remains of it beside what streams take.
func shelfBytes(limit int64) int64 { return 16<<20 + limit/8 }

const leastShelf = 4 << 20

// narrow leaves so much less for what can be made again, since something that cannot
// takes it.
func (s *shelf) narrow(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most = max(min(s.most, leastShelf), s.most-int64(bytes))
}

// grew says that a form has made so much more, and has others forget. It is called from
// any goroutine, also while something of a form is being made: forgetting waits for nothing.
func (s *shelf) grew(f *form, bytes int) {
	for _, other := range s.choose(f, int64(bytes)) {
		other.forget()
	}
}

// choose makes room for a form, and returns those that must forget for it.
func (s *shelf) choose(f *form, bytes int64) (others []*form) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.made == 0 {
		s.forms = append(s.forms, f)
	}
	f.made += bytes
	s.size += bytes
	for s.size > s.most && len(s.forms) > 1 {
		i := rand.IntN(len(s.forms))
		if s.forms[i] == f {
			continue
		}
		others = append(others, s.forms[i])
		s.take(i)
	}
	return others
}

// drop takes a form off the shelf that may be on it.
func (s *shelf) drop(f *form) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.forms, f); i >= 0 {
		s.take(i)
	}
}

// take takes a form off the shelf.
func (s *shelf) take(i int) {
	s.size -= s.forms[i].made
	s.forms[i].made = 0
	last := len(s.forms) - 1
	s.forms[i] = s.forms[last]
	s.forms = slices.Delete(s.forms, last, last+1)
}
