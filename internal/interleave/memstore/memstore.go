// Package memstore is a backend of a store in memory, with no more to it than what [store.Backend] asks for, and its
// steps under the control of package interleave: for tests that run a store in every order.
package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/aeon-es/aeon/store"
)

// A page holds this many commits at the most, and ends behind the one that brings its data to this many bytes: a reader
// in need of little memory finds no more than on a database.
const (
	page      = 100
	pageBytes = 256 << 10
)

// Backend is a [store.Backend] in memory. Make it with [New]; safe for concurrent use.
type Backend struct {
	mu        sync.Mutex
	commits   map[string][]store.Commit     // by key; ordered by revision
	index     [slicesOfIndex][]store.Commit // the same, ordered by position
	markers   map[markerID]store.Marker
	snapshots map[snapshotID]store.Snapshot
}

type (
	markerID   struct{ key, idempotencyKey string }
	snapshotID struct{ key, name string }
)

var _ store.Backend = (*Backend)(nil)

// New makes an empty backend.
func New() *Backend {
	return &Backend{
		commits: map[string][]store.Commit{}, markers: map[markerID]store.Marker{}, snapshots: map[snapshotID]store.Snapshot{},
	}
}

// Put implements [store.Backend].
func (b *Backend) Put(ctx context.Context, c *store.Commit, m *store.Marker) (*store.Refusal, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var r store.Refusal
	at, taken := b.find(c.Key, c.Revision)
	if taken {
		there := b.commits[c.Key][at]
		there.Events = nil
		r.Commit = &there
	}
	if m != nil {
		if there, taken := b.markers[markerID{m.Key, m.IdempotencyKey}]; taken {
			r.Marker = &there
		}
	}
	if r != (store.Refusal{}) {
		return &r, nil
	}
	kept := clone(c)
	b.commits[c.Key] = slices.Insert(b.commits[c.Key], at, kept)
	b.addToIndex(kept)
	if m != nil {
		b.markers[markerID{m.Key, m.IdempotencyKey}] = *m
	}
	return nil, nil
}

// find is where the commit of key that begins at revision is, or would be.
func (b *Backend) find(key string, revision store.Revision) (int, bool) {
	return slices.BinarySearchFunc(b.commits[key], revision, func(c store.Commit, r store.Revision) int {
		return cmp.Compare(c.Revision, r)
	})
}

// clone copies all that a commit points to.
func clone(c *store.Commit) store.Commit {
	copied := *c
	copied.Events = slices.Clone(c.Events)
	for i := range copied.Events {
		e := &copied.Events[i]
		e.Data, e.Metadata = slices.Clone(e.Data), maps.Clone(e.Metadata)
	}
	return copied
}

// Marker implements [store.Backend].
func (b *Backend) Marker(ctx context.Context, key, idempotencyKey string) (*store.Marker, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if m, ok := b.markers[markerID{key, idempotencyKey}]; ok {
		return &m, nil
	}
	return nil, nil
}

// Commits implements [store.Backend].
func (b *Backend) Commits(ctx context.Context, q store.CommitQuery) (store.CommitPage, error) {
	if err := ctx.Err(); err != nil {
		return store.CommitPage{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	from, _ := b.find(q.Key, q.From)
	to := len(b.commits[q.Key])
	if q.To > 0 {
		var there bool
		if to, there = b.find(q.Key, q.To); there {
			to++
		}
	}
	return paged(b.commits[q.Key][from:max(from, to)], q.Backward, q.Limit, q.WithoutEvents), nil
}

// paged is the first page of what was found.
func paged(found []store.Commit, backward bool, limit int, withoutEvents bool) store.CommitPage {
	if limit == 0 || limit > page {
		limit = page
	}
	var p store.CommitPage
	for bytes := 0; len(p.Commits) < min(limit, len(found)) && bytes < pageBytes; {
		at := len(p.Commits)
		if backward {
			at = len(found) - 1 - at
		}
		c := found[at]
		if withoutEvents {
			c.Events = nil
		}
		for _, e := range c.Events {
			bytes += len(e.Data)
		}
		p.Commits = append(p.Commits, clone(&c))
	}
	p.More = len(p.Commits) < len(found)
	return p
}

// Ping implements [store.Backend].
func (b *Backend) Ping(ctx context.Context) error { return ctx.Err() }
