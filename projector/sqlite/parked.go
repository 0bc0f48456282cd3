package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

const selectParked = `SELECT kind, id, seen, parked FROM items
	WHERE view = ? AND version = ? AND parked IS NOT NULL AND (kind, id) > (?, ?) ORDER BY kind, id LIMIT ?`

// ListParked implements [projector.Backend]. It reads the index of the marks; a page leads to the next by the kind and the
// id of its last item.
func (b *Backend) ListParked(ctx context.Context, view string, version int, page string, limit int) ([]projector.ParkedItem, string, error) {
	kind, id := -1, ""
	if page != "" {
		number, rest, ok := strings.Cut(page, "#")
		var err error
		if kind, err = strconv.Atoi(number); err != nil || !ok {
			return nil, "", fmt.Errorf("a list of parked keys has no page %q", page)
		}
		id = rest
	}
	var items []projector.ParkedItem
	err := b.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query(selectParked, view, version, kind, id, limit)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			item := projector.ParkedItem{ID: projector.ItemID{View: view, Version: version}}
			var seen int64
			var parked sql.NullString
			if err := rows.Scan(&item.ID.Kind, &item.ID.ID, &seen, &parked); err != nil {
				return err
			}
			item.Seen = store.Revision(seen)
			if err := fromJSON(parked, &item.Parked); err != nil || seen < 0 {
				return damaged(item.ID)
			}
			items = append(items, item)
		}
		return rows.Err()
	})
	if err != nil || len(items) < limit {
		return items, "", err
	}
	last := items[limit-1].ID
	return items, fmt.Sprintf("%d#%s", last.Kind, last.ID), nil
}
