// Package telemetry_test reads back what the built functions print: every metric that the alarms, the dashboard and docs/operations.md speak
// of, and the log.
package telemetry_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/consumer/consumertest"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/projector/streams"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

func TestMain(m *testing.M) { bootstrap.Main(func() { dynamolocal.Main(m) }) }

// What the store is called, and a word in the data of every event, which no log may have.
const (
	storeName = "orders"
	secret    = "c1assified"
)

// world is a store with its functions, by their names, and a way to DynamoDB and EventBridge where things happen to writes.
type world struct {
	database  *dynamolocal.Server
	services  *ministack.Server
	tables    storedynamo.Tables
	views     string
	queue     string
	functions map[string]*lambda.Function
	store     *store.Store         // of the test's own, whose clock is an hour ahead
	projector *projector.Projector // likewise
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		database: dynamolocal.Shared(t), services: ministack.Start(t), views: "views", functions: map[string]*lambda.Function{},
		tables: storedynamo.Tables{Events: "events", Metadata: "metadata"},
	}
	backend := storedynamo.New(w.database.Client(), w.tables)
	if err := backend.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows := projectordynamo.New(w.database.Client(), w.views)
	if err := rows.CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.services.CreateBus(t, "bus")
	w.queue = w.services.CreateQueue(t, "redrive", nil)
	w.store = store.New(backend, store.WithClock(func() time.Time { return time.Now().Add(time.Hour) }))
	var err error
	if w.projector, err = projector.New(w.store, rows, nil, defaultapp.Views()...); err != nil {
		t.Fatal(err)
	}
	w.start(t)
	return w
}

// start starts the functions as the template does, and one with a process manager.
func (w *world) start(t *testing.T) {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	writes := faults.NewStrikes(transport, w.fate(t), func(faults.Write) {})
	database := faults.Listen(t, writes, faults.To(w.database.Endpoint()))
	bus := faults.Listen(t, faults.NewStrikes(transport, throttleFirst, func(faults.Write) {}), faults.To(w.services.Endpoint()))
	for name, binary := range map[string]string{
		"append": "", "query": "", "project": "", "redrive": "", "publish": "", "react": bootstrap.Package(t, "../../internal/e2e/testdata/reacting"),
		"mended": bootstrap.Package(t, "../faultruns/testdata/lenientredrive"),
	} {
		if binary == "" {
			binary = bootstrap.Function(t, name)
		}
		w.functions[name] = lambda.Start(t, lambda.Config{Name: name, Bootstrap: binary, Timeout: 2 * time.Minute, Env: []string{
			"STORE_NAME=" + storeName, "EVENTS_TABLE=" + w.tables.Events, "METADATA_TABLE=" + w.tables.Metadata, "VIEWS_TABLE=" + w.views,
			"REDRIVE_QUEUE_URL=" + w.queue, "EVENT_BUS=bus", "AWS_ENDPOINT_URL=" + database, "AWS_ENDPOINT_URL_SQS=" + w.services.Endpoint(),
			"AWS_ENDPOINT_URL_EVENTBRIDGE=" + bus,
		}})
	}
}

// fate is what happens to a write to DynamoDB, by the key that it is about.
func (w *world) fate(t *testing.T) func(faults.Write) faults.Fate {
	raced := false
	return func(write faults.Write) faults.Fate {
		body := string(write.Body)
		switch {
		case strings.Contains(body, `"key":{"S":"throttled"}`):
			return faults.Throttle
		case strings.Contains(body, `"key":{"S":"lost"}`):
			return faults.Break
		case !raced && strings.Contains(body, "counters#1#raced"):
			raced = true
			if _, err := w.projector.CatchUp(t.Context(), "counters", "raced"); err != nil { // it is there first
				t.Error(err)
			}
		}
		return faults.Pass
	}
}

func throttleFirst(write faults.Write) faults.Fate {
	if write.Number == 1 {
		return faults.Throttle
	}
	return faults.Pass
}

// post has the append function append an event.
func (w *world) post(t *testing.T, status int, key, body string, headers ...string) {
	t.Helper()
	r := events.APIGatewayProxyRequest{
		Resource: "/streams/{proxy+}", Path: "/streams/" + key, HTTPMethod: http.MethodPost, Body: body,
		Headers: map[string]string{"Content-Type": "application/json", "X-Request-Id": "request-of-" + key},
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Headers[name] = value
	}
	w.request(t, "append", status, r)
}

func (w *world) request(t *testing.T, function string, status int, r events.APIGatewayProxyRequest) {
	t.Helper()
	event, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	answer := w.functions[function].Invoke(t.Context(), event)
	var a events.APIGatewayProxyResponse
	if err := json.Unmarshal(answer.Payload, &a); err != nil || a.StatusCode != status {
		t.Errorf("%s %s: %s, want status %d (%v)", r.HTTPMethod, r.Path, answer.Payload, status, err)
	}
}

// records are those of the stream that tell of a key.
func (w *world) records(t *testing.T, key string) (all []consumertest.Record) {
	t.Helper()
	arn, err := streams.ARN(t.Context(), w.database.Client(), w.tables.Events)
	if err != nil {
		t.Fatal(err)
	}
	records, err := consumertest.Records(t.Context(), w.database.Streams(), arn)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		keys, err := json.Marshal(r.Change()["Keys"])
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(keys), `"`+key+`"`) {
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		t.Fatalf("no record of key %q, of %d", key, len(records))
	}
	return all
}

// deliver has a function handle records, none of which may fail.
func (w *world) deliver(t *testing.T, function string, records ...consumertest.Record) {
	t.Helper()
	event, err := consumertest.Event(records...)
	if err != nil {
		t.Fatal(err)
	}
	if r := w.functions[function].Invoke(t.Context(), event); string(r.Payload) != `{"batchItemFailures":[]}` {
		t.Errorf("%s answers %s", function, r.Payload)
	}
}
