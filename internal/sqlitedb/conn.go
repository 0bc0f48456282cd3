package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
)

// background is what statements run under: they are short, and interrupting one costs more than waiting for it.
var background = context.Background()

// conn is one connection with the statements prepared on it. It serves one goroutine at a time.
type conn struct {
	sql        *sql.Conn
	statements map[string]*sql.Stmt
}

func (db *DB) connect() (*conn, error) {
	c, err := db.pool.Conn(background)
	if err != nil {
		return nil, err
	}
	return &conn{sql: c, statements: map[string]*sql.Stmt{}}, nil
}

func (db *DB) connectReader() (*conn, error) {
	c, err := db.connect()
	if err != nil {
		return nil, err
	}
	if _, err := c.exec("PRAGMA query_only = 1"); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *conn) close() error {
	errs := make([]error, 0, len(c.statements)+1)
	for _, s := range c.statements {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.sql.Close())...)
}

// prepared is the statement for query. There are as many as there are query texts in the program: values are
// passed as arguments.
func (c *conn) prepared(query string) (*sql.Stmt, error) {
	if s := c.statements[query]; s != nil {
		return s, nil
	}
	s, err := c.sql.PrepareContext(background, query)
	if err != nil {
		return nil, err
	}
	c.statements[query] = s
	return s, nil
}

func (c *conn) exec(query string, args ...any) (sql.Result, error) {
	s, err := c.prepared(query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(background, args...)
}
