package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/store"
)

// keysPage is how many keys a page holds.
const keysPage = 1000

// The index leads from key to key without touching the commits between.
const selectNextKey = "SELECT key FROM commits WHERE key > ? ORDER BY key LIMIT 1"

// Keys implements [store.Backend]. All keys are in the first segment, in order of their bytes; Next is the last one.
func (b *Backend) Keys(ctx context.Context, q store.KeyQuery) (store.KeyPage, error) {
	if q.Segment > 0 {
		return store.KeyPage{}, nil
	}
	var page store.KeyPage
	err := b.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		for key := q.After; len(page.Keys) < keysPage; page.Keys = append(page.Keys, key) {
			switch err := tx.QueryRow(selectNextKey, key).Scan(&key); {
			case errors.Is(err, sql.ErrNoRows):
				return nil
			case err != nil:
				return err
			}
		}
		page.Next = page.Keys[keysPage-1]
		return nil
	})
	if err != nil {
		return store.KeyPage{}, fmt.Errorf("list keys after %q: %w", q.After, err)
	}
	return page, nil
}
