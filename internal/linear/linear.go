package linear

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/store"
)

// Unreliable is a backend with faults, and the same one without.
type Unreliable struct {
	Faulty, Clean store.Backend
	// Land returns when whatever is late has arrived.
	Land func()
}

// Check has clients do so many operations, a third of them on one key and the others on many, and fails t where no
// order explains what they were told. open makes an empty backend, with faults by seed.
func Check(t *testing.T, operations int, open func(t *testing.T, seed uint64) Unreliable) {
	t.Helper()
	const clients, processes = 8, 4
	seed := faults.Seed(t)
	for keys, operations := range map[int]int{1: operations / 3, 8: operations * 2 / 3} {
		t.Run(fmt.Sprint("keys ", keys), func(t *testing.T) {
			t.Parallel()
			b := open(t, seed)
			h := &history{begun: time.Now(), endings: map[string]int{}}
			var names []string
			for i := range keys {
				names = append(names, fmt.Sprint("key", i))
			}
			stores := make([]*store.Store, processes)
			for i := range stores {
				stores[i] = processWithClock(b.Faulty, i)
			}
			var all sync.WaitGroup
			for id := range clients {
				c := &client{
					t: t, id: id, store: stores[id%processes], history: h, keys: names, heads: map[string]store.Head{},
					rng: rand.New(rand.NewPCG(seed, uint64(id))), //nolint:gosec // to be repeated, not to be secret
				}
				all.Go(func() { c.run(operations / clients) })
			}
			all.Wait()
			b.Land()
			last := &client{t: t, id: clients, store: processWithClock(b.Clean, 0), history: h}
			for _, key := range names {
				last.read(input{key: key, kind: doRead})
			}
			t.Logf("%d operations in %v: %v", len(h.all), time.Since(h.begun).Round(time.Millisecond), h.endings)
			h.check(t)
		})
	}
}

// processWithClock is the store of a process whose clock is off by seconds.
func processWithClock(b store.Backend, i int) *store.Store {
	off := time.Duration(i*i) * time.Second
	return store.New(b, store.WithLogger(slog.New(slog.DiscardHandler)), store.WithClock(func() time.Time { return time.Now().Add(-off) }))
}
