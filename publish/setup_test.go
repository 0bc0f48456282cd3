package publish_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"pgregory.net/rapid"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/projector/consumer/consumertest"
	"github.com/aeon-es/aeon/projector/streams"
	"github.com/aeon-es/aeon/publish"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

func TestMain(m *testing.M) { dynamolocal.Main(m) }

// bundle is a store of its own on DynamoDB Local, with its stream.
type bundle struct {
	server  *dynamolocal.Server
	client  *dynamodb.Client
	tables  storedynamo.Tables
	backend *storedynamo.Backend
	store   *store.Store
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
	b.backend = storedynamo.New(b.client, b.tables)
	if err := b.backend.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.store = store.New(b.backend)
	return b
}

// append stores one commit.
func (b *bundle) append(t *testing.T, key string, events ...store.Pending) {
	t.Helper()
	if _, err := b.store.Append(t.Context(), key, store.Any(), events, nil); err != nil {
		t.Fatal(err)
	}
}

// appendTypes stores one commit with an event of each type.
func (b *bundle) appendTypes(t *testing.T, key string, kinds ...string) {
	t.Helper()
	events := make([]store.Pending, len(kinds))
	for i, kind := range kinds {
		events[i] = store.Pending{Type: kind, Data: json.RawMessage(`{"secret":"classified"}`)}
	}
	b.append(t, key, events...)
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

// target is a consumer, and what it logs.
type target struct {
	*publish.Consumer
	log bytes.Buffer
}

// target publishes behind transport.
func (b *bundle) target(t *testing.T, transport http.RoundTripper) *target {
	t.Helper()
	g := &target{}
	g.Consumer = publish.NewConsumer(publisher(t, transport, &g.log), b.backend)
	return g
}

// deliver hands records over as one event.
func (g *target) deliver(t rapid.TB, records ...consumertest.Record) publish.Response {
	t.Helper()
	return g.deliverIn(context.Background(), t, records...)
}

func (g *target) deliverIn(ctx context.Context, t rapid.TB, records ...consumertest.Record) publish.Response {
	t.Helper()
	event, err := consumertest.Event(records...)
	if err != nil {
		t.Fatal(err)
	}
	r, err := g.Handle(ctx, event)
	if err != nil {
		t.Errorf("Handle: %v", err)
	}
	if strings.Contains(g.log.String(), "classified") {
		t.Errorf("data in the log: %s", &g.log)
	}
	return r
}

// mustDeliver is deliver where nothing may fail.
func (g *target) mustDeliver(t rapid.TB, records ...consumertest.Record) {
	t.Helper()
	if r := g.deliver(t, records...); len(r.BatchItemFailures) > 0 {
		t.Fatalf("failed: %+v\n%s", r, &g.log)
	}
}

// insist delivers records as Lambda does, until all are passed: from the first one that failed on, again and again, each time
// within the time that attempt gives.
func (g *target) insist(ctx context.Context, t rapid.TB, records []consumertest.Record, attempt func(context.Context) (context.Context, context.CancelFunc)) {
	t.Helper()
	for range 10_000 {
		within, cancel := attempt(ctx)
		r := g.deliverIn(within, t, records...)
		cancel()
		if len(r.BatchItemFailures) == 0 {
			return
		}
		from := slices.IndexFunc(records, func(record consumertest.Record) bool {
			return record.SequenceNumber() == r.BatchItemFailures[0].ItemIdentifier
		})
		if from < 0 {
			t.Fatalf("failed: %+v, which was not delivered", r)
		}
		records = records[from:]
	}
	t.Fatalf("no end to it:\n%.2000s", &g.log)
}

func expectFailure(t *testing.T, r publish.Response, record consumertest.Record) {
	t.Helper()
	if len(r.BatchItemFailures) != 1 || r.BatchItemFailures[0].ItemIdentifier != record.SequenceNumber() {
		t.Errorf("response %+v, want the one failure %s", r, record.SequenceNumber())
	}
}

// expect says whether exactly these events were taken, as "key@revision", in any order of keys but by revision within each.
func (b *bus) expect(t rapid.TB, want ...string) {
	t.Helper()
	got := map[string]int{}
	last := map[string]uint64{}
	for _, e := range b.taken {
		d := e.detail(t)
		got[fmt.Sprintf("%s@%d", d.Key, d.Revision)]++
		if d.Revision < last[d.Key] {
			t.Errorf("key %q: revision %d behind %d", d.Key, d.Revision, last[d.Key])
		}
		last[d.Key] = d.Revision
	}
	for _, event := range want {
		if got[event] != 1 {
			t.Errorf("%s was published %d times", event, got[event])
		}
		delete(got, event)
	}
	if len(got) > 0 {
		t.Errorf("published what it shouldn't: %v", got)
	}
}
