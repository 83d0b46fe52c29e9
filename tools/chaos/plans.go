package main

import (
	"math/rand/v2"
	"time"
)

// plan is what is done to one pipeline: where each of its processes is killed, until
// one of them may end.
type plan struct {
	store       string // s3 or folder
	exactlyOnce bool
	fromBucket  bool // the state is asked for with target-s3 state, and kept nowhere else
	sweeps      bool // target-s3 sweep runs before each load
	input       input
	kills       []kill
	together    int // loads that begin at once, before the others; 0: none
}

// kill is where one process ends, or which of its requests meets a fault.
type kill struct {
	at    int           // the request, or the step in a folder, counted before and after it; 0: at a time
	place place         // of a request
	wait  int           // of a late request
	fault fault         // of a request, which does not kill
	scope scope         // of a fault
	time  time.Duration // after the start
}

// random makes a plan.
func random(r *rand.Rand, stores []string, requests map[string]int) plan {
	p := plan{
		store: stores[r.IntN(len(stores))], exactlyOnce: r.IntN(4) > 0,
		input: input{checkpoints: 2 + r.IntN(3), tables: 3, large: r.IntN(6) == 0},
	}
	if r.IntN(8) == 0 {
		p.together = 2 << r.IntN(3)
		p.input.loads = p.together
		if p.exactlyOnce {
			p.input.loads = 0
		}
	}
	p.fromBucket = p.exactlyOnce && r.IntN(3) == 0
	for range 1 + r.IntN(3) {
		k := kill{at: 1 + r.IntN(requests[p.store]), place: places[r.IntN(len(places))], wait: r.IntN(30)}
		if r.IntN(3) == 0 {
			k = randomFault(r, p.store, k.at)
		}
		if r.IntN(6) == 0 {
			k = kill{time: time.Duration(5+r.IntN(60)) * time.Millisecond}
		}
		p.kills = append(p.kills, k)
	}
	if p.input.loads > 0 {
		p.kills = nil
	}
	return p
}

func randomFault(r *rand.Rand, store string, at int) kill {
	some := faultsOf(store)
	k := kill{at: at, fault: some[r.IntN(len(some))]}
	if store != "s3" {
		k.scope = []scope{once, always}[r.IntN(2)]
	} else if !k.fault.isDown() {
		k.scope = []scope{once, once, twice, always}[r.IntN(4)]
	}
	return k
}

// faultsOf are those that a request to a store, or a step in it, can meet.
func faultsOf(name string) []fault {
	if name == "s3" {
		return requestFaults
	}
	return sortedKeys(diskFaults)
}
