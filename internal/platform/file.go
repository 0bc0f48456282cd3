package platform

import (
	"context"
	"errors"

	"github.com/aeon-es/aeon/projector"
	projectorsqlite "github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// openFile puts the platform together on one database file, or in memory.
func openFile(ctx context.Context, o Options) (*Platform, error) {
	events, err := storesqlite.Open(o.DB)
	if err != nil {
		return nil, err
	}
	p := &Platform{Store: store.New(events, store.WithLogger(o.Log)), Close: events.Close}
	rows, err := projectorsqlite.New(ctx, events)
	if err == nil {
		p.Projector, err = projector.New(p.Store, rows, &projector.Options{Log: o.Log, Observer: o.Observer}, o.Views...)
	}
	if err != nil {
		return nil, errors.Join(err, events.Close())
	}
	p.Size = func(ctx context.Context) (Size, error) {
		keys, commits, err := events.Count(ctx)
		return Size{Keys: keys, Commits: commits}, err
	}
	p.Follow = func(ctx context.Context) error { return rows.Follow(ctx, p.Projector, o.Log) }
	p.CatchUp = func(ctx context.Context) error { return rows.CatchUp(ctx, p.Projector) }
	return p, nil
}
