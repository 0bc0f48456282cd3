package sqlitedb

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/aeon-es/aeon/store"
)

// classify puts a failure of SQLite, after which nothing is written, into the store's words.
func classify(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) || errors.Is(err, store.ErrThrottled) || errors.Is(err, store.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", class(e), err)
}

// class is whether trying again can help.
func class(e *sqlite.Error) error {
	switch primary(e) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return store.ErrThrottled
	default:
		return store.ErrUnavailable
	}
}

// classifyCommit does the same for a failed commit. An I/O error may have come after the write was as good as
// done: the outcome stays open.
func classifyCommit(err error) error {
	var e *sqlite.Error
	if errors.As(err, &e) && primary(e) == sqlite3.SQLITE_IOERR {
		return fmt.Errorf("commit: %w", err)
	}
	return classify(err)
}

// primary is the kind of the error, without the detail in the higher bits.
func primary(e *sqlite.Error) int { return e.Code() & 0xff }

// withdrawn says that a write was given up before it began.
func withdrawn(cause error) error {
	return fmt.Errorf("%w: given up while waiting to write: %w", store.ErrThrottled, cause)
}
