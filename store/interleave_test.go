package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aeon-es/aeon/internal/interleave"
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

var keyings = []keying{
	{"no idempotency key", func(int) (string, int) { return "", 0 }},
	{"the same", func(int) (string, int) { return "i", 0 }},
	{"the same, other events", func(caller int) (string, int) { return "i", caller }},
	{"one each", func(caller int) (string, int) { return fmt.Sprint("i", caller), 0 }},
}

// appends is a scenario: one append each way to a key that holds commits of the given sizes, at once.
func appends(sizes []int, ways []way, k keying, shared bool) interleave.Scenario {
	return func(r *interleave.Run) func() error {
		w := newWorld(r, sizes...)
		p, s := r.Process("p"), w.store()
		for i, way := range ways {
			if !shared {
				p, s = r.Process(fmt.Sprint("p", i)), w.store()
			}
			c := &call{name: fmt.Sprint("c", i), expected: way.expected(s)}
			var variant int
			c.idempotencyKey, variant = k.of(i)
			n := 1
			if c.idempotencyKey != "i" {
				n += i % 2
			}
			c.events = tagged(c.name, n, variant)
			w.add(p, s, c)
		}
		return w.check
	}
}

func TestTwoAppendsInEveryOrder(t *testing.T) {
	total := 0
	for i, a := range ways {
		for _, b := range ways[i:] {
			for _, k := range keyings {
				for _, shared := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s and %s, %s, shared %v", a.name, b.name, k.name, shared), func(t *testing.T) {
						n := interleave.Explore(t, interleave.Options{Faults: 1}, appends([]int{2}, []way{a, b}, k, shared))
						t.Logf("%d interleavings", n)
						total += n
					})
				}
			}
		}
	}
	t.Logf("%d interleavings", total)
}
