// Package memviews is a backend of a projector in memory, with no more to it than what [projector.Backend] asks for, and
// its steps under the control of package interleave: for tests that run projectors in every order. Whoever wants to can
// watch what is saved.
package memviews

import (
	"context"
	"slices"
	"sync"

	"github.com/aeon-es/aeon/projector"
)

// Backend is a [projector.Backend] in memory. Make it with [New]; safe for concurrent use.
type Backend struct {
	mu    sync.Mutex
	items map[projector.ItemID]projector.Stored
	watch func([]Change)
}

var _ projector.Backend = (*Backend)(nil)

// Change is what one write has made of an item.
type Change struct {
	ID      projector.ItemID
	Was, Is projector.Stored
}

// New makes an empty backend. watch is told of each step that has changed something, before anybody else can see it; nil if
// nobody is to be. It must not call the backend.
func New(watch func([]Change)) *Backend {
	return &Backend{items: map[projector.ItemID]projector.Stored{}, watch: watch}
}

// Load implements [projector.Backend].
func (b *Backend) Load(ctx context.Context, ids ...projector.ItemID) ([]projector.Stored, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	items := make([]projector.Stored, len(ids))
	for i, id := range ids {
		items[i] = clone(b.items[id])
	}
	return items, nil
}

// Save implements [projector.Backend].
func (b *Backend) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range writes {
		if b.items[w.ID].Token != w.Was {
			return false, nil
		}
	}
	changes := make([]Change, len(writes))
	for i, w := range writes {
		changes[i] = Change{ID: w.ID, Was: b.items[w.ID], Is: clone(w.Next)}
		if w.Next.Token == "" {
			delete(b.items, w.ID)
		} else {
			b.items[w.ID] = changes[i].Is
		}
	}
	if b.watch != nil {
		b.watch(changes)
	}
	return true, nil
}

// clone copies all that an item points to.
func clone(s projector.Stored) projector.Stored {
	s.Row = slices.Clone(s.Row)
	if s.Parked != nil {
		mark := *s.Parked
		s.Parked = &mark
	}
	return s
}

// Ping implements [projector.Backend].
func (b *Backend) Ping(ctx context.Context) error { return ctx.Err() }
