package main_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

// hotPaths are what an application does all day long, on databases that add little or nothing to it, each with the allocations that
// it may take. Those of store/dynamo are held beside its code.
var hotPaths = []struct {
	name  string
	setup func(tb testing.TB) func()
	most  float64
}{
	{"append behind a head", func(tb testing.TB) func() { return appendBehind(tb, memstore.New(), 1) }, 20},
	{"append 10 events behind a head", func(tb testing.TB) func() { return appendBehind(tb, memstore.New(), 10) }, 36},
	{"append behind a head, SQLite", func(tb testing.TB) func() { return appendBehind(tb, inMemory(tb), 1) }, 55},
	{"read 1,000 events, 10 to a commit", func(tb testing.TB) func() { return readThousand(tb, memstore.New()) }, 1400},
	{"read 1,000 events, 10 to a commit, SQLite", func(tb testing.TB) func() { return readThousand(tb, inMemory(tb)) }, 1300},
	{"fold 100 commits of 10 keys", func(tb testing.TB) func() { return fold(tb, false) }, 1475},
	{"fold 100 commits of 10 keys, redelivered", func(tb testing.TB) func() { return fold(tb, true) }, 210},
}

// It doesn't run in parallel: it counts what the whole process allocates. A budget is a quarter above what there was when it was set.
func TestAllocationsOfHotPaths(t *testing.T) { //nolint:paralleltest // see above
	for _, path := range hotPaths {
		do := path.setup(t)
		for range 20 { // what grows has grown
			do()
		}
		if got := testing.AllocsPerRun(100, do); got > path.most {
			t.Errorf("%s: %.0f allocations, want at most %.0f", path.name, got, path.most)
		} else {
			t.Logf("%s: %.0f allocations of %.0f", path.name, got, path.most)
		}
	}
}

// BenchmarkHotPaths is what bench/baseline.txt holds: make benchstat compares with it.
func BenchmarkHotPaths(b *testing.B) {
	for _, path := range hotPaths {
		b.Run(path.name, func(b *testing.B) {
			do := path.setup(b)
			b.ReportAllocs()
			for b.Loop() {
				do()
			}
		})
	}
}

func inMemory(tb testing.TB) store.Backend {
	tb.Helper()
	backend, err := sqlite.Open(sqlite.Memory)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := backend.Close(); err != nil {
			tb.Error(err)
		}
	})
	return backend
}

func pendings(n int) []store.Pending {
	events := make([]store.Pending, n)
	for i := range events {
		events[i] = store.Pending{Type: "incremented", Data: about200}
	}
	return events
}

// appendBehind appends n events to one of 100 keys in turn, each time behind the head that the last append left.
func appendBehind(tb testing.TB, backend store.Backend, n int) func() {
	tb.Helper()
	s, events := store.New(backend), pendings(n)
	var heads [100]store.Head
	i := 0
	return func() {
		at, expected := i%len(heads), store.NoStream()
		if i >= len(heads) {
			expected = store.At(heads[at])
		}
		done, err := s.Append(tb.Context(), names[at], expected, events, nil)
		if err != nil {
			tb.Fatal(err)
		}
		heads[at] = done.Head
		i++
	}
}

var names = func() (names [100]string) {
	for i := range names {
		names[i] = fmt.Sprint("key", i)
	}
	return names
}()

func readThousand(tb testing.TB, backend store.Backend) func() {
	tb.Helper()
	s := store.New(backend)
	for range 100 {
		if _, err := s.Append(tb.Context(), "key", store.Any(), pendings(10), nil); err != nil {
			tb.Fatal(err)
		}
	}
	return func() {
		n := 0
		for _, err := range s.Read(tb.Context(), "key", store.Range{}) {
			if err != nil {
				tb.Fatal(err)
			}
			n++
		}
		if n != 1000 {
			tb.Fatalf("%d events, want 1000", n)
		}
	}
}

// fold rings a view for 100 commits of 10 keys, as a batch of the stream brings them: commits that come next, or the same ones again.
func fold(tb testing.TB, again bool) func() {
	tb.Helper()
	views, err := projector.New(store.New(memstore.New()), memviews.New(nil), nil, projector.View[summed]{Name: "summed", Apply: sum})
	if err != nil {
		tb.Fatal(err)
	}
	revision := store.Revision(0)
	bells := make([]projector.Doorbell, 100)
	ring := func() {
		if err := views.Ring(tb.Context(), bells); err != nil {
			tb.Fatal(err)
		}
	}
	next := func() {
		for i := range bells {
			r := revision + store.Revision(i/10) + 1
			commit := &store.Commit{Key: names[i%10], Revision: r, Count: 1, Events: pendings(1)}
			bells[i] = projector.Doorbell{Key: commit.Key, Revision: r, Commit: commit}
		}
		revision += 10
	}
	if again {
		next()
		ring()
		return ring
	}
	return func() { next(); ring() }
}

// However many events there are, a reader has a few pages of them in memory. It doesn't run in parallel, as above.
func TestMemoryOfReading(t *testing.T) { //nolint:paralleltest // see above
	const total, perCommit = 50_000, 100 // 12 MB
	s := store.New(inMemory(t))
	for range total / perCommit {
		if _, err := s.Append(t.Context(), "key", store.Any(), pendings(perCommit), nil); err != nil {
			t.Fatal(err)
		}
	}
	before, n := liveMemory(), 0
	for _, err := range s.Read(t.Context(), "key", store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%(total/5) != 0 {
			continue
		}
		const most = 4 << 20
		if used := int64(liveMemory()) - int64(before); used > most {
			t.Errorf("after %d events %d bytes are in use, want at most %d", n, used, most)
		}
	}
	if n != total {
		t.Errorf("%d events, want %d", n, total)
	}
}

// liveMemory is what is in use, in bytes.
func liveMemory() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
