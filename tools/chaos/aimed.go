package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// scene is a process that is aimed at, and what comes before it.
type scene struct {
	plan
	kills []kill   // of the processes before it
	names []string // of its requests or steps, as they are if nothing happens to it
}

// with is the plan in which something happens to the process.
func (s scene) with(k kill) plan {
	p := s.plan
	p.kills = append(slices.Clone(s.kills), k)
	return p
}

// scenes are a load, with exactly_once and without; a load and target-s3 state that find
// a commit which is half done; and target-s3 sweep that finds what a load has staged.
func (h *harness) scenes(store string) ([]scene, error) {
	small := input{checkpoints: 1, tables: 2}
	load := scene{plan: plan{store: store, exactlyOnce: true, input: small}}
	if err := h.watch(&load); err != nil {
		return nil, err
	}
	half := kill{at: 1 + slices.IndexFunc(load.names, isPublication), place: between}
	staged := kill{at: 1 + lastIndex(load.names, isStaging), place: between}
	if half.at == 0 || staged.at == 0 {
		return nil, fmt.Errorf("no commit in %q", load.names)
	}
	scenes := []scene{
		load,
		{plan: plan{store: store, input: small}},
		{plan: plan{store: store, exactlyOnce: true, input: small}, kills: []kill{half}},
		{plan: plan{store: store, exactlyOnce: true, input: small, fromBucket: true}, kills: []kill{{}, half}},
		{plan: plan{store: store, exactlyOnce: true, input: small, sweeps: true}, kills: []kill{{}, staged}},
		{plan: plan{store: store, exactlyOnce: true, input: input{checkpoints: 2, tables: 3}}},
	}
	if store == "s3" { // where large files are uploads, and are staged
		scenes = append(scenes, scene{plan: plan{store: store, input: input{checkpoints: 2, tables: 1, large: true}}})
	}
	for i := range scenes[1:] {
		if err := h.watch(&scenes[1+i]); err != nil {
			return nil, err
		}
	}
	return scenes, nil
}

func isPublication(name string) bool { return name == "complete upload" || name == "before link" }

func isStaging(name string) bool { return name == "upload part" || name == "before write (staged)" }

func lastIndex(names []string, is func(string) bool) int {
	for i, name := range slices.Backward(names) {
		if is(name) {
			return i
		}
	}
	return -1
}

// watch finds out which requests, or steps, the process of a scene has.
func (h *harness) watch(s *scene) error {
	out, err := h.run(s.with(kill{}))
	if err != nil {
		return fmt.Errorf("%+v: %w", s.plan, err)
	}
	s.names = out.names[len(s.kills)]
	return nil
}

// aimedPlans are a kill before, in and after each request or step of each scene, and each
// fault at each of them, once and for good; loads that begin at once; and a table that
// can never be written.
func aimedPlans(scenes map[string][]scene) (plans []plan) {
	for _, store := range sortedKeys(scenes) {
		for _, s := range scenes[store] {
			for at := 1; at <= len(s.names); at++ {
				plans = append(plans, s.killed(at)...)
				if s.input.checkpoints == 1 || s.input.large { // the others would be the same again
					plans = append(plans, s.faults(at)...)
				}
			}
		}
	}
	for _, store := range sortedKeys(scenes) {
		plans = append(plans, tablePlans(store, faultsOf(store), 2)...)
	}
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(plans), func(i, j int) { plans[i], plans[j] = plans[j], plans[i] })
	for _, store := range sortedKeys(scenes) { // of which a short run must have some
		some := append(togetherPlans(store), tablePlans(store, []fault{neverWritten[store]}, 5)...)
		plans = append(some, plans...)
	}
	return plans
}

// killed are the kills before, in and after a request.
func (s scene) killed(at int) (plans []plan) {
	where := places
	if s.store != "s3" { // a folder's steps have two, which count as two
		where = places[:1]
	}
	for _, w := range where {
		plans = append(plans, s.with(kill{at: at, place: w, wait: at % 2 * 6}))
	}
	return plans
}

// faults are those that a request or a step meets, once and for good.
func (s scene) faults(at int) (plans []plan) {
	name := s.names[at-1]
	first := slices.Index(s.names, name) == at-1
	for _, f := range faultsOf(s.store) {
		plans = append(plans, s.with(kill{at: at, fault: f}))
		if s.store != "s3" || first && !f.isDown() {
			plans = append(plans, s.with(kill{at: at, fault: f, scope: always}))
		}
	}
	if s.store == "s3" {
		for _, f := range lasting {
			plans = append(plans, s.with(kill{at: at, fault: f, scope: everything}))
		}
	}
	return plans
}

// togetherPlans are loads that begin at once: of one name, and of one table.
func togetherPlans(store string) (plans []plan) {
	for _, n := range []int{2, 4, 8} {
		plans = append(plans,
			plan{store: store, exactlyOnce: true, together: n, input: input{checkpoints: 3, tables: 3}},
			plan{store: store, together: n, input: input{checkpoints: 3, tables: 1, loads: n}},
		)
	}
	return plans
}

// neverWritten is why a table cannot be written, where somebody has to do something.
var neverWritten = map[string]fault{"s3": "403", "folder": "EACCES"}

// tablePlans are loads of which one table can never be written, so many times.
func tablePlans(store string, of []fault, reruns int) (plans []plan) {
	for _, f := range of {
		if f.isDown() {
			continue
		}
		for _, exactly := range []bool{false, true} {
			p := plan{store: store, exactlyOnce: exactly, input: input{checkpoints: 2, tables: 3}}
			for range reruns {
				p.kills = append(p.kills, kill{at: 1, fault: f, scope: ofTable})
			}
			plans = append(plans, p)
		}
	}
	return plans
}
