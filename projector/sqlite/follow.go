package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/projector"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// How many commits are taken at once, and how long to wait before trying again what failed: twice as long
// each time, up to the longest.
const (
	batch        = 1000
	retryFirst   = 100 * time.Millisecond
	retryLongest = 5 * time.Second
)

// Follow rings p for every commit in the order in which they were stored, until ctx ends, and then returns nil. It keeps a
// checkpoint in the database, so that it goes on where it stopped; for views that it hasn't followed with before
// it begins at the first commit, and what a view has seen already is not applied again. What fails is logged and
// tried again: a commit is passed only when every view has it. A nil log is [slog.Default].
func (b *Backend) Follow(ctx context.Context, p *projector.Projector, log *slog.Logger) error {
	if log == nil {
		log = slog.Default()
	}
	f := follower{backend: b, projector: p, name: strings.Join(p.Versions(), " ")}
	for retry := retryFirst; ctx.Err() == nil; {
		err := f.step(ctx)
		switch {
		case err == nil:
			retry = retryFirst
			continue
		case ctx.Err() != nil:
			return nil //nolint:nilerr // what failed, failed because it is to stop
		}
		log.Error("views can't be brought up to date, trying again", "error", err, "in", retry.String())
		select {
		case <-time.After(retry):
		case <-ctx.Done():
		}
		retry = min(2*retry, retryLongest)
	}
	return nil
}

// CatchUp rings p for every commit that there is now, from the checkpoint on that Follow goes by, too. It ends at the first
// thing that fails.
func (b *Backend) CatchUp(ctx context.Context, p *projector.Projector) error {
	f := follower{backend: b, projector: p, name: strings.Join(p.Versions(), " ")}
	for {
		if more, err := f.advance(ctx); err != nil || !more {
			return err
		}
	}
}

// follower is one Follow under way.
type follower struct {
	backend   *Backend
	projector *projector.Projector
	name      string // of the checkpoint: the views that are followed with, and their versions
	loaded    bool
	sequence  int64 // the last one that is done with
}

// step waits for commits and delivers one batch of them.
func (f *follower) step(ctx context.Context) error {
	if err := f.load(ctx); err != nil {
		return err
	}
	if err := f.backend.events.WaitForChange(ctx, f.sequence); err != nil {
		return err
	}
	_, err := f.advance(ctx)
	return err
}

// advance delivers one batch of commits, if there are any. more says that there were.
func (f *follower) advance(ctx context.Context) (more bool, err error) {
	if err := f.load(ctx); err != nil {
		return false, err
	}
	changes, err := f.backend.events.Changes(ctx, f.sequence, batch)
	if err != nil || len(changes) == 0 {
		return false, err
	}
	var backlog *projector.BacklogError
	failure := f.projector.Ring(ctx, doorbells(changes))
	if errors.As(failure, &backlog) {
		changes = changes[:backlog.First]
	}
	if len(changes) > 0 {
		if err := f.save(ctx, changes[len(changes)-1].Sequence); err != nil {
			return false, err
		}
	}
	return true, failure
}

func doorbells(changes []storesqlite.Change) []projector.Doorbell {
	bells := make([]projector.Doorbell, len(changes))
	for i := range changes {
		c := &changes[i].Commit
		bells[i] = projector.Doorbell{Key: c.Key, Revision: c.Last(), Commit: c}
	}
	return bells
}

// load reads the checkpoint, the first time.
func (f *follower) load(ctx context.Context) error {
	if f.loaded {
		return nil
	}
	err := f.backend.db.Read(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow("SELECT sequence FROM checkpoints WHERE name = ?", f.name).Scan(&f.sequence)
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	f.loaded = true
	return nil
}

func (f *follower) save(ctx context.Context, sequence int64) error {
	err := f.backend.db.Write(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("INSERT INTO checkpoints (name, sequence) VALUES (?, ?) ON CONFLICT DO UPDATE SET sequence = excluded.sequence",
			f.name, sequence)
		return err
	})
	if err == nil {
		f.sequence = sequence
	}
	return err
}
