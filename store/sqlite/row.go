package sqlite

import (
	"database/sql"
	"fmt"

	"github.com/aeon-es/aeon/store"
)

// row is where a commit's columns are scanned to. It is used for one row after another.
type row struct {
	sequence, committedAt    int64
	revision, count          int64
	key, position            string
	appendID, idempotencyKey string
	events                   []byte
	fields                   []any
	withEvents               bool
	types                    map[string]string
}

func newRow(rows *sql.Rows, key string) (*row, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	r := &row{key: key, types: map[string]string{}}
	for _, name := range columns {
		r.fields = append(r.fields, r.field(name))
	}
	return r, nil
}

// field is where a column is scanned to.
func (r *row) field(column string) any {
	switch column {
	case "sequence":
		return &r.sequence
	case "key":
		return &r.key
	case "revision":
		return &r.revision
	case "count":
		return &r.count
	case "position":
		return &r.position
	case "committedAt":
		return &r.committedAt
	case "appendId":
		return &r.appendID
	case "idempotencyKey":
		return &r.idempotencyKey
	case "events":
		r.withEvents = true
		return &r.events
	}
	return nil // Scan refuses it
}

// commit is the commit in the row. Events share the row's memory, which Scan makes anew for each.
func (r *row) commit() (store.Commit, error) {
	c := store.Commit{
		Key: r.key, Revision: store.Revision(r.revision), Count: int(r.count),
		CommittedAt: fromMillis(r.committedAt), AppendID: r.appendID, IdempotencyKey: r.idempotencyKey,
	}
	switch {
	case r.revision < 1:
		return c, r.damaged(fmt.Sprintf("revision is %d, not a whole number from 1 on: no append has made this row", r.revision))
	case r.count < 1:
		return c, r.damaged(fmt.Sprintf("count is %d", r.count))
	}
	var err error
	if c.Position, err = store.ParsePosition(r.position); err != nil {
		return c, r.damaged(err.Error())
	}
	if !r.withEvents {
		return c, nil
	}
	if c.Events, err = decodeEvents(r.events, int(r.count), r.types); err != nil {
		return c, r.damaged("events: " + err.Error())
	}
	if len(c.Events) != c.Count {
		return c, r.damaged(fmt.Sprintf("it has %d events and should have %d", len(c.Events), c.Count))
	}
	return c, nil
}

func (r *row) damaged(problem string) error {
	return &store.DamagedError{Item: fmt.Sprintf("commit %q @ %d", r.key, r.revision), Problem: problem}
}

// place names a commit in messages.
func place(key string, revision store.Revision) string {
	return fmt.Sprintf("commit %q @ %d", key, revision)
}
