package mapping_test

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/internal/testenv/mapping"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
)

// deliveries is a function that keeps what it was invoked with, as messages with how often each was received.
type deliveries struct {
	*lambda.Function
	mu     sync.Mutex
	got    []string
	events []events.SQSEvent
}

// Invoke implements [mapping.Function].
func (d *deliveries) Invoke(ctx context.Context, payload []byte) lambda.Result {
	var e events.SQSEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		panic(err)
	}
	r := d.Function.Invoke(ctx, payload)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, e)
	for _, m := range e.Records {
		d.got = append(d.got, m.Body+" #"+m.Attributes["ApproximateReceiveCount"]+" "+string(r.Outcome))
	}
	return r
}

// sorted is what it got until now.
func (d *deliveries) sorted() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(slices.Values(d.got))
}

// queues is a queue with one for its dead letters.
type queues struct {
	client    *sqs.Client
	url, dead string
	function  *deliveries
}

// newQueues makes queues that show a message again after a second, and give it up when it was received tries times.
func newQueues(t *testing.T, server *ministack.Server, name string, tries int) *queues {
	t.Helper()
	q := &queues{client: sqs.NewFromConfig(server.Config())}
	q.dead = server.CreateQueue(t, name+"-dead", nil)
	q.url = server.CreateQueue(t, name, map[string]string{
		"VisibilityTimeout": "1", "RedrivePolicy": ministack.RedrivePolicy(name+"-dead", tries),
	})
	q.function = &deliveries{Function: lambda.Start(t, lambda.Config{
		Name: "misbehave", Bootstrap: bootstrap.Package(t, "testdata/misbehave"), Timeout: time.Minute, Env: []string{"STATE=" + t.TempDir()},
	})}
	return q
}

func (q *queues) send(t *testing.T, bodies ...string) {
	t.Helper()
	entries := make([]types.SendMessageBatchRequestEntry, len(bodies))
	for i, body := range bodies {
		id := strconv.Itoa(i)
		entries[i] = types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &body}
	}
	if _, err := q.client.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: &q.url, Entries: entries}); err != nil {
		t.Fatal(err)
	}
}

// deadLetters waits until so many messages were given up, and gives their bodies.
func (q *queues) deadLetters(t *testing.T, n int) []string {
	t.Helper()
	var bodies []string
	for len(bodies) < n {
		out, err := q.client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &q.dead, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 3600})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			bodies = append(bodies, *m.Body)
		}
	}
	slices.Sort(bodies)
	return bodies
}

func (q *queues) run(t *testing.T, change func(*mapping.QueueSettings), until func(mapping.QueueFigures) bool) *mapping.Queue {
	t.Helper()
	settings := mapping.QueueDefaults()
	change(&settings)
	m := mapping.StartQueue(t, mapping.QueueSource{Client: q.client, URL: q.url}, q.function, settings)
	if err := m.Wait(t.Context(), until); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestQueue(t *testing.T) {
	t.Parallel()
	server := ministack.Start(t)
	reporting := func(s *mapping.QueueSettings) { s.ReportBatchItemFailures = true }

	// AWS: "When your function successfully processes a batch, Lambda deletes its messages from the queue."
	t.Run("success", func(t *testing.T) {
		t.Parallel()
		q := newQueues(t, server, "success", 5)
		q.send(t, "a", "b", "c")
		m := q.run(t, reporting, func(f mapping.QueueFigures) bool { return f.Deleted == 3 })
		if f := m.Figures(); f.Left > 0 || f.Errors > 0 || f.Received != 3 {
			t.Errorf("figures: %s", f)
		}
		r := q.function.events[0].Records[0]
		if r.MessageId == "" || r.ReceiptHandle == "" || r.Body == "" || r.Md5OfBody == "" || r.EventSource != "aws:sqs" || r.AWSRegion == "" ||
			r.Attributes["SentTimestamp"] == "" || r.Attributes["ApproximateFirstReceiveTimestamp"] == "" || r.EventSourceARN == "" {
			t.Errorf("message: %+v", r)
		}
	})

	// AWS: "If your function code caused the error [...] After your queue's visibility timeout runs out, the message will again reappear";
	// "all messages in that batch become visible in the queue again".
	t.Run("function error", func(t *testing.T) {
		t.Parallel()
		q := newQueues(t, server, "error", 5)
		q.send(t, "exit 1", "good")
		m := q.run(t, reporting, func(f mapping.QueueFigures) bool { return f.Deleted == 2 })
		if f := m.Figures(); f.Errors != 1 || f.Left == 0 {
			t.Errorf("figures: %s; %q", f, q.function.sorted())
		}
		if got := q.function.sorted(); !slices.Contains(got, "exit 1 #1 crashed") || !slices.Contains(got, "exit 1 #2 answered") {
			t.Errorf("%q", got)
		}
	})

	// AWS: "configure your event source mapping to make only the failed messages visible again"; "To send messages to a second queue
	// after a number of receives, configure a dead-letter queue on your source queue."
	t.Run("partial failure, and dead letters", func(t *testing.T) {
		t.Parallel()
		q := newQueues(t, server, "partial", 2)
		q.send(t, "report", "report 1", "good")
		m := q.run(t, reporting, func(f mapping.QueueFigures) bool { return f.Deleted == 2 })
		if dead := q.deadLetters(t, 1); dead[0] != "report" {
			t.Errorf("dead letters: %q", dead)
		}
		want := []string{"good #1 answered", "report #1 answered", "report #2 answered", "report 1 #1 answered", "report 1 #2 answered"}
		if got := q.function.sorted(); !slices.Equal(got, want) {
			t.Errorf("%q, want %q; %s", got, want, m.Figures())
		}
	})

	// AWS: complete failures are an empty, null or missing identifier, one that doesn't exist, and invalid JSON.
	t.Run("responses of failure", func(t *testing.T) {
		t.Parallel()
		q := newQueues(t, server, "responses", 1)
		bodies := []string{
			`answer "ok"`, `answer {"batchItemFailures":[{"itemIdentifier":""}]}`, `answer {"batchItemFailures":[{"itemIdentifier":null}]}`,
			`answer {"batchItemFailures":[{}]}`, `answer {"batchItemFailures":[{"itemIdentifier":"another"}]}`,
		}
		q.send(t, bodies...)
		q.run(t, func(s *mapping.QueueSettings) { s.ReportBatchItemFailures, s.BatchSize = true, 1 },
			func(f mapping.QueueFigures) bool { return f.Left == len(bodies) })
		slices.Sort(bodies)
		if dead := q.deadLetters(t, len(bodies)); !slices.Equal(dead, bodies) {
			t.Errorf("dead letters: %q", dead)
		}
	})

	t.Run("responses count only if asked for", func(t *testing.T) {
		t.Parallel()
		q := newQueues(t, server, "unasked", 5)
		q.send(t, "report")
		q.run(t, func(*mapping.QueueSettings) {}, func(f mapping.QueueFigures) bool { return f.Deleted == 1 })
	})
}
