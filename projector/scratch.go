package projector

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
)

// scratch keeps items in memory, for a fold that nobody queries. Safe for concurrent use.
type scratch struct {
	mu    sync.Mutex
	items map[ItemID]Stored
}

var _ Backend = (*scratch)(nil)

func newScratch() *scratch { return &scratch{items: map[ItemID]Stored{}} }

// Load implements [Backend].
func (b *scratch) Load(_ context.Context, ids ...ItemID) ([]Stored, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := make([]Stored, len(ids))
	for i, id := range ids {
		items[i] = b.items[id]
	}
	return items, nil
}

// Save implements [Backend].
func (b *scratch) Save(_ context.Context, writes ...Write) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.ContainsFunc(writes, func(w Write) bool { return b.items[w.ID].Token != w.Was }) {
		return false, nil
	}
	for _, w := range writes {
		if w.Next.Token == "" {
			delete(b.items, w.ID)
		} else {
			b.items[w.ID] = w.Next
		}
	}
	return true, nil
}

// Items implements [Backend], in one page.
func (b *scratch) Items(_ context.Context, q ItemQuery) (ItemPage, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ids := slices.Collect(maps.Keys(b.items))
	return ItemPage{IDs: slices.DeleteFunc(ids, func(id ItemID) bool { return id.View != q.View || id.Version != q.Version })}, nil
}

var errScratch = errors.New("projector: nobody lists what is folded for comparison")

// ListParked implements [Backend].
func (b *scratch) ListParked(context.Context, string, int, string, int) ([]ParkedItem, string, error) {
	return nil, "", errScratch
}

// List implements [Backend].
func (b *scratch) List(context.Context, ListQuery) (ListPage, error) { return ListPage{}, errScratch }

// Ping implements [Backend].
func (b *scratch) Ping(context.Context) error { return nil }
