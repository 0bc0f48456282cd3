package sqlite

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

const (
	selectUnranked = "SELECT " + columns + " FROM items WHERE kind = 0 AND view = ? AND version = ? AND row IS NOT NULL AND id > ? ORDER BY id LIMIT ?"
	selectRanked   = "SELECT " + columns + " FROM items WHERE view = ? AND version = ? AND rank IS NOT NULL"
	selectFirst    = selectRanked + " ORDER BY rank, id LIMIT ?"
	selectLast     = selectRanked + " ORDER BY rank DESC, id DESC LIMIT ?"
	selectFollow   = selectRanked + " AND (rank, id) > (?, ?) ORDER BY rank, id LIMIT ?"
	selectPrevious = selectRanked + " AND (rank, id) < (?, ?) ORDER BY rank DESC, id DESC LIMIT ?"
)

// List implements [projector.Backend]. A place is the rank, U+0000 and the id; where the order is of no account, that of the ids,
// it is the id.
func (b *Backend) List(ctx context.Context, q projector.ListQuery) (page projector.ListPage, err error) {
	query, args, err := listQuery(q)
	if err != nil {
		return projector.ListPage{}, err
	}
	err = b.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		page, err = list(tx, q, query, args)
		return err
	})
	return page, err
}

// listQuery is q in SQL. It asks for one row more than the page may hold, to see whether there is one.
func listQuery(q projector.ListQuery) (query string, args []any, err error) {
	args = []any{q.View, q.Version}
	rank, id, ranked := strings.Cut(q.After, "\x00")
	switch {
	case q.After != "" && (ranked != q.Ranked || !utf8.ValidString(q.After)):
		return "", nil, &store.InvalidError{Field: "after", Problem: "is no place in a list"}
	case !q.Ranked:
		query, args = selectUnranked, append(args, q.After)
	case q.After == "" && q.Backward:
		query = selectLast
	case q.After == "":
		query = selectFirst
	case q.Backward:
		query, args = selectPrevious, append(args, rank, id)
	default:
		query, args = selectFollow, append(args, rank, id)
	}
	return query, append(args, q.Limit+1), nil
}

func list(tx *sqlitedb.Tx, q projector.ListQuery, query string, args []any) (page projector.ListPage, err error) {
	found, err := tx.Query(query, args...)
	if err != nil {
		return page, err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	for size := 0; found.Next(); {
		if len(page.Rows) == q.Limit || size >= projector.MaxListPage {
			page.Next = page.Rows[len(page.Rows)-1].Place
			return page, nil
		}
		id := projector.ItemID{View: q.View, Version: q.Version}
		stored, err := scan(found, &id)
		if err != nil {
			return page, err
		}
		row := projector.ListedRow{ID: id.ID, Stored: stored, Place: id.ID}
		if q.Ranked {
			row.Place = stored.Rank + "\x00" + id.ID
		}
		size += len(stored.Row)
		page.Rows = append(page.Rows, row)
	}
	return page, found.Err()
}
