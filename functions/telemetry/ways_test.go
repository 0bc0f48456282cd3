package telemetry_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/aeon-es/aeon/store"
)

// one is a body with one event, of a type and with data that is secret.
func one(kind, by string) string {
	return `{"events":[{"type":"` + kind + `","correlationId":"basket-7","data":{"by":` + by + `,"note":"` + secret + `"}}]}`
}

// run has everything happen that a metric counts.
func (w *world) run(t *testing.T) {
	t.Helper()
	w.appends(t)
	w.projects(t)
	w.redrives(t)
	large := one("incremented", `1,"more":"`+strings.Repeat("x", 300<<10)+`"`)
	w.post(t, http.StatusCreated, "large", large)
	w.deliver(t, "publish", w.records(t, "c1")...)
	w.deliver(t, "publish", w.records(t, "large")...)
	for _, target := range []string{"/streams/c1", "/views/counters/c1", "/views/counters/broken"} {
		r := events.APIGatewayProxyRequest{Path: target, HTTPMethod: http.MethodGet, MultiValueQueryStringParameters: map[string][]string{}}
		w.request(t, "query", http.StatusOK, r)
	}
}

func (w *world) appends(t *testing.T) {
	t.Helper()
	up := one("incremented", "1")
	w.post(t, http.StatusCreated, "c1", up)
	w.post(t, http.StatusCreated, "c1", up, "Idempotency-Key: once")
	w.post(t, http.StatusOK, "c1", up, "Idempotency-Key: once")
	w.post(t, http.StatusPreconditionFailed, "c1", up, `If-Match: "1"`)
	if _, err := w.store.Append(t.Context(), "ahead", store.NoStream(), []store.Pending{{Type: "incremented"}}, nil); err != nil {
		t.Fatal(err)
	}
	w.post(t, http.StatusCreated, "ahead", up)
	var both sync.WaitGroup // each tries for seconds
	both.Go(func() { w.post(t, http.StatusTooManyRequests, "throttled", up) })
	both.Go(func() { w.post(t, http.StatusGatewayTimeout, "lost", up) })
	both.Wait()
}

func (w *world) projects(t *testing.T) {
	t.Helper()
	w.deliver(t, "project", w.records(t, "c1")[1:]...) // without the first
	w.post(t, http.StatusCreated, "raced", one("incremented", "1"))
	w.deliver(t, "project", w.records(t, "raced")...)
	w.post(t, http.StatusCreated, "broken", one("incremented", "1"))
	w.post(t, http.StatusCreated, "broken", one("incremented", "0"))
	w.deliver(t, "project", w.records(t, "broken")...)
	w.post(t, http.StatusCreated, "order/7", one("placed", "1"))
	w.deliver(t, "react", w.records(t, "order/7")...)
}

// redrives has the parked key tried in vain, and then by code that can fold its event.
func (w *world) redrives(t *testing.T) {
	t.Helper()
	client := sqs.NewFromConfig(w.services.Config())
	got, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &w.queue, WaitTimeSeconds: 20, VisibilityTimeout: 3600})
	if err != nil || len(got.Messages) == 0 {
		t.Fatalf("no message for the parked key: %v (%v)", got, err)
	}
	m := got.Messages[0]
	event, err := json.Marshal(events.SQSEvent{Records: []events.SQSMessage{{
		MessageId: *m.MessageId, ReceiptHandle: *m.ReceiptHandle, Body: *m.Body, EventSource: "aws:sqs",
		Attributes: map[string]string{"ApproximateReceiveCount": "1"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if r := w.functions["redrive"].Invoke(t.Context(), event); !strings.Contains(string(r.Payload), *m.MessageId) {
		t.Errorf("redrive answers %s", r.Payload)
	}
	if r := w.functions["mended"].Invoke(t.Context(), event); string(r.Payload) != `{"batchItemFailures":[]}` {
		t.Errorf("redrive answers %s", r.Payload)
	}
}
