package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/store"
)

// Snapshot implements [store.SnapshotBackend].
func (b *Backend) Snapshot(ctx context.Context, key, name string) (*store.Snapshot, error) {
	var schema, revision int64
	var state string
	err := b.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow("SELECT schema, revision, state FROM snapshots WHERE key = ? AND name = ?", key, name).
			Scan(&schema, &revision, &state)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read snapshot %q of key %q: %w", name, key, err)
	}
	if schema < 0 || revision < 0 {
		return nil, &store.DamagedError{
			Item: fmt.Sprintf("snapshot %q of key %q", name, key), Problem: fmt.Sprintf("it has schema %d and revision %d", schema, revision),
		}
	}
	return &store.Snapshot{Key: key, Name: name, Schema: int(schema), Revision: store.Revision(revision), State: json.RawMessage(state)}, nil
}

const upsertSnapshot = `INSERT INTO snapshots (key, name, schema, revision, state) VALUES (?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET schema = excluded.schema, revision = excluded.revision, state = excluded.state
	WHERE (schema, revision) < (excluded.schema, excluded.revision)`

// PutSnapshot implements [store.SnapshotBackend].
func (b *Backend) PutSnapshot(ctx context.Context, s *store.Snapshot) error {
	err := b.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(upsertSnapshot, s.Key, s.Name, s.Schema, int64(s.Revision), string(s.State))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep snapshot %q of key %q: %w", s.Name, s.Key, err)
	}
	return nil
}
