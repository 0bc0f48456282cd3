// Package faultruns_test runs the functions as they are built and deployed, in sandboxes behind an event source mapping, while
// sandboxes crash, freeze and time out, records are damaged, tables throttle, answers get lost and versions change: at the end
// each view has to be exactly the fold of the table's events, with nothing parked that can be folded.
package faultruns_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/mapping"
	"github.com/aeon-es/aeon/internal/trial"
	"github.com/aeon-es/aeon/projector"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/projector/streams"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

func TestMain(m *testing.M) { bootstrap.Main(func() { dynamolocal.Main(m) }) }

var created atomic.Int64 // numbers the tables

// world is a store with its stream, its views, and what happens to the way there.
type world struct {
	server    *dynamolocal.Server
	tables    storedynamo.Tables
	views     string
	store     *store.Store
	projector *projector.Projector // of the test's own, to see the rows by
	source    mapping.Source
	settings  mapping.Settings // those that are deployed
	timeout   time.Duration    // likewise
	transport *http.Transport  // to the server
	queues    queues
	functions []*lambda.Function
	load      *trial.Load
}

// newWorld makes the tables, with the views that are deployed or others.
func newWorld(t *testing.T, views ...projector.Definition) *world {
	t.Helper()
	if len(views) == 0 {
		views = defaultapp.Views()
	}
	n := created.Add(1)
	server := dynamolocal.Shared
	if long.Enabled() { // the more records the streams of a server hold, the slower it reads any of them
		server = dynamolocal.Start
	}
	w := &world{
		server: server(t), views: fmt.Sprint("views", n),
		tables:    storedynamo.Tables{Events: fmt.Sprint("events", n), Metadata: fmt.Sprint("metadata", n)},
		transport: &http.Transport{MaxIdleConnsPerHost: 64},
		// Nobody is there: what is parked though it shouldn't be can't be told, and fails for ever.
		queues: queues{endpoint: "http://127.0.0.1:1", url: "http://127.0.0.1:1/nowhere"},
	}
	t.Cleanup(w.transport.CloseIdleConnections)
	events := storedynamo.New(w.server.Client(), w.tables)
	if err := events.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := projectordynamo.New(w.server.Client(), w.views).CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.store = store.New(events)
	w.load = trial.NewLoad(w.store, "")
	w.open(t, views...)
	arn, err := streams.ARN(t.Context(), w.server.Client(), w.tables.Events)
	if err != nil {
		t.Fatal(err)
	}
	w.source = mapping.Source{Client: w.server.Streams(), ARN: arn}
	w.settings, w.timeout = mapping.FromTemplate(t, "ProjectFunction")
	return w
}

// open makes a projector of the test's own.
func (w *world) open(t *testing.T, views ...projector.Definition) {
	t.Helper()
	rows := projectordynamo.New(w.server.Client(), w.views)
	var err error
	if w.projector, err = projector.New(w.store, rows, &projector.Options{Log: slog.New(slog.DiscardHandler)}, views...); err != nil {
		t.Fatal(err)
	}
}

// function sets one of the functions up, whose way to DynamoDB is by endpoint.
func (w *world) function(t *testing.T, name, endpoint, binary string, c lambda.Config) *lambda.Function {
	t.Helper()
	c.Name, c.Bootstrap = name, binary
	if c.Timeout == 0 {
		c.Timeout = w.timeout
	}
	c.Env = append(c.Env, "AWS_ENDPOINT_URL="+endpoint, "AWS_ENDPOINT_URL_SQS="+w.queues.endpoint, "REDRIVE_QUEUE_URL="+w.queues.url,
		"EVENTS_TABLE="+w.tables.Events, "METADATA_TABLE="+w.tables.Metadata, "VIEWS_TABLE="+w.views)
	f := lambda.Start(t, c)
	w.functions = append(w.functions, f)
	return f
}

// project sets up the project function that is deployed.
func (w *world) project(t *testing.T, endpoint string) *lambda.Function {
	t.Helper()
	return w.function(t, "project", endpoint, bootstrap.Function(t, "project"), lambda.Config{})
}

// strikes decides about each write on the way to DynamoDB, which goes on by next, and kills or freezes who sent it.
func (w *world) strikes(t *testing.T, next http.RoundTripper, strike strike, fate func(faults.Write) faults.Fate) (*faults.Strikes, string) {
	t.Helper()
	s := faults.NewStrikes(next, fate, func(write faults.Write) {
		for _, f := range w.functions {
			strike(f, write)
		}
	})
	return s, faults.Listen(t, s, faults.To(w.server.Endpoint()))
}

// strike does something to the sender of a write, if it is a sandbox of the function.
type strike func(*lambda.Function, faults.Write)

func kill(f *lambda.Function, write faults.Write) { f.Kill(write.Sender) }

func freeze(f *lambda.Function, write faults.Write) { f.Freeze(write.Sender) }

// run starts the mapping, does what happens meanwhile, and waits until the mapping is done with every commit.
func (w *world) run(t *testing.T, f mapping.Function, meanwhile func(context.Context, *mapping.Stream)) *mapping.Stream {
	t.Helper()
	m := mapping.Start(t, w.source, f, w.settings)
	meanwhile(t.Context(), m)
	began := time.Now()
	if err := m.Drain(t.Context(), w.load.Commits()); err != nil {
		t.Fatal(err)
	}
	m.Stop()
	t.Logf("%d commits of %d keys, %.1f s from the last: %s", w.load.Commits(), len(w.load.Keys()), time.Since(began).Seconds(), m.Figures())
	for _, f := range w.functions {
		t.Logf("sandboxes: %+v", f.Figures())
	}
	if n := m.Figures().Discarded; n > 0 {
		t.Errorf("%d records were given up", n)
	}
	return m
}
