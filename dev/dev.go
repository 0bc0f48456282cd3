// Package dev runs the whole platform in one process: the HTTP API, the store, and the projector that keeps the
// views, on a database file or on DynamoDB. It is what "aeon dev" runs with the default application's views, and what an
// application of one's own runs with its own.
package dev

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/api"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Options say what to run, and on what.
type Options struct {
	// Listen is the address to serve on; empty means [DefaultListen].
	Listen string
	// DB is the database file, made if missing, or ":memory:"; empty means [DefaultDB]. Not with DynamoDB.
	DB string
	// DynamoDB runs on the tables of that account or endpoint instead, creating those that are missing.
	DynamoDB *aws.Config
	// Tables are the names of those tables; empty ones mean the usual names.
	Tables Tables
	// Views are the application's views. One whose version was raised is rebuilt, while the rest is at work.
	Views []projector.Definition
	// Log is where reports go; nil means [slog.Default].
	Log *slog.Logger
	// Ready, if not nil, is called once with the address that is served, before the first request.
	Ready func(address string)
}

// Tables names the tables on DynamoDB.
type Tables struct{ Events, Metadata, Views string }

// What is used where the options are silent.
const (
	DefaultListen = "127.0.0.1:8080"
	DefaultDB     = "aeon.db"
)

// platform is the parts put together on one kind of database.
type platform struct {
	store     *store.Store
	projector *projector.Projector
	// follow rings the projector for every commit, until its context ends.
	follow func(ctx context.Context) error
	close  func() error
}

// Run serves until ctx ends, then finishes the requests under way and answers nil.
func Run(ctx context.Context, o Options) (err error) {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	build := openFile
	if o.DynamoDB != nil {
		build = openDynamoDB
	}
	p, err := build(ctx, o)
	if err != nil {
		return err
	}
	defer func() {
		if e := p.close(); err == nil {
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
	running.Go(func() error { return p.follow(ctx) })
	running.Go(func() error { p.upgrade(ctx, o.Log); return nil })
	running.Go(func() error { return serve(ctx, listener, p.handler(o)) })
	return running.Wait()
}

// upgrade rebuilds the views whose code has a higher version than what is in the database. One that can't be rebuilt goes on as it is.
func (p *platform) upgrade(ctx context.Context, log *slog.Logger) {
	if err := p.projector.Upgrade(ctx, nil); err != nil && ctx.Err() == nil {
		log.Error("a view can't be rebuilt into its latest version", "error", err)
	}
}

func (p *platform) handler(o Options) http.Handler {
	return api.New(p.store, p.projector, &api.Options{Log: o.Log})
}
