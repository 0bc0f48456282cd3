package main_test

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/projector"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	projectorsqlite "github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/projector/streams"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

func TestMain(m *testing.M) { bootstrap.Main(func() { dynamolocal.Main(m) }) }

// platform is a store and rows of views, and what drives a projector by them.
type platform struct {
	store *store.Store
	rows  projector.Backend
	drive func(context.Context, *projector.Projector) error
	// changes are the commits in the order in which they were stored, batch by batch; nil where a stream brings them.
	changes func(ctx context.Context, size int) iter.Seq2[[]projector.Doorbell, error]
	events  int    // that a round of BenchmarkProjecting folds
	table   string // of events, on DynamoDB
}

// platforms are what is measured, by name.
var platforms = []struct {
	name string
	open func(b *testing.B) platform
}{
	{"sqlite", openSQLite},
	{"dynamodb", openDynamoDB},
}

// openSQLite opens a new file.
func openSQLite(b *testing.B) platform {
	b.Helper()
	events, err := storesqlite.Open(filepath.Join(b.TempDir(), "aeon.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := events.Close(); err != nil {
			b.Error(err)
		}
	})
	rows, err := projectorsqlite.New(b.Context(), events)
	if err != nil {
		b.Fatal(err)
	}
	return platform{
		store: store.New(events), rows: rows,
		drive: func(ctx context.Context, p *projector.Projector) error { return rows.Follow(ctx, p, nil) },
		changes: func(ctx context.Context, size int) iter.Seq2[[]projector.Doorbell, error] {
			return changes(ctx, events, size)
		},
		events: 20_000,
	}
}

// changes reads them as Follow does.
func changes(ctx context.Context, events *storesqlite.Backend, size int) iter.Seq2[[]projector.Doorbell, error] {
	return func(yield func([]projector.Doorbell, error) bool) {
		for after := int64(0); ; {
			batch, err := events.Changes(ctx, after, size)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(batch) == 0 {
				return
			}
			bells := make([]projector.Doorbell, len(batch))
			for i := range batch {
				c := &batch[i].Commit
				bells[i] = projector.Doorbell{Key: c.Key, Revision: c.Last(), Commit: c}
				after = batch[i].Sequence
			}
			if !yield(bells, nil) {
				return
			}
		}
	}
}

var opened atomic.Int64

// openDynamoDB makes new tables.
func openDynamoDB(b *testing.B) platform {
	b.Helper()
	server := dynamolocal.Shared(b)
	client, n := server.Client(), opened.Add(1)
	tables := storedynamo.Tables{Events: fmt.Sprint("events", n), Metadata: fmt.Sprint("metadata", n)}
	events := storedynamo.New(client, tables)
	if err := events.CreateTables(b.Context()); err != nil {
		b.Fatal(err)
	}
	rows := projectordynamo.New(client, fmt.Sprint("views", n))
	if err := rows.CreateTable(b.Context()); err != nil {
		b.Fatal(err)
	}
	return platform{store: store.New(events), rows: rows, events: 2_000, table: tables.Events, drive: func(ctx context.Context, p *projector.Projector) error {
		arn, err := streams.ARN(ctx, client, tables.Events)
		if err != nil {
			return err
		}
		return streams.New(server.Streams(), arn, p, &streams.Options{Checkpoints: p}).Run(ctx)
	}}
}
