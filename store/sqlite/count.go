package sqlite

import (
	"context"
	"fmt"

	"github.com/aeon-es/aeon/internal/sqlitedb"
)

// Count is how many keys there are, and how many commits they have together. It looks at each commit's place in the index.
func (b *Backend) Count(ctx context.Context) (keys, commits int, err error) {
	err = b.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow("SELECT count(DISTINCT key), count(*) FROM commits").Scan(&keys, &commits)
	})
	if err != nil {
		return 0, 0, fmt.Errorf("count the commits: %w", err)
	}
	return keys, commits, nil
}
