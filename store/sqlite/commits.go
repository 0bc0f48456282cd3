package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/store"
)

// The columns of a commit, but for its key, where that is known: each text that is read is memory of its own.
const (
	placeColumns  = "revision, count, position, committedAt, appendId, idempotencyKey"
	commitColumns = placeColumns + ", events"
)

const (
	selectForward       = "SELECT " + commitColumns + " FROM commits WHERE key = ? AND revision BETWEEN ? AND ? ORDER BY revision LIMIT ?"
	selectBackward      = "SELECT " + commitColumns + " FROM commits WHERE key = ? AND revision BETWEEN ? AND ? ORDER BY revision DESC LIMIT ?"
	selectPlaceForward  = "SELECT " + placeColumns + " FROM commits WHERE key = ? AND revision BETWEEN ? AND ? ORDER BY revision LIMIT ?"
	selectPlaceBackward = "SELECT " + placeColumns + " FROM commits WHERE key = ? AND revision BETWEEN ? AND ? ORDER BY revision DESC LIMIT ?"
	selectPlace         = "SELECT " + placeColumns + " FROM commits WHERE key = ? AND revision = ?"
	selectByPosition    = "SELECT key, " + commitColumns + " FROM commits WHERE position BETWEEN ? AND ? ORDER BY position LIMIT ?"
	selectByPositionEnd = "SELECT key, " + commitColumns + " FROM commits WHERE position BETWEEN ? AND ? ORDER BY position DESC LIMIT ?"
)

// statements by backward and withoutEvents.
var statements = map[[2]bool]string{
	{false, false}: selectForward, {true, false}: selectBackward,
	{false, true}: selectPlaceForward, {true, true}: selectPlaceBackward,
}

// Commits implements [store.Backend]. A page ends after about 256 KB of events.
func (b *Backend) Commits(ctx context.Context, q store.CommitQuery) (store.CommitPage, error) {
	from, to := clamp(max(1, q.From)), clamp(q.To) // nothing below the first revision can be a commit
	if q.To == 0 {
		to = math.MaxInt64
	}
	page, err := b.page(ctx, q.Key, q.Limit, statements[[2]bool{q.Backward, q.WithoutEvents}], q.Key, from, to)
	if err != nil {
		return store.CommitPage{}, fmt.Errorf("read commits of key %q: %w", q.Key, err)
	}
	return page, nil
}

// Slices implements [store.PositionIndex]: there is one.
func (b *Backend) Slices(context.Context) (int, error) { return 1, nil }

// lastPosition sorts behind all positions.
const lastPosition = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"

// ByPosition implements [store.PositionIndex]. It never lags.
func (b *Backend) ByPosition(ctx context.Context, q store.PositionQuery) (store.CommitPage, error) {
	statement, to := selectByPosition, lastPosition
	if q.Backward {
		statement = selectByPositionEnd
	}
	if !q.To.IsZero() {
		to = q.To.String()
	}
	page, err := b.page(ctx, "", q.Limit, statement, q.From.String(), to)
	if err != nil {
		return store.CommitPage{}, fmt.Errorf("read commits by position: %w", err)
	}
	return page, nil
}

// maxPage is how many bytes of events a page holds before it ends.
const maxPage = 256 << 10

// page reads the rows of a statement whose last parameter is the limit: of the key, where all are of one.
func (b *Backend) page(ctx context.Context, key string, limit int, statement string, args ...any) (page store.CommitPage, err error) {
	if limit <= 0 {
		limit = math.MaxInt32
	}
	bytes := 0
	err = b.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return eachRow(tx, key, statement, append(args, limit), func(r *row) (bool, error) {
			if bytes >= maxPage {
				page.More = true
				return false, nil
			}
			c, err := r.commit()
			if err != nil {
				return false, err
			}
			bytes += len(r.events)
			page.Commits = append(page.Commits, c)
			return true, nil
		})
	})
	page.More = page.More || len(page.Commits) == limit
	return page, err
}

// findCommit is the commit that starts at a revision, without its events; nil if there is none.
func findCommit(tx *sqlitedb.Tx, key string, revision store.Revision) (found *store.Commit, err error) {
	err = eachRow(tx, key, selectPlace, []any{key, clamp(revision)}, func(r *row) (bool, error) {
		c, err := r.commit()
		found = &c
		return false, err
	})
	return found, err
}

// clamp keeps a revision within what SQLite can compare; none is stored beyond.
func clamp(r store.Revision) int64 { return int64(min(r, math.MaxInt64)) }

// eachRow calls visit with each row until it says false. The rows are of the key, unless they have a column that says so.
func eachRow(tx *sqlitedb.Tx, key, statement string, args []any, visit func(*row) (bool, error)) (err error) {
	rows, err := tx.Query(statement, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	r, err := newRow(rows, key)
	if err != nil {
		return err
	}
	for goOn := true; goOn && rows.Next(); {
		if err := rows.Scan(r.fields...); err != nil {
			return err
		}
		if goOn, err = visit(r); err != nil {
			return err
		}
	}
	return rows.Err()
}
