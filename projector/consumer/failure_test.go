package consumer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/consumer"
	"github.com/aeon-es/aeon/projector/consumer/consumertest"
	"github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/store"
)

// faultyRows keeps rows of the view streams on a DynamoDB that fails to write those of the given keys.
func (b *bundle) faultyRows(table string, keys ...string) *dynamo.Backend {
	config := b.server.Config()
	config.HTTPClient = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutItem") && bytes.Contains(body, []byte("streams#1#"+key)) {
				return nil, errors.New("broken on purpose")
			}
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		return http.DefaultTransport.RoundTrip(r)
	})}
	return dynamo.New(dynamodb.NewFromConfig(config), table)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func expectFailure(t *testing.T, r consumer.Response, sequence string) {
	t.Helper()
	if len(r.BatchItemFailures) != 1 || r.BatchItemFailures[0].ItemIdentifier != sequence {
		t.Errorf("response %+v, want the one failure %s", r, sequence)
	}
}

// Lambda is sent back to the first record of the keys that failed. The others don't wait for them.
func TestPartialFailure(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, key := range []string{"good", "good", "bad", "good", "worse", "bad", "worse", "good"} {
		b.append(t, key, "incremented")
	}
	records := b.records(t)
	table := fmt.Sprint("views", created.Add(1))
	if err := dynamo.New(b.client, table).CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := b.targetOn(t, b.faultyRows(table, "bad", "worse"), defaultapp.Views()...)
	expectFailure(t, g.deliver(t, records...), records[2].SequenceNumber())
	g.expectRow(t, "counters", "good", 4, `{"count":12,"increments":4,"decrements":0}`)
	g.expectRow(t, "counters", "bad", 2, twoUp)
	expectLine(t, g, `"failures":2`, `"againFrom":"`+records[2].SequenceNumber()+`"`, "broken on purpose")

	// Lambda delivers from there on; the database recovers, first for one of the two.
	g = b.targetOn(t, b.faultyRows(table, "worse"), defaultapp.Views()...)
	expectFailure(t, g.deliver(t, records[2:]...), records[4].SequenceNumber())
	g = b.targetOn(t, b.faultyRows(table), defaultapp.Views()...)
	g.mustDeliver(t, records[4:]...)
	for _, key := range []string{"bad", "worse"} {
		if r, err := g.projector.Query(t.Context(), "streams", key); err != nil || r.Revision != 2 {
			t.Errorf("%s, recovered: %+v, %v; want revision 2", key, r, err)
		}
	}
}

// A view's code that fails parks the key: the batch is done with, and nothing else waits.
func TestFailingViewIsNoFailureOfTheBatch(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, key := range []string{"good", "bad", "good"} {
		b.append(t, key, "incremented")
	}
	failing := defaultapp.Streams()
	fold := failing.Apply
	failing.Apply = func(row *defaultapp.Stream, e store.Committed) (*defaultapp.Stream, error) {
		if e.Key == "bad" {
			return nil, errors.New("broken on purpose")
		}
		return fold(row, e)
	}
	rows := dynamo.New(b.client, fmt.Sprint("views", created.Add(1)))
	if err := rows.CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := b.targetOn(t, rows, failing, defaultapp.Counters())
	g.mustDeliver(t, b.records(t)...)
	g.expectRow(t, "counters", "bad", 1, `{"count":3,"increments":1,"decrements":0}`)
	if _, err := g.projector.Query(t.Context(), "streams", "bad"); !errors.Is(err, projector.ErrParked) {
		t.Errorf("got %v", err)
	}
	if r, err := g.projector.Query(t.Context(), "streams", "good"); err != nil || r.Revision != 2 {
		t.Errorf("got %+v, %v", r, err)
	}
}

// expectLine says whether the last line logged is a JSON object with all of parts in it, and no data.
func expectLine(t *testing.T, g *target, parts ...string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(g.log.String()), "\n")
	last := lines[len(lines)-1]
	var line map[string]any
	if err := json.Unmarshal([]byte(last), &line); err != nil {
		t.Errorf("not JSON: %s", last)
	}
	for _, part := range parts {
		if !strings.Contains(last, part) {
			t.Errorf("no %s in %s", part, last)
		}
	}
	if strings.Contains(g.log.String(), "classified") {
		t.Errorf("data in the log: %s", &g.log)
	}
}

func TestResponseAndSummaryOfSuccess(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.append(t, "c1", "incremented", "decremented")
	b.append(t, "c1", "incremented")
	b.append(t, "c2", "incremented")
	g := b.newTarget(t)
	for _, records := range [][]consumertest.Record{b.records(t), nil} {
		text, err := json.Marshal(g.deliver(t, records...))
		if err != nil || string(text) != `{"batchItemFailures":[]}` {
			t.Errorf("response %s, %v", text, err)
		}
	}
	lines := strings.SplitAfter(g.log.String(), "\n")
	if len(lines) != 3 {
		t.Errorf("%d lines logged, want one for each batch:\n%s", len(lines)-1, &g.log)
	}
	g.log.Reset()
	g.log.WriteString(lines[0])
	expectLine(t, g, `"records":3`, `"keys":2`, `"doorbells":3`, `"failures":0`, `"milliseconds":`)
}

// A missing table, here that of the views, is a failure of the batch from its first record on, never a crash.
func TestMissingTable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.append(t, "c1", "incremented")
	records := b.records(t)
	g := b.targetOn(t, dynamo.New(b.client, "nowhere"), defaultapp.Views()...)
	expectFailure(t, g.deliver(t, records...), records[0].SequenceNumber())
	expectLine(t, g, `table \"nowhere\" doesn't exist`)
}

// A database that doesn't answer is a failure, reported before the function's time is over.
func TestDeadline(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.append(t, "c1", "incremented")
	records := b.records(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	address := "http://" + silent.Addr().String()
	config := b.server.Config()
	config.BaseEndpoint, config.HTTPClient = &address, &http.Client{}
	g := b.targetOn(t, dynamo.New(dynamodb.NewFromConfig(config), "views"), defaultapp.Views()...)

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	expectFailure(t, g.deliverIn(ctx, t, records...), records[0].SequenceNumber())
	if ctx.Err() != nil {
		t.Error("it answered after the deadline")
	}
	expectLine(t, g, "context deadline exceeded")

	over, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	g = b.newTarget(t)
	expectFailure(t, g.deliverIn(over, t, records...), records[0].SequenceNumber())
}
