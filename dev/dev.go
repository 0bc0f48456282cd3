// Package dev runs the whole platform in one process: the HTTP API, the store, the projector that keeps the
// views, and a dashboard to look at all of it, on a database file or on DynamoDB. It is what "aeon dev" runs with the default application's views, and what an
// application of one's own runs with its own.
package dev

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/api"
	"github.com/aeon-es/aeon/dev/internal/dashboard"
	"github.com/aeon-es/aeon/internal/platform"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Options say what to run, and on what.
type Options struct {
	// Listen is the address to serve on; empty means [DefaultListen]. The dashboard, at "/" or, beside a Handler, at
	// "/dev/", is served on loopback addresses only.
	Listen string
	// DB is the database file, made if missing, or ":memory:"; empty means [DefaultDB]. Not with DynamoDB.
	DB string
	// DynamoDB runs on the tables of that account or endpoint instead, creating those that are missing.
	DynamoDB *aws.Config
	// Tables are the names of those tables; empty ones mean the usual names.
	Tables Tables
	// Views are the application's views. One whose version was raised is rebuilt, while the rest is at work.
	Views []projector.Definition
	// Commands, if not nil, makes the handler of the application's own requests, which are those to paths below [CommandsPath]: they
	// decide on events, and append them to the store.
	Commands func(*store.Store) http.Handler
	// Handler, if not nil, makes the handler of all other requests that are not the HTTP API's: an application's own paths and pages, as
	// [functions.HTTP] serves them on AWS.
	//
	// [functions.HTTP]: https://pkg.go.dev/github.com/aeon-es/aeon/functions#HTTP
	Handler func(*store.Store, *projector.Projector) http.Handler
	// AllowedOrigins are those of [api.Options].
	AllowedOrigins []string
	// Manual leaves the views as they are: nothing follows the store, and rows come to be when the application says
	// [projector.Projector.CatchUp].
	Manual bool
	// Log is where reports go; nil means [slog.Default].
	Log *slog.Logger
	// Ready, if not nil, is called once with the address that is served, before the first request.
	Ready func(address string)
}

// Tables names the tables on DynamoDB.
type Tables = platform.Tables

// What is used where the options are silent.
const (
	DefaultListen = "127.0.0.1:8080"
	DefaultDB     = "aeon.db"
)

// Run serves until ctx ends, then finishes the requests under way and answers nil.
func Run(ctx context.Context, o Options) (err error) {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	for _, origin := range o.AllowedOrigins {
		if err := api.ValidateOrigin(origin); err != nil {
			return err
		}
	}
	live := dashboard.NewLive()
	p, err := platform.Open(ctx, platform.Options{
		DB: cmp.Or(o.DB, DefaultDB), DynamoDB: o.DynamoDB, Tables: o.Tables, CreateTables: true, Views: o.Views, Log: o.Log,
		Observer: live.Observer(),
	})
	if err != nil {
		return err
	}
	defer func() {
		if e := p.Close(); err == nil {
			err = e
		}
	}()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s (give another address?): %w", o.Listen, err)
	}
	if o.Ready != nil {
		o.Ready(listener.Addr().String())
	}
	running, ctx := errgroup.WithContext(ctx)
	if !o.Manual {
		running.Go(func() error { return p.Follow(ctx) })
		running.Go(func() error { upgrade(ctx, p, o.Log); return nil })
	}
	running.Go(func() error { live.Run(ctx, p.Projector); return nil })
	running.Go(func() error { return serve(ctx, listener, o.handler(p, live, listener.Addr())) })
	return running.Wait()
}

// handler is all that is served: the API with the dashboard, and what the application has of its own.
func (o Options) handler(p *platform.Platform, live *dashboard.Live, address net.Addr) http.Handler {
	local := dashboard.IsLoopback(address)
	served := within(requestTimeout, api.New(p.Store, p.Projector, &api.Options{Log: o.Log, AllowedOrigins: o.AllowedOrigins}))
	h := dashboard.Beside(dashboard.GuardOrigin(served, o.AllowedOrigins), dashboard.Options{
		Store: p.Store, Projector: p.Projector, Live: live, Database: o.database(), Log: o.Log, Local: local, BelowRoot: o.Handler != nil,
	})
	h = withCommands(withHandler(h, p, o.Handler), p.Store, o.Commands)
	if local {
		h = dashboard.GuardHost(h)
	}
	return h
}

// database says in a word what it runs on.
func (o Options) database() string {
	switch {
	case o.DynamoDB == nil && o.DB == ":memory:":
		return "memory"
	case o.DynamoDB == nil:
		return filepath.Base(cmp.Or(o.DB, DefaultDB))
	}
	return "DynamoDB"
}

// upgrade rebuilds the views whose code has a higher version than what is in the database. One that can't be rebuilt goes on as it is.
func upgrade(ctx context.Context, p *platform.Platform, log *slog.Logger) {
	if err := p.Projector.Upgrade(ctx, nil); err != nil && ctx.Err() == nil {
		log.Error("a view can't be rebuilt into its latest version", "error", err)
	}
}
