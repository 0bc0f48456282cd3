// Package memviews is a backend of a projector in memory, with no more to it than what [projector.Backend] asks for, and
// its steps under the control of package interleave: for tests that run projectors in every order. Whoever wants to can
// watch what is saved.
package memviews

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	s.Skips = slices.Clone(s.Skips)
	return s
}

// ListParked implements [projector.Backend], in the order of ids. A page leads to the next by its last one.
func (b *Backend) ListParked(ctx context.Context, view string, version int, page string, limit int) ([]projector.ParkedItem, string, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	after := projector.ItemID{}
	if page != "" {
		kind, id, ok := strings.Cut(page, "#")
		number, err := strconv.ParseUint(kind, 10, 8)
		if err != nil || !ok {
			return nil, "", fmt.Errorf("a list of parked keys has no page %q", page)
		}
		after = projector.ItemID{Kind: projector.Kind(number), ID: id}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var items []projector.ParkedItem
	for id, s := range b.items {
		if id.View == view && id.Version == version && s.Parked != nil && compare(id, after) > 0 {
			items = append(items, projector.ParkedItem{ID: id, Seen: s.Seen, Parked: *s.Parked})
		}
	}
	slices.SortFunc(items, func(a, b projector.ParkedItem) int { return compare(a.ID, b.ID) })
	if len(items) <= limit {
		return items, "", nil
	}
	last := items[limit-1].ID
	return items[:limit], fmt.Sprintf("%d#%s", last.Kind, last.ID), nil
}

// Items implements [projector.Backend], all on one page.
func (b *Backend) Items(ctx context.Context, q projector.ItemQuery) (projector.ItemPage, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var page projector.ItemPage
	for id := range b.items {
		if id.View == q.View && id.Version == q.Version && id.Kind != projector.NoteItem {
			page.IDs = append(page.IDs, id)
		}
	}
	slices.SortFunc(page.IDs, compare)
	return page, ctx.Err()
}

func compare(a, b projector.ItemID) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
}

// Ping implements [projector.Backend].
func (b *Backend) Ping(ctx context.Context) error { return ctx.Err() }
