package queue_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/queue"
	projectorsqlite "github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// bundle is a store, a view that can't fold events whose types aren't good, and the queues.
type bundle struct {
	store   *store.Store
	rows    projector.Backend
	good    map[string]bool
	applied atomic.Int64 // events that the view's code was given

	client *sqs.Client
	url    string
	dead   string // the queue of the dead letters
	log    bytes.Buffer
}

type tally struct {
	Count int `json:"count"`
}

// setup makes queues that give a message up when it has been delivered tries times, and keep it invisible for an hour unless
// told otherwise.
func setup(t *testing.T, server *ministack.Server, tries int) *bundle {
	t.Helper()
	events, err := storesqlite.Open(storesqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = events.Close() })
	rows, err := projectorsqlite.New(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{
		store: store.New(events), rows: rows, good: map[string]bool{"happened": true}, client: sqs.NewFromConfig(server.Config()),
	}
	name := fmt.Sprint("queue-", created.Add(1))
	b.dead = server.CreateQueue(t, name+"-dead", nil)
	b.url = server.CreateQueue(t, name, map[string]string{"VisibilityTimeout": "3600", "RedrivePolicy": ministack.RedrivePolicy(name+"-dead", tries)})
	return b
}

var created atomic.Int64 // numbers the queues

// projector is one in a process of its own, with code that is as good as it is by now.
func (b *bundle) projector(t *testing.T) *projector.Projector {
	t.Helper()
	p, err := projector.New(b.store, b.rows, &projector.Options{Redriver: queue.New(b.client, b.url), Log: b.logger()}, projector.View[tally]{
		Name: "counts", Apply: func(row *tally, e store.Committed) (*tally, error) {
			b.applied.Add(1)
			if !b.good[e.Type] {
				return nil, errors.New("classified")
			}
			if row == nil {
				row = &tally{}
			}
			row.Count++
			return row, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (b *bundle) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(&b.log, nil)) }

// consumer is the redrive function, whose failed messages wait for as many seconds as given.
func (b *bundle) consumer(t *testing.T, wait int32) *queue.Consumer {
	t.Helper()
	c := queue.NewConsumer(queue.New(b.client, b.url), b.projector(t), b.logger())
	c.Wait(func(int) int32 { return wait })
	return c
}

// append stores a commit with an event of each type, and rings for it.
func (b *bundle) append(t *testing.T, key string, kinds ...string) {
	t.Helper()
	events := make([]store.Pending, len(kinds))
	for i, kind := range kinds {
		events[i].Type = kind
	}
	if _, err := b.store.Append(t.Context(), key, store.Any(), events, nil); err != nil {
		t.Fatal(err)
	}
	if err := b.projector(t).Ring(t.Context(), []projector.Doorbell{{Key: key}}); err != nil {
		t.Fatal(err)
	}
}

func (b *bundle) send(t *testing.T, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		if _, err := b.client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &b.url, MessageBody: &body}); err != nil {
			t.Fatal(err)
		}
	}
}

// receive takes the messages that a queue shows, at least as many as given, or all of them where that is 0.
func (b *bundle) receive(t *testing.T, url string, least int) []types.Message {
	t.Helper()
	var all []types.Message
	for end := time.Now().Add(10 * time.Second); ; {
		out, err := b.client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
			QueueUrl: &url, MaxNumberOfMessages: 10, MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, out.Messages...)
		if len(out.Messages) == 0 && len(all) >= least {
			return all
		}
		if time.Now().After(end) {
			t.Fatalf("queue %s has shown %d messages, want %d", url, len(all), least)
		}
	}
}

// eventOf is a batch as Lambda hands it over.
func eventOf(t *testing.T, messages []types.Message) json.RawMessage {
	t.Helper()
	records := []map[string]any{}
	for _, m := range messages {
		records = append(records, map[string]any{
			"messageId": *m.MessageId, "receiptHandle": *m.ReceiptHandle, "body": *m.Body, "attributes": m.Attributes,
			"messageAttributes": map[string]any{}, "eventSource": "aws:sqs", "awsRegion": "eu-central-1",
			"eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:redrive",
		})
	}
	event, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	return event
}

// deliver does what the event source mapping does: it hands over what the queue shows, at least as many messages as given, and
// deletes all but those that are in the answer. It gives how many were delivered, and how many failed.
func (b *bundle) deliver(t *testing.T, c *queue.Consumer, least int) (delivered, failed int) {
	t.Helper()
	messages := b.receive(t, b.url, least)
	response, err := c.Handle(t.Context(), eventOf(t, messages))
	if err != nil || response.BatchItemFailures == nil {
		t.Fatalf("handle: %+v, %v", response, err)
	}
	stay := map[string]bool{}
	for _, f := range response.BatchItemFailures {
		stay[f.ItemIdentifier] = true
	}
	for _, m := range messages {
		if stay[*m.MessageId] {
			failed++
			continue
		}
		if _, err := b.client.DeleteMessage(context.WithoutCancel(t.Context()), &sqs.DeleteMessageInput{QueueUrl: &b.url, ReceiptHandle: m.ReceiptHandle}); err != nil {
			t.Fatal(err)
		}
	}
	if failed != len(stay) {
		t.Errorf("the answer names messages that weren't in the batch: %+v", response)
	}
	return len(messages), failed
}

func (b *bundle) mustDeliver(t *testing.T, c *queue.Consumer, delivered, failed int) {
	t.Helper()
	if gotDelivered, gotFailed := b.deliver(t, c, delivered); gotDelivered != delivered || gotFailed != failed {
		t.Errorf("%d messages delivered, %d of them failed; want %d and %d:\n%s", gotDelivered, gotFailed, delivered, failed, &b.log)
	}
}

// expectMessages says how many messages there are, visible or not.
func (b *bundle) expectMessages(t *testing.T, url string, want int) {
	t.Helper()
	out, err := b.client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"} {
		m, err := strconv.Atoi(out.Attributes[name])
		if err != nil {
			t.Fatal(err)
		}
		n += m
	}
	if n != want {
		t.Errorf("queue %s holds %d messages, want %d", url, n, want)
	}
}

// expectSeen says where the view stands with a key: parked at the revision given, or not at all.
func (b *bundle) expectSeen(t *testing.T, key string, seen, parked store.Revision) {
	t.Helper()
	all, err := b.projector(t).Inspect(t.Context(), "counts", key)
	if err != nil {
		t.Fatal(err)
	}
	at := all[0]
	if at.Seen != seen || (at.Parked != nil) != (parked > 0) || at.Parked != nil && at.Parked.Revision != parked {
		t.Errorf("key %q is seen to %d, %+v; want %d, parked at %d", key, at.Seen, at.Parked, seen, parked)
	}
}

// expectLog says whether some line has all of parts, and none has data of events.
func (b *bundle) expectLog(t *testing.T, parts ...string) {
	t.Helper()
	if strings.Contains(b.log.String(), "classified") {
		t.Errorf("data in the log:\n%s", &b.log)
	}
	for line := range strings.SplitSeq(b.log.String(), "\n") {
		missing := false
		for _, part := range parts {
			missing = missing || !strings.Contains(line, part)
		}
		if !missing {
			return
		}
	}
	t.Errorf("no line with %q in\n%s", parts, &b.log)
}
