package sqlitedb

import (
	"database/sql"
	"errors"
)

// Tx runs the statements of one [DB.Write] or [DB.Read]. It is of no use after that, and serves one
// goroutine. Query texts are prepared once and kept: pass values as arguments.
type Tx struct {
	conn     *conn
	readOnly bool
	// shared says that the transaction holds writes of others already, so that this one needs a savepoint.
	shared bool
	saved  bool // the savepoint is set
	wrote  bool
}

var errReadOnly = errors.New("sqlitedb: a Read can't write")

// Exec runs a statement that writes. Where it fails, the op has to fail.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	if err := tx.willWrite(); err != nil {
		return nil, err
	}
	return tx.conn.exec(query, args...)
}

// willWrite makes sure that what is written from now on can be undone without undoing what others wrote.
func (tx *Tx) willWrite() error {
	if tx.readOnly {
		return errReadOnly
	}
	if tx.shared && !tx.saved {
		if _, err := tx.conn.exec("SAVEPOINT op"); err != nil {
			return err
		}
		tx.saved = true
	}
	tx.wrote = true
	return nil
}

// Query runs a statement that reads; one that writes belongs into Exec. Close its rows before the next statement.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	s, err := tx.conn.prepared(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(background, args...)
}

// QueryRow runs a statement that reads one row; scanning it answers [sql.ErrNoRows] if there is none.
func (tx *Tx) QueryRow(query string, args ...any) *sql.Row {
	s, err := tx.conn.prepared(query)
	if err != nil {
		return tx.conn.sql.QueryRowContext(background, query, args...) // fails likewise, and carries the error
	}
	return s.QueryRowContext(background, args...)
}
