package storetest

import (
	"context"
	"sync/atomic"

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
