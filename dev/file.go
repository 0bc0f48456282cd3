package dev

import (
	"cmp"
	"context"
	"errors"

	"github.com/aeon-es/aeon/projector"
	projectorsqlite "github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// openFile puts the platform together on one database file, or in memory.
func openFile(ctx context.Context, o Options) (*platform, error) {
	events, err := storesqlite.Open(cmp.Or(o.DB, DefaultDB))
	if err != nil {
		return nil, err
	}
	p := &platform{store: store.New(events, store.WithLogger(o.Log)), close: events.Close}
	rows, err := projectorsqlite.New(ctx, events)
	if err == nil {
		p.projector, err = projector.New(p.store, rows, &projector.Options{Log: o.Log}, o.Views...)
	}
	if err != nil {
		return nil, errors.Join(err, events.Close())
	}
	p.follow = func(ctx context.Context) error { return rows.Follow(ctx, p.projector, o.Log) }
	return p, nil
}
