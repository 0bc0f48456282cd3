package memstore

import (
	"context"
	"maps"
	"slices"

	"github.com/aeon-es/aeon/store"
)

var (
	_ store.PositionIndex   = (*Backend)(nil)
	_ store.SnapshotBackend = (*Backend)(nil)
)

// slicesOfIndex is how many slices the index of positions has.
const slicesOfIndex = 3

// Slices implements [store.PositionIndex].
func (b *Backend) Slices(ctx context.Context) (int, error) { return slicesOfIndex, ctx.Err() }

// ByPosition implements [store.PositionIndex].
func (b *Backend) ByPosition(ctx context.Context, q store.PositionQuery) (store.CommitPage, error) {
	if err := ctx.Err(); err != nil {
		return store.CommitPage{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []store.Commit
	for key, commits := range b.commits {
		if int(key[len(key)-1])%slicesOfIndex != q.Slice {
			continue
		}
		for _, c := range commits {
			if c.Position.Compare(q.From) >= 0 && (q.To.IsZero() || c.Position.Compare(q.To) <= 0) {
				found = append(found, c)
			}
		}
	}
	slices.SortFunc(found, func(a, b store.Commit) int { return a.Position.Compare(b.Position) })
	return paged(found, q.Backward, q.Limit), nil
}

// Snapshot implements [store.SnapshotBackend].
func (b *Backend) Snapshot(ctx context.Context, key, name string) (*store.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.snapshots[snapshotID{key, name}]
	if !ok {
		return nil, nil
	}
	s.State = slices.Clone(s.State)
	return &s, nil
}

// PutSnapshot implements [store.SnapshotBackend].
func (b *Backend) PutSnapshot(ctx context.Context, s *store.Snapshot) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	there, ok := b.snapshots[snapshotID{s.Key, s.Name}]
	if !ok || there.Schema < s.Schema || there.Schema == s.Schema && there.Revision < s.Revision {
		kept := *s
		kept.State = slices.Clone(s.State)
		b.snapshots[snapshotID{s.Key, s.Name}] = kept
	}
	return nil
}

// Keys implements [store.Backend]: one key a page.
func (b *Backend) Keys(ctx context.Context, q store.KeyQuery) (store.KeyPage, error) {
	if err := ctx.Err(); err != nil {
		return store.KeyPage{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(b.commits)) {
		if key > q.After && len(key)%q.Segments == q.Segment {
			return store.KeyPage{Keys: []string{key}, Next: key}, nil
		}
	}
	return store.KeyPage{}, nil
}
