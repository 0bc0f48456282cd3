// Package sqlite keeps rows of views in the SQLite database that the events are in, and drives a projector from
// them. Rows are JSON text in the table "rows": SQLite's JSON functions can query them.
package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// Backend is a [projector.Backend] on SQLite. Make it with [New]; safe for concurrent use.
type Backend struct {
	events *storesqlite.Backend
	db     *sqlitedb.DB
}

var _ projector.Backend = (*Backend)(nil)

var schema = sqlitedb.Schema{Name: "projector", Steps: []string{`
CREATE TABLE rows (
	view    TEXT NOT NULL,
	version INTEGER NOT NULL,
	id      TEXT NOT NULL,
	seen    INTEGER NOT NULL,
	row     TEXT,
	PRIMARY KEY (view, version, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
	name     TEXT PRIMARY KEY,
	sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`}}

// New makes a backend in the database of events, creating its tables if they are missing. Closing events closes it.
func New(ctx context.Context, events *storesqlite.Backend) (*Backend, error) {
	b := &Backend{events: events, db: events.DB()}
	if err := b.db.Apply(ctx, schema); err != nil {
		return nil, err
	}
	return b, nil
}

// Load implements [projector.Backend].
func (b *Backend) Load(ctx context.Context, id projector.RowID) (s projector.Stored, err error) {
	err = b.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		s, err = load(tx, id)
		return err
	})
	return s, err
}

func load(tx *sqlitedb.Tx, id projector.RowID) (projector.Stored, error) {
	var seen int64
	var row sql.NullString
	err := tx.QueryRow("SELECT seen, row FROM rows WHERE view = ? AND version = ? AND id = ?", id.View, id.Version, id.ID).Scan(&seen, &row)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return projector.Stored{}, nil
	case err != nil:
		return projector.Stored{}, err
	case seen <= 0, row.Valid && !json.Valid([]byte(row.String)):
		return projector.Stored{}, &store.DamagedError{
			Item: fmt.Sprintf("row %q of view %q version %d", id.ID, id.View, id.Version), Problem: "its revision or its JSON can't be",
		}
	}
	s := projector.Stored{Seen: store.Revision(seen)}
	if row.Valid {
		s.Row = json.RawMessage(row.String)
	}
	return s, nil
}

const (
	insertRow = "INSERT INTO rows (seen, row, view, version, id) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
	updateRow = "UPDATE rows SET seen = ?, row = ? WHERE view = ? AND version = ? AND id = ? AND seen = ?"
)

// Save implements [projector.Backend].
func (b *Backend) Save(ctx context.Context, id projector.RowID, seen store.Revision, next projector.Stored) (instead *projector.Stored, err error) {
	query, args := insertRow, []any{int64(next.Seen), nullable(next.Row), id.View, id.Version, id.ID}
	if seen > 0 {
		query, args = updateRow, append(args, int64(seen))
	}
	err = b.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		result, err := tx.Exec(query, args...)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 1 {
			return err
		}
		there, err := load(tx, id)
		instead = &there
		return err
	})
	if err != nil {
		return nil, err
	}
	return instead, nil
}

func nullable(row json.RawMessage) sql.NullString {
	return sql.NullString{String: string(row), Valid: row != nil}
}

// Ping implements [projector.Backend].
func (b *Backend) Ping(ctx context.Context) error {
	_, err := b.Load(ctx, projector.RowID{View: "ping"})
	return err
}
