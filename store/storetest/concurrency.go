package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aeon-es/aeon/store"
)

var concurrencyStories = []story{
	{"of two that expect the same one wins", oneOfTwoWins},
	{"of many that expect the same one wins", oneOfManyWins},
	{"many writers in one process", func(t *testing.T, e *env) { manyWriters(t, e, e.store) }},
	{"many writers in four processes", func(t *testing.T, e *env) {
		manyWriters(t, e, e.another(), e.another(), e.another(), e.another())
	}},
	{"nobody reads half a commit", nobodyReadsHalf},
	{"positions are unique over all keys", positionsAreUnique},
}

// oneOfTwoWins has two processes append to the same place, round after round.
func oneOfTwoWins(t *testing.T, e *env) {
	const rounds = 40
	writers := [2]*store.Store{e.another(), e.another()}
	for round := range store.Revision(rounds) {
		var x [2]store.Expected
		for i, w := range writers {
			x[i] = store.Exactly(round)
			if round%2 == 1 {
				head, err := w.Head(t.Context(), e.key)
				if err != nil {
					t.Fatal(err)
				}
				x[i] = store.At(head)
			}
		}
		winners := race(t, e, round, writers[:], x[:])
		if winners != 1 {
			t.Fatalf("round %d: %d of 2 won", round, winners)
		}
	}
	mustHold(t, e.store, e.key, repeated(one(`1`), rounds)...)
}

// race appends from all writers at once, where the head is base, and counts those that won.
func race(t *testing.T, e *env, base store.Revision, writers []*store.Store, x []store.Expected) int {
	t.Helper()
	var winners atomic.Int32
	var all sync.WaitGroup
	for i, w := range writers {
		all.Go(func() {
			_, err := w.Append(t.Context(), e.key, x[i], one(`1`), nil)
			if err == nil {
				winners.Add(1)
				return
			}
			if conflict, ok := errors.AsType[*store.ConflictError](err); !ok || conflict.Actual != base+1 {
				t.Errorf("the loser got %v, want a conflict with revision %d", err, base+1)
			}
		})
	}
	all.Wait()
	return int(winners.Load())
}

func oneOfManyWins(t *testing.T, e *env) {
	const writers = 8
	for round := range store.Revision(5) {
		stores, x := make([]*store.Store, writers), make([]store.Expected, writers)
		for i := range stores {
			stores[i], x[i] = e.another(), store.Exactly(round)
		}
		if winners := race(t, e, round, stores, x); winners != 1 {
			t.Fatalf("round %d: %d of %d won", round, winners, writers)
		}
	}
}

func repeated(events []store.Pending, n int) []store.Pending {
	var all []store.Pending
	for range n {
		all = append(all, events...)
	}
	return all
}

// manyWriters has 16 writers, spread over the stores, append to one key at once.
func manyWriters(t *testing.T, e *env, stores ...*store.Store) {
	const writers, each = 16, 4
	var all sync.WaitGroup
	var answers sync.Map // revision → the event stored there
	for w := range writers {
		all.Go(func() {
			for i := range each {
				name := fmt.Sprintf(`"%d-%d"`, w, i)
				a, err := stores[w%len(stores)].Append(t.Context(), e.key, store.Any(), one(name), nil)
				if err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
				if other, taken := answers.LoadOrStore(a.First, name); taken {
					t.Errorf("both %s and %s were told to be at revision %d", name, other, a.First)
				}
			}
		})
	}
	all.Wait()
	got := mustRead(t, e.another(), e.key, store.Range{})
	if len(got) != writers*each {
		t.Fatalf("%d events, want %d", len(got), writers*each)
	}
	for i, c := range got {
		if c.Revision != store.Revision(i+1) {
			t.Fatalf("event %d has revision %d", i+1, c.Revision)
		}
		if told, _ := answers.Load(c.Revision); told != string(c.Data) {
			t.Errorf("revision %d holds %s, its writer was told of %v", c.Revision, c.Data, told)
		}
	}
}

// nobodyReadsHalf reads in all ways while commits of three events are appended.
func nobodyReadsHalf(t *testing.T, e *env) {
	const commits, events = 60, 3
	done := make(chan struct{})
	var all sync.WaitGroup
	for _, backward := range []bool{false, true} {
		all.Go(func() {
			reader := e.another()
			for finished := false; !finished; {
				select {
				case <-done:
					finished = true
				default:
				}
				head, seq, err := reader.ReadForAppend(t.Context(), e.key, store.Range{Backward: backward})
				if err != nil {
					t.Error(err)
					return
				}
				n := store.Revision(0)
				for c, err := range seq {
					n++
					if want := n; err != nil || !backward && c.Revision != want || backward && c.Revision != head.Revision()+1-n {
						t.Errorf("event %d of a key at %d: revision %d, %v", n, head.Revision(), c.Revision, err)
						return
					}
				}
				if n != head.Revision() || n%events != 0 {
					t.Errorf("read %d events of a key at %d, appended three at a time", n, head.Revision())
					return
				}
			}
		})
	}
	for range commits {
		mustAppend(t, e.store, e.key, store.Any(), some(events))
	}
	close(done)
	all.Wait()
}

func positionsAreUnique(t *testing.T, e *env) {
	const keys, each = 8, 10
	stores := []*store.Store{e.another(), e.another()}
	var all sync.WaitGroup
	for k := range keys {
		all.Go(func() {
			for range each {
				if _, err := stores[k%2].Append(t.Context(), fmt.Sprint(e.key, k), store.Any(), some(2), nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	seen := map[store.Position]string{}
	for k := range keys {
		for _, c := range mustRead(t, e.store, fmt.Sprint(e.key, k), store.Range{}) {
			if other, there := seen[c.Position]; there {
				t.Fatalf("position %v is that of %s and of %s @ %d", c.Position, other, c.Key, c.Revision)
			}
			seen[c.Position] = fmt.Sprintf("%s @ %d", c.Key, c.Revision)
		}
	}
	if len(seen) != keys*each*2 {
		t.Errorf("%d events, want %d", len(seen), keys*each*2)
	}
}
