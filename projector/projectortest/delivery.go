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
	ring := func(t *testing.T, commits ...*store.Commit) {
		t.Helper()
		if err := b.projector.Ring(t.Context(), bells(commits...)); err != nil {
			t.Fatal(err)
		}
	}
	three := func(t *testing.T) (a, c, d *store.Commit) {
		t.Helper()
		return b.append(t, t.Name(), "happened"), b.append(t, t.Name(), "happened", "happened"), b.append(t, t.Name(), "happened")
	}
	t.Run("InOrder", func(t *testing.T) {
		x, y, z := three(t)
		ring(t, x)
		ring(t, y, z)
		b.expectFold(t, t.Name())
	})
	t.Run("Redelivered", func(t *testing.T) {
		x, y, z := three(t)
		ring(t, x, y, x)
		ring(t, x, y)
		ring(t, x, y, z, z, y)
		b.expectFold(t, t.Name())
	})
	t.Run("Reversed", func(t *testing.T) {
		x, y, z := three(t)
		ring(t, z)
		ring(t, y)
		ring(t, x)
		b.expectFold(t, t.Name())
	})
	t.Run("ReversedInOneBatch", func(t *testing.T) {
		x, y, z := three(t)
		ring(t, z, y, x)
		b.expectFold(t, t.Name())
	})
	t.Run("Dropped", func(t *testing.T) {
		x, _, z := three(t)
		ring(t, x, z)
		b.expectFold(t, t.Name())
	})
	t.Run("OnlyTheLast", func(t *testing.T) {
		_, _, z := three(t)
		ring(t, z)
		b.expectFold(t, t.Name())
	})
	t.Run("WithoutCommit", func(t *testing.T) {
		_, _, z := three(t)
		if err := b.projector.Ring(t.Context(), []projector.Doorbell{{Key: z.Key, Revision: z.Last()}}); err != nil {
			t.Fatal(err)
		}
		b.expectFold(t, t.Name())
	})
	t.Run("WithoutRevision", func(t *testing.T) {
		x, _, _ := three(t)
		if err := b.projector.Ring(t.Context(), append(bells(x), projector.Doorbell{Key: x.Key})); err != nil {
			t.Fatal(err)
		}
		b.expectFold(t, t.Name())
	})
	t.Run("UnwantedEvents", func(t *testing.T) {
		x := b.append(t, t.Name(), "unwanted", "happened", "unwanted")
		ring(t, x)
		b.expectFold(t, t.Name())
	})
	t.Run("DeletedRow", func(t *testing.T) {
		ring(t, b.append(t, t.Name(), "happened", "removed"))
		b.expectFold(t, t.Name())
		ring(t, b.append(t, t.Name(), "happened"))
		b.expectFold(t, t.Name())
	})
	t.Run("LongBacklog", func(t *testing.T) {
		types := slices.Repeat([]string{"happened"}, 700)
		for range 3 {
			b.append(t, t.Name(), types...)
		}
		if seen, err := b.projector.CatchUp(t.Context(), b.view, t.Name()); err != nil || seen != 2100 {
			t.Fatalf("seen %d, %v", seen, err)
		}
		b.expectFold(t, t.Name())
	})
	t.Run("AnythingGoes", func(t *testing.T) { anythingGoes(t, b) })
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
