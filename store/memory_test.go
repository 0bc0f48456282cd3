package store_test

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/storetest"
)

// memory is the simplest backend that there can be. The tests of the core run on it; that it passes
// the suite shows that the suite asks for no more than a database can give.
type memory struct {
	mu        sync.Mutex
	commits   map[string]map[store.Revision]store.Commit
	index     [2][]store.Commit // the same, by position
	markers   map[[2]string]store.Marker
	snapshots map[[2]string]store.Snapshot
}

func newMemory() *memory {
	return &memory{
		commits: map[string]map[store.Revision]store.Commit{}, markers: map[[2]string]store.Marker{},
		snapshots: map[[2]string]store.Snapshot{},
	}
}

func TestSuiteOnMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Backend { return newMemory() })
}

func (m *memory) Put(_ context.Context, c *store.Commit, marker *store.Marker) (*store.Refusal, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var refusal store.Refusal
	if there, taken := m.commits[c.Key][c.Revision]; taken {
		refusal.Commit = &there
	}
	if marker != nil {
		if there, taken := m.markers[[2]string{marker.Key, marker.IdempotencyKey}]; taken {
			refusal.Marker = &there
		}
	}
	if refusal != (store.Refusal{}) {
		return &refusal, nil
	}
	if m.commits[c.Key] == nil {
		m.commits[c.Key] = map[store.Revision]store.Commit{}
	}
	kept := copied([]store.Commit{*c})[0]
	m.commits[c.Key][c.Revision] = kept
	slice := &m.index[int(c.Key[len(c.Key)-1])%len(m.index)]
	*slice = slices.Insert(*slice, at(*slice, c.Position), kept)
	if marker != nil {
		m.markers[[2]string{marker.Key, marker.IdempotencyKey}] = *marker
	}
	return nil, nil
}

// copied shares nothing with what it is given.
func copied(commits []store.Commit) []store.Commit {
	commits = slices.Clone(commits)
	for i := range commits {
		events := slices.Clone(commits[i].Events)
		for j, e := range events {
			events[j].Data, events[j].Metadata = slices.Clone(e.Data), maps.Clone(e.Metadata)
		}
		commits[i].Events = events
	}
	return commits
}

func (m *memory) Marker(_ context.Context, key, idempotencyKey string) (*store.Marker, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if there, ok := m.markers[[2]string{key, idempotencyKey}]; ok {
		return &there, nil
	}
	return nil, nil
}

func (m *memory) Commits(ctx context.Context, q store.CommitQuery) (store.CommitPage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []store.Commit
	for _, c := range m.commits[q.Key] {
		if c.Revision < q.From || q.To > 0 && c.Revision > q.To {
			continue
		}
		if q.WithoutEvents {
			c.Events = nil
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b store.Commit) int { return cmp.Compare(a.Revision, b.Revision) })
	return page(all, q.Limit, q.Backward), ctx.Err()
}

// page is the first of commits or, going backward, the last: no more than the limit, nor than 8, so that every key has
// pages.
func page(all []store.Commit, limit int, backward bool) store.CommitPage {
	if limit == 0 || limit > 8 {
		limit = 8
	}
	n := min(limit, len(all))
	first := copied(all[:n])
	if backward {
		first = copied(all[len(all)-n:])
		slices.Reverse(first)
	}
	return store.CommitPage{Commits: first, More: n < len(all)}
}

func (m *memory) Keys(_ context.Context, q store.KeyQuery) (store.KeyPage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if q.Segment > 0 {
		return store.KeyPage{}, nil
	}
	return store.KeyPage{Keys: slices.Collect(maps.Keys(m.commits))}, nil
}

func (m *memory) Ping(context.Context) error { return nil }

func (m *memory) Slices(context.Context) (int, error) { return len(m.index), nil }

// at is where the first commit at p or behind it is.
func at(slice []store.Commit, p store.Position) int {
	i, _ := slices.BinarySearchFunc(slice, p, func(c store.Commit, p store.Position) int { return c.Position.Compare(p) })
	return i
}

func (m *memory) ByPosition(ctx context.Context, q store.PositionQuery) (store.CommitPage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.index[q.Slice]
	from, to := at(all, q.From), len(all)
	if !q.To.IsZero() {
		if to = at(all, q.To); to < len(all) && all[to].Position == q.To {
			to++
		}
	}
	return page(all[from:max(from, to)], q.Limit, q.Backward), ctx.Err()
}

func (m *memory) Snapshot(_ context.Context, key, name string) (*store.Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.snapshots[[2]string{key, name}]; ok {
		return &s, nil
	}
	return nil, nil
}

func (m *memory) PutSnapshot(_ context.Context, s *store.Snapshot) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	place := [2]string{s.Key, s.Name}
	there, ok := m.snapshots[place]
	if !ok || there.Schema < s.Schema || there.Schema == s.Schema && there.Revision < s.Revision {
		kept := *s
		kept.State = slices.Clone(s.State)
		m.snapshots[place] = kept
	}
	return nil
}
