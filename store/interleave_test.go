package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/store"
)

// way is a way to expect something of a key whose head is 2, the end of a commit that begins at 1.
type way struct {
	name     string
	expected func(*store.Store) store.Expected
}

var ways = []way{
	{"any", func(*store.Store) store.Expected { return store.Any() }},
	{"any, head known", func(s *store.Store) store.Expected {
		_ = head(s)
		return store.Any()
	}},
	{"at", func(s *store.Store) store.Expected { return store.At(head(s)) }},
	{"exactly", func(*store.Store) store.Expected { return store.Exactly(2) }},
	{"exactly above", func(*store.Store) store.Expected { return store.Exactly(3) }},
	{"exactly inside", func(*store.Store) store.Expected { return store.Exactly(1) }},
	{"no stream", func(*store.Store) store.Expected { return store.NoStream() }},
}

// pick is those of the names.
func pick(ways []way, names ...string) []way {
	return slices.DeleteFunc(slices.Clone(ways), func(w way) bool { return !slices.Contains(names, w.name) })
}

// head reads the head of the world's key, before the run.
func head(s *store.Store) store.Head {
	h, err := s.Head(context.Background(), worldKey)
	if err != nil {
		panic(err)
	}
	return h
}

// keying is how callers use idempotency keys.
type keying struct {
	name string
	of   func(caller int) (key string, variant int)
}

const sameKey = "i"

var keyings = []keying{
	{"no idempotency key", func(int) (string, int) { return "", 0 }},
	{"the same", func(int) (string, int) { return sameKey, 0 }},
	{"the same, other events", func(caller int) (string, int) { return sameKey, caller }},
	{"one each", func(caller int) (string, int) { return fmt.Sprint("i", caller), 0 }},
}

// sharing says which callers are one process with one store: those with the same number.
type sharing struct {
	name    string
	process [3]int
}

var (
	apart    = sharing{"apart", [3]int{0, 1, 2}}
	together = sharing{"together", [3]int{0, 0, 0}}
	mixed    = sharing{"two of them together", [3]int{0, 0, 1}}
)

// situation is where callers meet.
type situation struct {
	sizes []int // of the commits there are
	keying
	sharing
}

func (at situation) String() string {
	return fmt.Sprintf("behind %v, %s, %s", at.sizes, at.keying.name, at.sharing.name)
}

// situations are all the combinations.
func situations(seeds [][]int, keyings []keying, sharings ...sharing) []situation {
	var all []situation
	for _, sizes := range seeds {
		for _, k := range keyings {
			for _, s := range sharings {
				all = append(all, situation{sizes, k, s})
			}
		}
	}
	return all
}

// appends describes one append each way, all at once.
func appends(r *interleave.Run, at situation, ways ...way) *world {
	w := newWorld(r, at.sizes...)
	processes, stores := map[int]*interleave.Process{}, map[int]*store.Store{}
	for i, way := range ways {
		n := at.process[i]
		if processes[n] == nil {
			processes[n], stores[n] = r.Process(fmt.Sprint("p", n)), w.store()
		}
		c := &call{name: fmt.Sprint("c", i), expected: way.expected(stores[n])}
		key, variant := at.of(i)
		size := 1
		if key != sameKey {
			size += i % 2
		}
		c.idempotencyKey, c.events = key, tagged(c.name, size, variant)
		w.add(processes[n], stores[n], c)
	}
	return w
}

// combinations are all ways for n callers, but for which of them goes which.
func combinations(ways []way, n int) [][]way {
	if n == 0 {
		return [][]way{nil}
	}
	var all [][]way
	for i, first := range ways {
		for _, rest := range combinations(ways[i:], n-1) {
			all = append(all, append([]way{first}, rest...))
		}
	}
	return all
}

func names(ways []way) string {
	var all []string
	for _, w := range ways {
		all = append(all, w.name)
	}
	return strings.Join(all, ", ")
}

// everyOrder explores each combination of ways in each situation.
func everyOrder(t *testing.T, o interleave.Options, all []situation, combinations [][]way) {
	var runs, scenarios atomic.Int64
	for _, at := range all {
		t.Run(at.String(), func(t *testing.T) {
			for _, ways := range combinations {
				t.Run(names(ways), func(t *testing.T) {
					n := interleave.Explore(t, o, func(r *interleave.Run) func() error { return appends(r, at, ways...).check })
					runs.Add(int64(n))
					scenarios.Add(1)
				})
			}
		})
	}
	t.Logf("%d interleavings of %d scenarios", runs.Load(), scenarios.Load())
}

func TestTwoAppendsInEveryOrder(t *testing.T) {
	t.Parallel()
	all := situations([][]int{{2}, {}}, keyings, apart, together)
	everyOrder(t, interleave.Options{Faults: long.Or(2, 1)}, all, combinations(ways, 2))
}

// TestThreeAppendsInEveryOrder leaves out, where it isn't to be long, what two callers show as well.
func TestThreeAppendsInEveryOrder(t *testing.T) {
	t.Parallel()
	seeds, keyings := long.Or([][]int{{2}, {}}, [][]int{{2}}), long.Or(keyings, keyings[:3])
	ways := long.Or(ways, pick(ways, "any", "at", "exactly above"))
	all := situations(seeds, keyings, apart, together, mixed)
	everyOrder(t, interleave.Options{Faults: 1}, all, combinations(ways, 3))
}

// TestLeavingOutOrdersLosesNoOutcome holds the orders that interleave runs against all that there are.
func TestLeavingOutOrdersLosesNoOutcome(t *testing.T) {
	t.Parallel()
	for _, ways := range combinations(pick(ways, "any", "at", "exactly above"), 3) {
		t.Run(names(ways), func(t *testing.T) {
			var outcomes [2]map[string]bool
			var runs [2]int
			for i, all := range []bool{true, false} {
				outcomes[i] = map[string]bool{}
				runs[i] = interleave.Explore(t, interleave.Options{Faults: 1, All: all}, func(r *interleave.Run) func() error {
					w := appends(r, situation{[]int{2}, keyings[2], apart}, ways...)
					return func() error {
						outcomes[i][w.outcome()] = true
						return w.check()
					}
				})
			}
			t.Logf("%d interleavings instead of %d, %d outcomes", runs[1], runs[0], len(outcomes[0]))
			if !maps.Equal(outcomes[0], outcomes[1]) {
				t.Errorf("outcomes\n%v\ninstead of\n%v", slices.Sorted(maps.Keys(outcomes[1])), slices.Sorted(maps.Keys(outcomes[0])))
			}
		})
	}
}
