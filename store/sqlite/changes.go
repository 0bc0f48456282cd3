package sqlite

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/store"
)

// Change is a commit in the order in which commits were stored.
type Change struct {
	// Sequence grows from commit to commit, over all keys. Once a change has been seen none comes to stand below it.
	Sequence int64
	Commit   store.Commit
}

const selectChanges = "SELECT sequence, key, " + commitColumns + " FROM commits WHERE sequence > ? ORDER BY sequence LIMIT ?"

// Changes are the commits stored after the one with sequence after (0 for all), at most limit of them, fewer where
// they are large; none only where there are none.
func (b *Backend) Changes(ctx context.Context, after int64, limit int) ([]Change, error) {
	var changes []Change
	bytes := 0
	err := b.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return eachRow(tx, "", selectChanges, []any{after, limit}, func(r *row) (bool, error) {
			c, err := r.commit()
			changes = append(changes, Change{Sequence: r.sequence, Commit: c})
			bytes += len(r.events)
			return bytes < maxPage, err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read changes after %d: %w", after, err)
	}
	return changes, nil
}

// pollInterval is how soon WaitForChange notices what another process has appended.
const pollInterval = 250 * time.Millisecond

// WaitForChange returns when there is a change after the one with sequence after: at once when it was or is
// appended through this Backend, and within a quarter of a second when another process appended it.
func (b *Backend) WaitForChange(ctx context.Context, after int64) error {
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		told := b.news.listen() // before looking, so that nothing is missed between
		last, err := b.lastSequence(ctx)
		if err != nil || last > after {
			return err
		}
		select {
		case <-told:
		case <-poll.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *Backend) lastSequence(ctx context.Context) (last int64, err error) {
	err = b.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow("SELECT coalesce(max(sequence), 0) FROM commits").Scan(&last)
	})
	if err != nil {
		return 0, fmt.Errorf("read the last change: %w", err)
	}
	return last, nil
}

// news wakes whoever listens. The zero value is ready; it is safe for concurrent use.
type news struct {
	mu     sync.Mutex
	signal chan struct{} // nil while nobody listens
}

// listen gives a channel that is closed when tell is called next.
func (n *news) listen() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.signal == nil {
		n.signal = make(chan struct{})
	}
	return n.signal
}

func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.signal != nil {
		close(n.signal)
		n.signal = nil
	}
}
