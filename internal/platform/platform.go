// Package platform puts a store and a projector together on one kind of database, for programs that run on one machine: the
// embedded database, or DynamoDB.
package platform

import (
	"context"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Options say on what, and with which views.
type Options struct {
	// DB is the database file, made if missing, or ":memory:". Not with DynamoDB.
	DB string
	// DynamoDB is the configuration for DynamoDB, where that is the database.
	DynamoDB *aws.Config
	// Tables are the names of the tables on DynamoDB; empty ones mean the usual names.
	Tables Tables
	// RedriveQueue is the URL of the queue that is told of each key that is parked on DynamoDB; empty means nobody is.
	RedriveQueue string
	// CreateTables creates the tables on DynamoDB that are missing.
	CreateTables bool
	Views        []projector.Definition
	// Observer is told what the projector does; nil means nobody is.
	Observer *projector.Observer
	Log      *slog.Logger
}

// Tables names the tables on DynamoDB.
type Tables struct{ Events, Metadata, Views string }

// Platform is the parts put together. Close it.
type Platform struct {
	Store     *store.Store
	Projector *projector.Projector
	// Follow rings the projector for every commit, until its context ends.
	Follow func(ctx context.Context) error
	// CatchUp rings it for every commit there is. Nil where something else sees to that: the functions on AWS.
	CatchUp func(ctx context.Context) error
	// Size is how much there is, for those who wait for all of it to be read.
	Size func(ctx context.Context) (Size, error)
	// Close frees what it holds.
	Close func() error
}

// Size is how many keys and commits there are.
type Size struct {
	Keys, Commits int
	// AtMost says that there may be far fewer keys, and that both are some hours old.
	AtMost bool
}

// Open puts the parts together.
func Open(ctx context.Context, o Options) (*Platform, error) {
	if o.DynamoDB != nil {
		return openDynamoDB(ctx, o)
	}
	return openFile(ctx, o)
}
