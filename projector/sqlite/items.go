package sqlite

import (
	"context"
	"errors"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/projector"
)

// itemsPage is how many items a page holds.
const itemsPage = 1000

const (
	selectRows = "SELECT kind, id FROM items WHERE kind = 0 AND view = ? AND version = ? AND id > ? ORDER BY id LIMIT ?"
	selectSeen = "SELECT kind, id FROM items WHERE kind = 1 AND view = ? AND version = ? AND id > ? ORDER BY id LIMIT ?"
)

// Items implements [projector.Backend]: first the rows, then the seen revisions. Next says in its first character which of
// the two, and then the last id.
func (b *Backend) Items(ctx context.Context, q projector.ItemQuery) (page projector.ItemPage, err error) {
	query, kind, after := selectRows, "r", ""
	if q.After != "" {
		kind, after = q.After[:1], q.After[1:]
	}
	if kind == "s" {
		query = selectSeen
	}
	err = b.db.Read(ctx, func(tx *sqlitedb.Tx) (err error) {
		rows, err := tx.Query(query, q.View, q.Version, after, itemsPage)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			id := projector.ItemID{View: q.View, Version: q.Version}
			if err := rows.Scan(&id.Kind, &id.ID); err != nil {
				return err
			}
			page.IDs = append(page.IDs, id)
		}
		return rows.Err()
	})
	switch {
	case err != nil:
		return projector.ItemPage{}, err
	case len(page.IDs) == itemsPage:
		page.Next = kind + page.IDs[itemsPage-1].ID
	case kind == "r":
		page.Next = "s"
	}
	return page, nil
}
