package storetest

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/aeon-es/aeon/store"
)

// smallPages answers with pages of few commits, so that small keys have many of them.
type smallPages struct {
	store.Backend
	size int
}

// Commits implements [store.Backend].
func (b smallPages) Commits(ctx context.Context, q store.CommitQuery) (store.CommitPage, error) {
	if q.Limit == 0 || q.Limit > b.size {
		q.Limit = b.size
	}
	return b.Backend.Commits(ctx, q)
}

// counting counts reads of commits: all, and those under way.
type counting struct {
	store.Backend
	reads, underway atomic.Int64
}

// Commits implements [store.Backend].
func (b *counting) Commits(ctx context.Context, q store.CommitQuery) (store.CommitPage, error) {
	b.reads.Add(1)
	b.underway.Add(1)
	defer b.underway.Add(-1)
	return b.Backend.Commits(ctx, q)
}

// stuck answers the first page, of one commit, and has every other one wait until its context is over and then some. It
// counts those under way.
type stuck struct {
	store.Backend
	underway atomic.Int64
}

// Commits implements [store.Backend].
func (b *stuck) Commits(ctx context.Context, q store.CommitQuery) (store.CommitPage, error) {
	if q.From > 1 || q.To > 0 {
		return store.CommitPage{}, b.wait(ctx)
	}
	q.Limit = 1
	return b.Backend.Commits(ctx, q)
}

// Slices implements [store.PositionIndex].
func (b *stuck) Slices(ctx context.Context) (int, error) {
	index, ok := b.Backend.(store.PositionIndex)
	if !ok {
		return 0, store.ErrNoPositionIndex
	}
	return index.Slices(ctx)
}

// ByPosition implements [store.PositionIndex].
func (b *stuck) ByPosition(ctx context.Context, q store.PositionQuery) (store.CommitPage, error) {
	index, ok := b.Backend.(store.PositionIndex)
	if !ok {
		return store.CommitPage{}, store.ErrNoPositionIndex
	}
	if !q.From.IsZero() {
		return store.CommitPage{}, b.wait(ctx)
	}
	q.Limit = 1
	return index.ByPosition(ctx, q)
}

func (b *stuck) wait(ctx context.Context) error {
	b.underway.Add(1)
	defer b.underway.Add(-1)
	<-ctx.Done()
	const longEnough = 5 * time.Millisecond // to be seen by who doesn't wait
	time.Sleep(longEnough)
	return ctx.Err()
}
