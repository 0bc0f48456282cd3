package sqlite_test

import (
	"context"
	"io"
	"path/filepath"
	"testing"

	"github.com/aeon-es/aeon/internal/killed"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// followUntilKilled follows the commits in a file.
func followUntilKilled(path string, steps io.Writer) error {
	events, err := storesqlite.Open(path)
	if err != nil {
		return err
	}
	defer events.Close() //nolint:errcheck // it is killed before
	rows, err := sqlite.New(context.Background(), events)
	if err != nil {
		return err
	}
	p, err := projector.New(store.New(events), killed.Telling(rows, steps), nil, killed.Views()...)
	if err != nil {
		return err
	}
	return rows.Follow(context.Background(), p, nil)
}

// TestFollowersAreKilled has two processes at a time project from a file while events keep coming, each until it is killed.
func TestFollowersAreKilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "aeon.db")
	events, rows := openAt(t, path)
	d := killed.Delivery{Where: path, Store: store.New(events), Rows: rows, Processes: 2, Kills: long.Or(200, 12)}
	d.Run(t)
}
