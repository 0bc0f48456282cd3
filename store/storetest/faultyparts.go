package storetest

import (
	"context"
	"errors"
	"slices"

	"github.com/aeon-es/aeon/store"
)

// Slices implements [store.PositionIndex].
func (f *Faulty) Slices(ctx context.Context) (int, error) {
	index, ok := f.backend.(store.PositionIndex)
	if !ok {
		return 0, store.ErrNoPositionIndex
	}
	return befall(ctx, f, f.next(Slices, ""), nowhere, func() (int, error) { return index.Slices(ctx) })
}

// ByPosition implements [store.PositionIndex].
func (f *Faulty) ByPosition(ctx context.Context, q store.PositionQuery) (store.CommitPage, error) {
	index, ok := f.backend.(store.PositionIndex)
	if !ok {
		return store.CommitPage{}, store.ErrNoPositionIndex
	}
	return befall(ctx, f, f.next(ByPosition, ""), nowhere, func() (store.CommitPage, error) { return index.ByPosition(ctx, q) })
}

var errNoSnapshots = errors.New("storetest: the backend keeps no snapshots")

// Snapshot implements [store.SnapshotBackend].
func (f *Faulty) Snapshot(ctx context.Context, key, name string) (*store.Snapshot, error) {
	backend, ok := f.backend.(store.SnapshotBackend)
	if !ok {
		return nil, errNoSnapshots
	}
	return befall(ctx, f, f.next(Snapshot, key), nowhere, func() (*store.Snapshot, error) { return backend.Snapshot(ctx, key, name) })
}

// PutSnapshot implements [store.SnapshotBackend].
func (f *Faulty) PutSnapshot(ctx context.Context, s *store.Snapshot) error {
	backend, ok := f.backend.(store.SnapshotBackend)
	if !ok {
		return errNoSnapshots
	}
	late := func() {
		kept := *s
		kept.State = slices.Clone(s.State)
		f.hold(func() { _ = backend.PutSnapshot(context.Background(), &kept) }) // nobody hears its answer
	}
	_, err := befall(ctx, f, f.next(PutSnapshot, s.Key), late, func() (any, error) { return nil, backend.PutSnapshot(ctx, s) })
	return err
}
