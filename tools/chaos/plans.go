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
	times int           // of a fault, or stays
	time  time.Duration // after the start
}

// aimedPlans are a kill at each request of a load, one at each of the recovery from a
// load that was killed in the middle of a commit, and each fault at each request.
func aimedPlans(stores []string, requests map[string]int) (plans []plan) {
	for _, s := range stores {
		where := places
		if s != "s3" { // a folder's steps have two, which count as two
			where = places[:1]
		}
		for at := 1; at <= requests[s]; at++ {
			p := plan{store: s, exactlyOnce: true, input: input{checkpoints: 3}}
			for _, w := range where {
				plans = append(plans, p.with(kill{at: at, place: w, wait: at % 2 * 6}), p.recovery(requests[s]/2, at, w))
				if w != late { // sweep is for uploads that nobody can be at work with
					plans = append(plans, p.sweep(at, w))
				}
			}
			for _, f := range faultsOf(s) {
				plans = append(plans, p.with(kill{at: at, fault: f, times: 1}))
				if s != "s3" {
					plans = append(plans, p.with(kill{at: at, fault: f, times: stays}))
				}
			}
		}
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(plans), func(i, j int) { plans[i], plans[j] = plans[j], plans[i] })
	return plans
}

// faultsOf are those that a request to a store, or a step in it, can meet.
func faultsOf(name string) []fault {
	if name == "s3" {
		return faults
	}
	return sortedKeys(diskFaults)
}

func (p plan) with(kills ...kill) plan {
	p.kills = kills
	return p
}

// recovery kills a load in the middle, and what comes after it.
func (p plan) recovery(middle, at int, w place) plan {
	p.kills = []kill{{at: middle, place: between}, {at: 1 + at/3, place: w}}
	if p.fromBucket = at%2 == 0; p.fromBucket { // where target-s3 state comes first
		p.kills = append([]kill{{}}, p.kills...)
	}
	return p
}

// sweep kills a load, and the sweep that comes after it.
func (p plan) sweep(at int, w place) plan {
	p.sweeps = true
	p.kills = []kill{{}, {at: at, place: w}, {at: 1 + at%4, place: w}}
	return p
}

// random makes a plan.
func random(r *rand.Rand, stores []string, requests map[string]int) plan {
	p := plan{
		store: stores[r.IntN(len(stores))], exactlyOnce: r.IntN(4) > 0,
		input: input{checkpoints: 2 + r.IntN(3), large: r.IntN(6) == 0},
	}
	if p.store == "s3" && p.exactlyOnce && r.IntN(8) == 0 {
		p.together = 2 << r.IntN(3)
	}
	p.fromBucket = p.exactlyOnce && r.IntN(3) == 0
	for range 1 + r.IntN(3) {
		k := kill{at: 1 + r.IntN(requests[p.store]), place: places[r.IntN(len(places))], wait: r.IntN(30)}
		if r.IntN(3) == 0 {
			some := faultsOf(p.store)
			k = kill{at: k.at, fault: some[r.IntN(len(some))], times: 1 + r.IntN(2)}
			if p.store != "s3" && k.times > 1 {
				k.times = stays
			}
		}
		if r.IntN(6) == 0 {
			k = kill{time: time.Duration(5+r.IntN(60)) * time.Millisecond}
		}
		p.kills = append(p.kills, k)
	}
	return p
}
