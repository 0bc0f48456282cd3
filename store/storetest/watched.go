package storetest

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"weak"

	"github.com/aeon-es/aeon/store"
)

// watched knows of the events that it gave which of them somebody still keeps. It asks the garbage collector about their
// data, and not for the size of the heap: that one belongs to everything else in the process, too.
type watched struct {
	store.Backend
	page int // the most commits in a page by position; 0 leaves it to the backend

	mu     sync.Mutex
	events []weak.Pointer[byte]
}

// Commits implements [store.Backend].
func (w *watched) Commits(ctx context.Context, q store.CommitQuery) (store.CommitPage, error) {
	p, err := w.Backend.Commits(ctx, q)
	w.watch(&p)
	return p, err
}

// Slices implements [store.PositionIndex].
func (w *watched) Slices(ctx context.Context) (int, error) {
	index, ok := w.Backend.(store.PositionIndex)
	if !ok {
		return 0, store.ErrNoPositionIndex
	}
	return index.Slices(ctx)
}

// ByPosition implements [store.PositionIndex].
func (w *watched) ByPosition(ctx context.Context, q store.PositionQuery) (store.CommitPage, error) {
	index, ok := w.Backend.(store.PositionIndex)
	if !ok {
		return store.CommitPage{}, store.ErrNoPositionIndex
	}
	if w.page > 0 && (q.Limit == 0 || q.Limit > w.page) {
		q.Limit = w.page
	}
	p, err := index.ByPosition(ctx, q)
	w.watch(&p)
	return p, err
}

func (w *watched) watch(p *store.CommitPage) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range p.Commits {
		for _, e := range c.Events {
			w.events = append(w.events, weak.Make(&e.Data[0]))
		}
	}
}

// given is how many events it gave.
func (w *watched) given() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.events)
}

// kept is how many of the events are still in memory, whoever keeps them there.
func (w *watched) kept() int {
	runtime.GC()
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, e := range w.events {
		if e.Value() != nil {
			n++
		}
	}
	return n
}

// atMost makes sure that no more than most events of each slice are kept.
func (w *watched) atMost(t *testing.T, most int) {
	t.Helper()
	slices, err := w.Slices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if kept := w.kept(); kept > most*slices {
		t.Errorf("%d events are kept, want at most %d in each of %d slices", kept, most, slices)
	}
}
