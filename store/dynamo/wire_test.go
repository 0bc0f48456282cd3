package dynamo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/dynamo"
)

// between sits between a client and DynamoDB Local: where it answers, the request isn't sent on.
type between struct {
	next   http.RoundTripper
	answer func(operation string, body []byte) (status int, content string)
}

// RoundTrip implements [http.RoundTripper].
func (b between) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err := errors.Join(err, req.Body.Close()); err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(req.Header.Get("X-Amz-Target"), ".")
	if status, content := b.answer(operation, body); status != 0 {
		return &http.Response{
			StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
			Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(strings.NewReader(content)),
		}, nil
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	return b.next.RoundTrip(req)
}

// through is a client of the shared server with answer in between.
func through(t *testing.T, answer func(operation string, body []byte) (status int, content string)) *dynamodb.Client {
	t.Helper()
	config := dynamolocal.Shared(t).Config()
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:errcheck,forcetypeassert // documented to be one
	t.Cleanup(transport.CloseIdleConnections)
	config.HTTPClient = &http.Client{Transport: between{transport, answer}}
	return dynamodb.NewFromConfig(config)
}

// DynamoDB may end a page before it has found anything: that isn't the end of what there is.
func TestAnEmptyPageIsNotTheEnd(t *testing.T) {
	t.Parallel()
	var empty atomic.Bool
	var first store.Position
	client := through(t, func(operation string, body []byte) (int, string) {
		var asked struct {
			IndexName         string
			ExclusiveStartKey json.RawMessage
		}
		if err := json.Unmarshal(body, &asked); err != nil {
			t.Error(err)
		}
		if operation != "Query" || asked.ExclusiveStartKey != nil || !empty.Load() {
			return 0, ""
		}
		key := `"key":{"S":"k"},"revision":{"N":"1"}`
		if asked.IndexName != "" {
			key += `,"slice":{"N":"0"},"position":{"S":"` + first.String() + `"}`
		}
		return http.StatusOK, `{"Count":0,"ScannedCount":0,"Items":[],"LastEvaluatedKey":{` + key + `}}`
	})
	b := newBackend(t, client, dynamo.WithSlices(1))
	for range 3 {
		if err := appendOne(t, b, "k"); err != nil {
			t.Fatal(err)
		}
	}
	all, err := b.Commits(t.Context(), store.CommitQuery{Key: "k"})
	if err != nil || len(all.Commits) != 3 {
		t.Fatal(len(all.Commits), err)
	}
	first = all.Commits[0].Position
	empty.Store(true) // as if the first commit had been passed over
	byKey, err := b.Commits(t.Context(), store.CommitQuery{Key: "k"})
	if err != nil || len(byKey.Commits) != 2 || byKey.Commits[0].Revision != 2 {
		t.Errorf("by key: %+v, %v", byKey, err)
	}
	byPosition, err := b.ByPosition(t.Context(), store.PositionQuery{})
	if err != nil || len(byPosition.Commits) != 2 || byPosition.Commits[0].Revision != 2 {
		t.Errorf("by position: %+v, %v", byPosition, err)
	}
}

// Whoever asks for a store's settings waits for them as long as its own context lets it, whoever asked first.
func TestWaitingForSettingsEnds(t *testing.T) {
	t.Parallel()
	asked, answered := make(chan struct{}), make(chan struct{})
	var once sync.Once
	tables := dynamo.Tables{Events: "waiting-events", Metadata: "waiting-metadata"}
	if err := on(dynamolocal.Shared(t).Client(), tables).CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := on(through(t, func(operation string, _ []byte) (int, string) {
		if operation == "GetItem" {
			once.Do(func() { close(asked) })
			<-answered
		}
		return 0, ""
	}), tables)
	first := make(chan error, 1)
	go func() { first <- b.Check(context.Background()) }()
	<-asked
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	second := make(chan error, 1)
	go func() { second <- b.Check(ctx) }()
	if err := <-second; !errors.Is(err, context.Canceled) { // or it hangs
		t.Errorf("got %v", err)
	}
	close(answered)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestManyCreateTheTablesAtOnce(t *testing.T) {
	t.Parallel()
	client := dynamolocal.Shared(t).Client()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			b := on(client, dynamo.Tables{Events: "many-events", Metadata: "many-metadata"})
			if err := errors.Join(b.CreateTables(t.Context()), b.CreateTables(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// The SDK must not repeat a write: it would have an old position.
func TestAWriteIsSentOnce(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"broken":    `{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}`,
		"throttled": `{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}`,
	} {
		var puts atomic.Int64
		b := newBackend(t, through(t, func(operation string, _ []byte) (int, string) {
			if operation != "PutItem" && operation != "TransactWriteItems" || puts.Load() < 0 {
				return 0, ""
			}
			puts.Add(1)
			return map[string]int{"broken": 500, "throttled": 400}[name], content
		}))
		puts.Store(-1) // while the store is set up
		if err := b.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		c := &store.Commit{Key: "k", Revision: 1, Count: 1, Events: []store.Pending{{Type: "happened"}}}
		for i, m := range []*store.Marker{nil, {Key: "k", IdempotencyKey: "i", Revision: 1, Count: 1}} {
			puts.Store(0)
			if _, err := b.Put(t.Context(), c, m); err == nil || puts.Load() != 1 {
				t.Errorf("%s, put %s: sent %d times, %v", name, fmt.Sprint(i), puts.Load(), err)
			}
		}
	}
}
