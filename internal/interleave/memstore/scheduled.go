package memstore

import (
	"context"
	"fmt"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/store"
)

// Scheduled wraps a backend so that each request is a step of [interleave], touching the key that it is about. Only
// reads by position and Ping are none.
func Scheduled(b *Backend) store.Backend { return scheduled{b} }

type scheduled struct{ *Backend }

// Put implements [store.Backend]. It copies what it is given, as the request may be done when its caller is gone.
func (s scheduled) Put(ctx context.Context, c *store.Commit, m *store.Marker) (*store.Refusal, error) {
	commit := clone(c)
	if m != nil {
		marker := *m
		m = &marker
	}
	name := fmt.Sprintf("put %s @%d", c.Key, c.Revision)
	return interleave.Write(ctx, interleave.On(c.Key), name, func(ctx context.Context) (*store.Refusal, bool, error) {
		r, err := s.Backend.Put(ctx, &commit, m)
		return r, r == nil && err == nil, err
	})
}

// Marker implements [store.Backend].
func (s scheduled) Marker(ctx context.Context, key, idempotencyKey string) (*store.Marker, error) {
	return interleave.Read(ctx, interleave.On(key), "marker "+key+" "+idempotencyKey, func(ctx context.Context) (*store.Marker, error) {
		return s.Backend.Marker(ctx, key, idempotencyKey)
	})
}

// Commits implements [store.Backend].
func (s scheduled) Commits(ctx context.Context, q store.CommitQuery) (store.CommitPage, error) {
	name := fmt.Sprintf("commits %s %d-%d", q.Key, q.From, q.To)
	return interleave.Read(ctx, interleave.On(q.Key), name, func(ctx context.Context) (store.CommitPage, error) {
		return s.Backend.Commits(ctx, q)
	})
}

// Snapshot implements [store.SnapshotBackend].
func (s scheduled) Snapshot(ctx context.Context, key, name string) (*store.Snapshot, error) {
	return interleave.Read(ctx, interleave.On(key+" "+name), "snapshot "+key+" "+name, func(ctx context.Context) (*store.Snapshot, error) {
		return s.Backend.Snapshot(ctx, key, name)
	})
}

// PutSnapshot implements [store.SnapshotBackend].
func (s scheduled) PutSnapshot(ctx context.Context, kept *store.Snapshot) error {
	snapshot := *kept
	name := fmt.Sprintf("put snapshot %s %s @%d", kept.Key, kept.Name, kept.Revision)
	_, err := interleave.Write(ctx, interleave.On(kept.Key+" "+kept.Name), name, func(ctx context.Context) (struct{}, bool, error) {
		return struct{}{}, true, s.Backend.PutSnapshot(ctx, &snapshot)
	})
	return err
}
