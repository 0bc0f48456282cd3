package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/store"
)

// Conflicts of both kinds insert nothing: a commit at that revision, and a commit at that position.
const insertCommit = `INSERT INTO commits
	(key, revision, count, position, committedAt, appendId, idempotencyKey, events) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO NOTHING`

// errPositionTaken can only come of a clock and random numbers that repeat. Another try has another position.
var errPositionTaken = fmt.Errorf("%w: another commit has its position", store.ErrThrottled)

// Put implements [store.Backend].
func (b *Backend) Put(ctx context.Context, c *store.Commit, m *store.Marker) (*store.Refusal, error) {
	if c.Revision > math.MaxInt64 {
		return nil, fmt.Errorf("put %s: %w: the revision is too large", place(c.Key, c.Revision), store.ErrUnavailable)
	}
	p := put{commit: c, marker: m, now: b.now().UnixMilli(), events: appendEvents(nil, c.Events)}
	if err := b.db.Write(ctx, p.run); err != nil {
		return nil, fmt.Errorf("put %s: %w", place(c.Key, c.Revision), err)
	}
	if p.refusal != nil {
		return p.refusal, nil
	}
	b.news.tell()
	return nil, nil
}

// put is one Put under way.
type put struct {
	commit  *store.Commit
	marker  *store.Marker
	events  []byte
	now     int64
	refusal *store.Refusal
}

// run looks before it writes, so that a refusal has nothing to undo.
func (p *put) run(tx *sqlitedb.Tx) error {
	if p.marker == nil {
		return p.insert(tx)
	}
	found, err := findMarker(tx, p.marker.Key, p.marker.IdempotencyKey)
	if err != nil {
		return unreadable(err)
	}
	if found != nil {
		there, err := findCommit(tx, p.commit.Key, p.commit.Revision)
		p.refusal = &store.Refusal{Commit: there, Marker: found}
		return unreadable(err)
	}
	if err := p.insert(tx); err != nil || p.refusal != nil {
		return err
	}
	return insertMarker(tx, p.marker, p.now)
}

// insert stores the commit, or finds the one that stands in its place.
func (p *put) insert(tx *sqlitedb.Tx) error {
	c := p.commit
	result, err := tx.Exec(insertCommit, c.Key, int64(c.Revision), c.Count, c.Position.String(),
		c.CommittedAt.UnixMilli(), c.AppendID, c.IdempotencyKey, string(p.events))
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 1 {
		return err
	}
	there, err := findCommit(tx, c.Key, c.Revision)
	switch {
	case err != nil:
		return unreadable(err)
	case there == nil:
		return errPositionTaken
	}
	p.refusal = &store.Refusal{Commit: there}
	return nil
}

// unreadable marks a failure to read what stands in the way: nothing was stored, and won't be until that is mended.
func unreadable(err error) error {
	if err == nil || errors.Is(err, store.ErrThrottled) {
		return err
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}
