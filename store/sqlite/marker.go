package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/store"
)

const selectMarker = `SELECT revision, count, position, committedAt, appendId, fingerprint, expires
	FROM markers WHERE key = ? AND idempotencyKey = ?`

const saveMarker = `INSERT INTO markers
	(key, idempotencyKey, revision, count, position, committedAt, appendId, fingerprint, expires)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

// Each new marker takes two expired ones away: there are never more of them for long than there are others. Expired by
// the machine's clock and by that of the store, should they disagree: rather too late than too early.
const expireMarkers = `DELETE FROM markers WHERE rowid IN
	(SELECT rowid FROM markers WHERE expires <= ? ORDER BY expires LIMIT 2)`

// Marker implements [store.Backend].
func (b *Backend) Marker(ctx context.Context, key, idempotencyKey string) (m *store.Marker, err error) {
	err = b.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		m, err = findMarker(tx, key, idempotencyKey)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the marker of idempotency key %q in key %q: %w", idempotencyKey, key, err)
	}
	return m, nil
}

// findMarker is nil where there is none.
func findMarker(tx *sqlitedb.Tx, key, idempotencyKey string) (*store.Marker, error) {
	m := &store.Marker{Key: key, IdempotencyKey: idempotencyKey}
	var position string
	var revision, count, committedAt int64
	var expires sql.NullInt64
	err := tx.QueryRow(selectMarker, key, idempotencyKey).
		Scan(&revision, &count, &position, &committedAt, &m.AppendID, &m.Fingerprint, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	damaged := func(problem string) error {
		return &store.DamagedError{Item: fmt.Sprintf("marker of idempotency key %q in key %q", idempotencyKey, key), Problem: problem}
	}
	if revision < 1 || count < 1 {
		return nil, damaged(fmt.Sprintf("it is of %d events from revision %d on", count, revision))
	}
	m.Revision, m.Count = store.Revision(revision), int(count)
	if m.Position, err = store.ParsePosition(position); err != nil {
		return nil, damaged(err.Error())
	}
	m.CommittedAt = fromMillis(committedAt)
	if expires.Valid {
		m.Expires = fromMillis(expires.Int64)
	}
	return m, nil
}

func insertMarker(tx *sqlitedb.Tx, m *store.Marker, now int64) error {
	var expires sql.NullInt64
	if !m.Expires.IsZero() {
		expires = sql.NullInt64{Int64: m.Expires.UnixMilli(), Valid: true}
	}
	_, err := tx.Exec(saveMarker, m.Key, m.IdempotencyKey, int64(m.Revision), m.Count, m.Position.String(),
		m.CommittedAt.UnixMilli(), m.AppendID, m.Fingerprint, expires)
	if err != nil {
		return err
	}
	_, err = tx.Exec(expireMarkers, min(now, m.CommittedAt.UnixMilli()))
	return err
}

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
