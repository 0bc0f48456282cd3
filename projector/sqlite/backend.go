// Package sqlite keeps rows of views in the SQLite database that the events are in, and drives a projector from
// them. Rows are JSON text in the table "items": SQLite's JSON functions can query them.
package sqlite

import (
	"cmp"
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

var (
	_ projector.Backend   = (*Backend)(nil)
	_ projector.EachSaver = (*Backend)(nil)
)

var schema = sqlitedb.Schema{Name: "projector", Steps: []string{`
CREATE TABLE items (
	kind    INTEGER NOT NULL,
	view    TEXT NOT NULL,
	version INTEGER NOT NULL,
	id      TEXT NOT NULL,
	token   TEXT NOT NULL,
	seen    INTEGER NOT NULL,
	row     TEXT,
	parked  TEXT,
	PRIMARY KEY (kind, view, version, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
	name     TEXT PRIMARY KEY,
	sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`, `
ALTER TABLE items ADD COLUMN skips TEXT;

CREATE INDEX parked ON items (view, version, kind, id) WHERE parked IS NOT NULL;
`, `
ALTER TABLE items ADD COLUMN rank TEXT;
CREATE INDEX byRank ON items (view, version, rank, id) WHERE rank IS NOT NULL;
`}}

// New makes a backend in the database of events, creating its tables if they are missing. Closing events closes it.
func New(ctx context.Context, events *storesqlite.Backend) (*Backend, error) {
	b := &Backend{events: events, db: events.DB()}
	if err := b.db.Apply(ctx, schema); err != nil {
		return nil, err
	}
	return b, nil
}

// Load implements [projector.Backend]: one statement for all items of the same kind, version and view.
func (b *Backend) Load(ctx context.Context, ids ...projector.ItemID) ([]projector.Stored, error) {
	items := make([]projector.Stored, len(ids))
	err := b.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		for from := 0; from < len(ids); {
			to := from + 1
			for to < len(ids) && sameView(ids[from], ids[to]) {
				to++
			}
			if err := load(tx, ids[from:to], items[from:to]); err != nil {
				return err
			}
			from = to
		}
		return nil
	})
	return items, err
}

func sameView(a, b projector.ItemID) bool {
	return a.Kind == b.Kind && a.View == b.View && a.Version == b.Version
}

const (
	columns     = "id, token, seen, row, rank, parked, skips"
	selectItem  = "SELECT " + columns + " FROM items WHERE kind = ? AND view = ? AND version = ? AND id = ?"
	selectItems = "SELECT " + columns + " FROM items WHERE kind = ? AND view = ? AND version = ? AND id IN (SELECT value FROM json_each(?))"
)

// load reads the items of one kind, version and view.
func load(tx *sqlitedb.Tx, ids []projector.ItemID, items []projector.Stored) (err error) {
	if len(ids) == 1 {
		s, err := scan(tx.QueryRow(selectItem, int(ids[0].Kind), ids[0].View, ids[0].Version, ids[0].ID), &ids[0])
		if !errors.Is(err, sql.ErrNoRows) {
			items[0] = s
			return err
		}
		return nil
	}
	place := make(map[string]int, len(ids))
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i], place[id.ID] = id.ID, i
	}
	list, err := json.Marshal(names)
	if err != nil {
		return err
	}
	rows, err := tx.Query(selectItems, int(ids[0].Kind), ids[0].View, ids[0].Version, string(list))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		id := ids[0]
		s, err := scan(rows, &id)
		if err != nil {
			return err
		}
		items[place[id.ID]] = s
	}
	return rows.Err()
}

// scan reads the columns of an item of the view that id names.
func scan(r interface{ Scan(...any) error }, id *projector.ItemID) (projector.Stored, error) {
	var s projector.Stored
	var seen int64
	var row, rank, parked, skips sql.NullString
	err := r.Scan(&id.ID, &s.Token, &seen, &row, &rank, &parked, &skips)
	if err != nil {
		return projector.Stored{}, err
	}
	s.Seen, s.Rank = store.Revision(seen), rank.String
	if row.Valid {
		s.Row = json.RawMessage(row.String)
	}
	err = errors.Join(fromJSON(parked, &s.Parked), fromJSON(skips, &s.Skips))
	if err != nil || seen < 0 || s.Token == "" || row.Valid && !json.Valid(s.Row) {
		return projector.Stored{}, damaged(*id)
	}
	return s, nil
}

func damaged(id projector.ItemID) error {
	return &store.DamagedError{
		Item: fmt.Sprintf("item %q of view %q version %d", id.ID, id.View, id.Version), Problem: "a column can't be what it should",
	}
}

// toJSON is value as a column of JSON: NULL if it is not there.
func toJSON(value any, there bool) (sql.NullString, error) {
	if !there {
		return sql.NullString{}, nil
	}
	text, err := json.Marshal(value)
	return sql.NullString{String: string(text), Valid: true}, err
}

// fromJSON undoes toJSON.
func fromJSON(column sql.NullString, value any) error {
	if !column.Valid {
		return nil
	}
	return json.Unmarshal([]byte(column.String), value)
}

// Save implements [projector.Backend].
func (b *Backend) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	err := b.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		for _, w := range writes {
			if done, err := save(tx, w); err != nil || !done {
				return cmp.Or(err, errRefused)
			}
		}
		return nil
	})
	if errors.Is(err, errRefused) {
		return false, nil
	}
	return err == nil, err
}

// SaveEach implements [projector.EachSaver]: in one transaction.
func (b *Backend) SaveEach(ctx context.Context, writes ...projector.Write) ([]bool, error) {
	done := make([]bool, len(writes))
	err := b.db.Write(ctx, func(tx *sqlitedb.Tx) (err error) {
		for i, w := range writes {
			if done[i], err = save(tx, w); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}

// errRefused undoes the writes when one of them doesn't find its item as it expects.
var errRefused = errors.New("an item is not as expected")

const (
	insertItem = "INSERT INTO items (token, seen, row, rank, parked, skips, kind, view, version, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
	updateItem = "UPDATE items SET token = ?, seen = ?, row = ?, rank = ?, parked = ?, skips = ? WHERE kind = ? AND view = ? AND version = ? AND id = ? AND token = ?"
	deleteItem = "DELETE FROM items WHERE kind = ? AND view = ? AND version = ? AND id = ? AND token = ?"
)

// save does one write, or answers false because the item is not as it expects.
func save(tx *sqlitedb.Tx, w projector.Write) (bool, error) {
	parked, err := toJSON(w.Next.Parked, w.Next.Parked != nil)
	if err != nil {
		return false, err
	}
	skips, err := toJSON(w.Next.Skips, w.Next.Skips != nil)
	if err != nil {
		return false, err
	}
	row := sql.NullString{String: string(w.Next.Row), Valid: w.Next.Row != nil}
	rank := sql.NullString{String: w.Next.Rank, Valid: w.Next.Rank != ""}
	query, args := insertItem, []any{
		w.Next.Token, int64(w.Next.Seen), row, rank, parked, skips, int(w.ID.Kind), w.ID.View, w.ID.Version, w.ID.ID, w.Was,
	}
	switch {
	case w.Next.Token == "":
		query, args = deleteItem, args[6:]
	case w.Was != "":
		query = updateItem
	default:
		args = args[:10]
	}
	result, err := tx.Exec(query, args...)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// Ping implements [projector.Backend].
func (b *Backend) Ping(ctx context.Context) error {
	_, err := b.Load(ctx, projector.ItemID{View: "ping"})
	return err
}
