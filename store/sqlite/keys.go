package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/store"
)

// KeyHead is a key and its last revision.
type KeyHead struct {
	Key      string
	Revision store.Revision
}

// The index leads from key to key without touching the commits between.
const (
	selectNextKey = "SELECT key FROM commits WHERE key > ? ORDER BY key LIMIT 1"
	selectHead    = "SELECT revision + count - 1 FROM commits WHERE key = ? ORDER BY revision DESC LIMIT 1"
)

// Keys lists the keys that have events, in order of their bytes, those after the one given ("" for all), at most
// limit of them. Appends go on meanwhile: a key's revision is from the moment it was read.
func (b *Backend) Keys(ctx context.Context, after string, limit int) ([]KeyHead, error) {
	var keys []KeyHead
	err := b.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		for k := (KeyHead{Key: after}); len(keys) < limit; keys = append(keys, k) {
			err := tx.QueryRow(selectNextKey, k.Key).Scan(&k.Key)
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := tx.QueryRow(selectHead, k.Key).Scan(&k.Revision); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list keys after %q: %w", after, err)
	}
	return keys, nil
}
