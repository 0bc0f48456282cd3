package consumer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/consumer"
	"github.com/aeon-es/aeon/projector/consumer/consumertest"
	"github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/projector/streams"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

func TestMain(m *testing.M) { dynamolocal.Main(m) }

// bundle is a store of its own on DynamoDB Local, with its stream.
type bundle struct {
	server *dynamolocal.Server
	client *dynamodb.Client
	tables storedynamo.Tables
	store  *store.Store
}

var created atomic.Int64 // numbers tables

func setup(t *testing.T) *bundle {
	t.Helper()
	server := dynamolocal.Shared(t)
	n := created.Add(1)
	b := &bundle{
		server: server, client: server.Client(),
		tables: storedynamo.Tables{Events: fmt.Sprint("events", n), Metadata: fmt.Sprint("metadata", n)},
	}
	backend := storedynamo.New(b.client, b.tables)
	if err := backend.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.store = store.New(backend)
	return b
}

// target is a consumer with a views table of its own, and what it logs.
type target struct {
	*consumer.Consumer
	projector *projector.Projector
	log       bytes.Buffer
}

// newTarget makes one with the default application's views.
func (b *bundle) newTarget(t *testing.T) *target {
	t.Helper()
	rows := dynamo.New(b.client, fmt.Sprint("views", created.Add(1)))
	if err := rows.CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b.targetOn(t, rows, defaultapp.Views()...)
}

func (b *bundle) targetOn(t *testing.T, rows projector.Backend, views ...projector.Definition) *target {
	t.Helper()
	p, err := projector.New(b.store, rows, nil, views...)
	if err != nil {
		t.Fatal(err)
	}
	g := &target{projector: p}
	g.Consumer = consumer.New(p, slog.New(slog.NewJSONHandler(&g.log, nil)))
	return g
}

// append stores one commit with an event of each type.
func (b *bundle) append(t *testing.T, key string, kinds ...string) {
	t.Helper()
	events := make([]store.Pending, len(kinds))
	for i, kind := range kinds {
		events[i] = store.Pending{Type: kind, Data: json.RawMessage(`{"by":3,"secret":"classified"}`)}
	}
	if _, err := b.store.Append(t.Context(), key, store.Any(), events, nil); err != nil {
		t.Fatal(err)
	}
}

// records reads the whole stream of the events table, each record as Lambda passes it on.
func (b *bundle) records(t *testing.T) []consumertest.Record {
	t.Helper()
	arn, err := streams.ARN(t.Context(), b.client, b.tables.Events)
	if err != nil {
		t.Fatal(err)
	}
	records, err := consumertest.Records(t.Context(), b.server.Streams(), arn)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// deliver hands records over as one event.
func (g *target) deliver(t *testing.T, records ...consumertest.Record) consumer.Response {
	t.Helper()
	return g.deliverIn(t.Context(), t, records...)
}

func (g *target) deliverIn(ctx context.Context, t *testing.T, records ...consumertest.Record) consumer.Response {
	t.Helper()
	event, err := consumertest.Event(records...)
	if err != nil {
		t.Fatal(err)
	}
	r, err := g.Handle(ctx, event)
	if err != nil {
		t.Errorf("Handle: %v", err)
	}
	return r
}

// mustDeliver is deliver where nothing may fail.
func (g *target) mustDeliver(t *testing.T, records ...consumertest.Record) {
	t.Helper()
	if r := g.deliver(t, records...); len(r.BatchItemFailures) > 0 {
		t.Fatalf("failed: %+v\n%s", r, &g.log)
	}
}

// expectRow says whether a row is as given, "" for none.
func (g *target) expectRow(t *testing.T, view, key string, revision store.Revision, row string) {
	t.Helper()
	r, err := g.projector.Query(t.Context(), view, key)
	if err != nil {
		t.Fatal(err)
	}
	if r.Revision != revision || string(r.Row) != row {
		t.Errorf("%s of %q: %s at revision %d, want %s at revision %d", view, key, r.Row, r.Revision, row, revision)
	}
}
