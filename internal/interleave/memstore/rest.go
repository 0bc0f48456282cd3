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

// addToIndex finds a place for a commit, behind all others but for clocks that disagree.
func (b *Backend) addToIndex(c store.Commit) {
	slice := &b.index[sliceOf(c.Key)]
	*slice = slices.Insert(*slice, positionIn(*slice, c.Position), c)
}

// sliceOf spreads the keys.
func sliceOf(key string) int { return int(key[len(key)-1]) % slicesOfIndex }

// positionIn is where the first commit at p or behind it is.
func positionIn(slice []store.Commit, p store.Position) int {
	at, _ := slices.BinarySearchFunc(slice, p, func(c store.Commit, p store.Position) int { return c.Position.Compare(p) })
	return at
}

// ByPosition implements [store.PositionIndex].
func (b *Backend) ByPosition(ctx context.Context, q store.PositionQuery) (store.CommitPage, error) {
	if err := ctx.Err(); err != nil {
		return store.CommitPage{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	found := b.index[q.Slice]
	from, to := positionIn(found, q.From), len(found)
	if !q.To.IsZero() {
		if to = positionIn(found, q.To); to < len(found) && found[to].Position == q.To {
			to++
		}
	}
	return paged(found[from:max(from, to)], q.Backward, q.Limit, false), nil
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
