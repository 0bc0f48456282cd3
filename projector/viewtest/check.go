package viewtest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"time"
)

// SeedVariable is the environment variable with the seed of what is tried at random: a failure that has to do with it says which one it
// was.
const SeedVariable = "AEON_VIEWTEST_SEED"

// What is tried of each test, at most.
const (
	maxCuts   = 100
	allOrders = 200 // or else some at random
	someOf    = 100
)

// check folds the events as they were given, each by itself, and then in every other way that must come to the same.
func (r *trial) check(orders bool) outcome {
	r.t.Helper()
	given := make(order, len(r.events))
	for i := range given {
		given[i] = i
	}
	want := r.fold(&probe{}, given)
	again := r.fold(&probe{}, given)
	if what, was, is := difference(want.rows, again.rows); what != "" {
		r.t.Fatalf("the view isn't pure: the same events, folded once more, come to something else\n%s is %s\n\tand was %s", what, is, was)
	}
	wiped := r.fold(&probe{wiping: true}, given)
	if what, was, is := difference(want.rows, wiped.rows); what != "" {
		r.t.Fatalf("the view keeps a row or an event for later: with those wiped once Apply has returned\n%s is %s\n\tand should be %s", what, is, was)
	}
	random, seed := r.random()
	if orders {
		r.checkOrders(given, want, random, seed)
	}
	r.checkCuts(given, want, random)
	return want
}

func (r *trial) random() (random *rand.Rand, seed uint64) {
	r.t.Helper()
	seed = uint64(time.Now().UnixNano())
	if text, ok := os.LookupEnv(SeedVariable); ok {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			r.t.Fatalf("%s: %v", SeedVariable, err)
		}
	}
	return rand.New(rand.NewPCG(seed, 0)), seed //nolint:gosec // to be repeated by its seed
}

// checkCuts has the events come in two batches, or in one.
func (r *trial) checkCuts(given order, want outcome, random *rand.Rand) {
	r.t.Helper()
	cuts := random.Perm(len(given))
	for _, cut := range cuts[:min(len(cuts), maxCuts)] {
		got := r.fold(&probe{}, given, cut)
		what, was, is := difference(want.rows, got.rows)
		if what == "" {
			continue
		}
		where := "in one batch"
		if cut > 0 {
			where = fmt.Sprintf("in two batches, cut behind %s,", name(r.events[cut-1]))
		}
		r.t.Fatalf("the view remembers what isn't in its rows' JSON: with the events %s\n%s is %s\n\tand with each by itself %s", where, what, is, was)
	}
}

// checkOrders has the events come in other orders.
func (r *trial) checkOrders(given order, want outcome, random *rand.Rand, seed uint64) {
	r.t.Helper()
	others, all := r.orders(allOrders)
	if !all {
		others = nil
		for range someOf {
			others = append(others, r.shuffled(given, random))
		}
	}
	for _, other := range others {
		if what, _, _ := difference(want.rows, r.fold(&probe{}, other).rows); what == "" {
			continue
		}
		a, b := r.smallest(given, other)
		what, inA, inB := difference(r.fold(&probe{}, a).rows, r.fold(&probe{}, b).rows)
		found := ""
		if !all {
			found = fmt.Sprintf("\n(found at random: %s=%d)", SeedVariable, seed)
		}
		r.t.Fatalf("it makes a difference to the view which key's event comes first, and they come in any order:\n%s is %s after%s\nand %s after%s%s",
			what, inA, r.list(a), inB, r.list(b), found)
	}
}

// orders are all orders of the events in which those of each key are in their own; false if there are more than most.
func (r *trial) orders(most int) (all []order, complete bool) {
	var keys []order // the events of each key
	place := map[string]int{}
	for n, e := range r.events {
		i, known := place[e.Key]
		if !known {
			i = len(keys)
			place[e.Key] = i
			keys = append(keys, nil)
		}
		keys[i] = append(keys[i], n)
	}
	complete = true
	var extend func(begun order)
	extend = func(begun order) {
		if len(begun) == len(r.events) {
			all = append(all, slices.Clone(begun))
			return
		}
		for i, left := range keys {
			if complete = complete && len(all) <= most; !complete {
				return
			}
			if len(left) > 0 {
				keys[i] = left[1:]
				extend(append(begun, left[0]))
				keys[i] = left
			}
		}
	}
	extend(make(order, 0, len(r.events)))
	return all, complete
}

// shuffled is another order, at random.
func (r *trial) shuffled(given order, random *rand.Rand) order {
	keys := make([]string, len(given))
	left := map[string]order{}
	for i, n := range given {
		key := r.events[n].Key
		keys[i] = key
		left[key] = append(left[key], n)
	}
	random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	other := make(order, len(given))
	for i, key := range keys {
		other[i] = left[key][0]
		left[key] = left[key][1:]
	}
	return other
}
