package projectortest

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// runDelivery rings doorbells in every way that a stream and a queue can.
func runDelivery(t *testing.T, open Open) {
	b := setup(t, open)
	t.Run("Records", func(t *testing.T) { runRecords(t, b) })
	t.Run("Events", func(t *testing.T) { runEvents(t, b) })
	t.Run("AnythingGoes", func(t *testing.T) { anythingGoes(t, b) })
}

// runRecords stores three commits, of one, two and one event, and rings for them batch by batch.
func runRecords(t *testing.T, b *bundle) {
	for _, tc := range []struct {
		name    string
		batches [][]int
	}{
		{"in order", [][]int{{0}, {1, 2}}},
		{"redelivered", [][]int{{0, 1, 0}, {0, 1}, {0, 1, 2, 2, 1}}},
		{"reversed", [][]int{{2}, {1}, {0}}},
		{"reversed in one batch", [][]int{{2, 1, 0}}},
		{"dropped in the middle", [][]int{{0, 2}}},
		{"dropped but for the last", [][]int{{2}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			commits := []*store.Commit{
				b.append(t, t.Name(), "happened"), b.append(t, t.Name(), "happened", "happened"), b.append(t, t.Name(), "happened"),
			}
			for _, batch := range tc.batches {
				var rung []projector.Doorbell
				for _, i := range batch {
					rung = append(rung, bell(commits[i]))
				}
				b.ring(t, rung...)
			}
			b.expectFold(t, t.Name())
		})
	}
}

// runEvents has commits and doorbells of other kinds.
func runEvents(t *testing.T, b *bundle) {
	t.Run("bell without its commit", func(t *testing.T) {
		b.append(t, t.Name(), "happened")
		c := b.append(t, t.Name(), "happened")
		b.ring(t, projector.Doorbell{Key: c.Key, Revision: c.Last()})
		b.expectFold(t, t.Name())
	})
	t.Run("bell without a revision", func(t *testing.T) {
		c := b.append(t, t.Name(), "happened")
		b.append(t, t.Name(), "happened")
		b.ring(t, bell(c), projector.Doorbell{Key: c.Key})
		b.expectFold(t, t.Name())
	})
	t.Run("unwanted events", func(t *testing.T) {
		b.ring(t, bell(b.append(t, t.Name(), "unwanted", "happened", "unwanted")))
		b.expectFold(t, t.Name())
	})
	t.Run("deleted row", func(t *testing.T) {
		b.ring(t, bell(b.append(t, t.Name(), "happened", "removed")))
		b.expectFold(t, t.Name())
		b.ring(t, bell(b.append(t, t.Name(), "happened")))
		b.expectFold(t, t.Name())
	})
	t.Run("long backlog", func(t *testing.T) {
		for range 3 {
			b.append(t, t.Name(), slices.Repeat([]string{"happened"}, 700)...)
		}
		if seen, err := b.projector.CatchUp(t.Context(), b.view, t.Name()); err != nil || seen != 2100 {
			t.Fatalf("seen %d, %v", seen, err)
		}
		b.expectFold(t, t.Name())
	})
}

func (b *bundle) ring(t *testing.T, bells ...projector.Doorbell) {
	t.Helper()
	if err := b.projector.Ring(t.Context(), bells); err != nil {
		t.Fatal(err)
	}
}

// anythingGoes has several projectors ring shuffled, doubled and thinned-out batches of several keys at once, and at last
// the last doorbell of each key.
func anythingGoes(t *testing.T, b *bundle) {
	t.Helper()
	seed := rand.Uint64() //nolint:gosec // a test
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	var rung []projector.Doorbell
	var last []projector.Doorbell
	for _, key := range []string{"a", "b", "c"} {
		for range 12 {
			types := slices.Repeat([]string{"happened"}, 1+random.IntN(3))
			rung = append(rung, bell(b.append(t, t.Name()+key, types...)))
		}
		last = append(last, rung[len(rung)-1])
	}
	var all sync.WaitGroup
	for range 4 {
		mine := append(slices.Clone(rung), rung...)
		random.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
		mine = mine[:len(mine)*2/3]
		p := b.anotherProjector(t, tally)
		all.Go(func() {
			for batch := range slices.Chunk(mine, 7) {
				if err := p.Ring(t.Context(), batch); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := b.projector.Ring(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	for _, bell := range last {
		b.expectFold(t, bell.Key)
	}
}
