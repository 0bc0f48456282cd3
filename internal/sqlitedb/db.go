package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"sync"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/aeon-es/aeon/store"
)

// Memory as a path opens a new database in memory, which is gone once it is closed.
const Memory = ":memory:"

// DB is an open database. It is safe for concurrent use.
type DB struct {
	pool   *sql.DB
	memory bool

	queue   queue
	writing sync.Mutex // held around what uses writer
	writer  *conn
	done    chan struct{} // closed when the writer's goroutine has ended

	readers chan *conn // a place for each reader; nil: not connected yet
	closing chan struct{}
	once    sync.Once
	closed  error
}

// errClosed answers whoever comes after Close.
var errClosed = fmt.Errorf("%w: the database is closed", store.ErrUnavailable)

// Open opens the database in the file at path, creating it if there is none; [Memory] opens one in memory. A file
// that is a SQLite database but not one of Aeon's is refused. Errors match [store.ErrThrottled] where other
// processes kept the file busy, and [store.ErrUnavailable] otherwise.
func Open(path string) (*DB, error) {
	if path == "" {
		return nil, fmt.Errorf("open database: %w: the path is empty", store.ErrUnavailable)
	}
	pool, err := sql.Open("sqlite", source(path))
	if err != nil {
		return nil, fmt.Errorf("open database %q: %w", path, err)
	}
	db := &DB{
		pool: pool, memory: path == Memory,
		done:    make(chan struct{}),
		readers: make(chan *conn, max(4, runtime.GOMAXPROCS(0))),
		closing: make(chan struct{}),
	}
	db.queue.init()
	if db.writer, err = db.connect(); err != nil {
		return nil, fmt.Errorf("open database %q: %w", path, errors.Join(classify(err), pool.Close()))
	}
	for range cap(db.readers) {
		db.readers <- nil
	}
	go db.write()
	if err := db.claim(); err != nil {
		return nil, fmt.Errorf("open database %q: %w", path, errors.Join(err, db.Close()))
	}
	return db, nil
}

const (
	// busyTimeout is how many milliseconds a connection waits for other processes to finish writing.
	busyTimeout = 2000
	// checkpointPages is how many pages the log holds before they are moved to the file proper. Four times SQLite's
	// default: a page that is written again meanwhile is moved once, which makes appends a sixth faster.
	checkpointPages = 4000
)

// source is what the driver calls a data source name.
func source(path string) string {
	settings := fmt.Sprintf("?_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"+
		"&_pragma=wal_autocheckpoint(%d)", busyTimeout, checkpointPages)
	if path == Memory {
		return path + settings
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + settings
}

// Close waits for the writes and reads under way, refuses those that come later, and closes the
// database. Closing again does nothing.
func (db *DB) Close() error {
	db.once.Do(func() {
		close(db.closing)
		db.queue.close()
		<-db.done
		errs := []error{db.writer.close()}
		for range cap(db.readers) {
			if c := <-db.readers; c != nil {
				errs = append(errs, c.close())
			}
		}
		db.closed = errors.Join(append(errs, db.pool.Close())...)
	})
	return db.closed
}

// Write runs op in a transaction. It is done whole, and has been when Write returns nil; or not at all, when op or
// Write returns an error. The one exception is an I/O error while committing: an error that matches neither
// [store.ErrThrottled] nor [store.ErrUnavailable] and isn't op's own leaves the outcome open.
//
// A context cancelled while op waits for its turn withdraws it: the error matches the context's and
// [store.ErrThrottled]. Once op has begun the context no longer matters, and Write waits for its end. op must be quick
// and must not use the DB but through its [Tx]: every other writer waits meanwhile.
func (db *DB) Write(ctx context.Context, op func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return withdrawn(err)
	}
	w := &write{op: op, done: make(chan error, 1)}
	if !db.queue.add(w) {
		return errClosed
	}
	select {
	case err := <-w.done:
		return orPanic(err)
	case <-ctx.Done():
		if db.queue.withdraw(w) {
			return withdrawn(ctx.Err())
		}
		return orPanic(<-w.done)
	}
}

// Read runs op on a connection that can't write. Each of op's statements sees everything that was committed before
// it began; two statements may see different states. In memory, op must not call Write or Read.
func (db *DB) Read(ctx context.Context, op func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case c := <-db.readers:
		defer func() { db.readers <- c }()
		return db.readOn(&c, op)
	case <-db.closing:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// readOn runs op on the reader at c, which it connects if that hasn't been done, or on the one connection
// that there is.
func (db *DB) readOn(c **conn, op func(*Tx) error) error {
	select {
	case <-db.closing:
		return errClosed
	default:
	}
	if db.memory {
		db.writing.Lock()
		defer db.writing.Unlock()
		return classify(op(&Tx{conn: db.writer, readOnly: true}))
	}
	if *c == nil {
		reader, err := db.connectReader()
		if err != nil {
			return classify(err)
		}
		*c = reader
	}
	return classify(op(&Tx{conn: *c, readOnly: true}))
}
