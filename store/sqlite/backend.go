package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/store"
)

// Memory as a path keeps everything in memory, until the backend is closed.
const Memory = sqlitedb.Memory

// Backend implements [store.Backend], [store.PositionIndex] and [store.SnapshotBackend]. It is safe for concurrent use.
type Backend struct {
	db   *sqlitedb.DB
	now  func() time.Time // for expiry only
	news news
}

var (
	_ store.Backend         = (*Backend)(nil)
	_ store.PositionIndex   = (*Backend)(nil)
	_ store.SnapshotBackend = (*Backend)(nil)
)

// Open opens the database in the file at path, or a new one in memory if path is [Memory]. It creates what
// isn't there yet. Errors match [store.ErrThrottled] where other processes kept the file busy, and
// [store.ErrUnavailable] where it can't be opened, isn't Aeon's, or was written by a newer version.
func Open(path string) (*Backend, error) {
	db, err := sqlitedb.Open(path)
	if err != nil {
		return nil, err
	}
	if err := db.Apply(context.Background(), schema); err != nil {
		_ = db.Close() // the first error says more
		return nil, fmt.Errorf("open database %q: %w", path, err)
	}
	return &Backend{db: db, now: time.Now}, nil
}

// Close waits for what is under way and closes the database; other methods then answer [store.ErrUnavailable].
func (b *Backend) Close() error { return b.db.Close() }

// DB is the database, for what else is to be kept in it. Closing the backend closes it.
func (b *Backend) DB() *sqlitedb.DB { return b.db }

// Ping implements [store.Backend].
func (b *Backend) Ping(ctx context.Context) error {
	_, err := b.lastSequence(ctx)
	return err
}

// schema is the tables. STRICT makes SQLite hold columns to their types.
var schema = sqlitedb.Schema{Name: "store", Steps: []string{`
CREATE TABLE commits (
	sequence       INTEGER PRIMARY KEY,
	key            TEXT NOT NULL,
	revision       INTEGER NOT NULL,
	count          INTEGER NOT NULL,
	position       TEXT NOT NULL,
	committedAt    INTEGER NOT NULL,
	appendId       TEXT NOT NULL,
	idempotencyKey TEXT NOT NULL,
	events         TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX byKey ON commits (key, revision);
CREATE UNIQUE INDEX byPosition ON commits (position);

CREATE TABLE markers (
	key            TEXT NOT NULL,
	idempotencyKey TEXT NOT NULL,
	revision       INTEGER NOT NULL,
	count          INTEGER NOT NULL,
	position       TEXT NOT NULL,
	committedAt    INTEGER NOT NULL,
	appendId       TEXT NOT NULL,
	fingerprint    TEXT NOT NULL,
	expires        INTEGER
) STRICT;
CREATE UNIQUE INDEX byIdempotencyKey ON markers (key, idempotencyKey);
CREATE INDEX byExpiry ON markers (expires) WHERE expires IS NOT NULL;

CREATE TABLE snapshots (
	key      TEXT NOT NULL,
	name     TEXT NOT NULL,
	schema   INTEGER NOT NULL,
	revision INTEGER NOT NULL,
	state    TEXT NOT NULL,
	PRIMARY KEY (key, name)
) STRICT, WITHOUT ROWID;
`}}
