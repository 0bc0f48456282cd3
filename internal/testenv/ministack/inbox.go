package ministack

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	bustypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Inbox is a queue that a rule of an event bus sends to.
type Inbox struct {
	client *sqs.Client
	url    string
}

// Message is what EventBridge makes of an event.
type Message struct {
	ID     string // EventBridge's own
	Source string
	Type   string `json:"detail-type"`
	Detail json.RawMessage
}

// Event is what a message's detail says of the event that was published.
type Event struct {
	ID       string // its position
	Key      string
	Revision int
}

// Event reads the detail of what Aeon has published.
func (m *Message) Event(tb testing.TB) (e Event) {
	tb.Helper()
	if err := json.Unmarshal(m.Detail, &e); err != nil {
		tb.Fatalf("%s: %v", m.Detail, err)
	}
	return e
}

// Subscribe makes a rule of a bus, and the queue that it sends to, both of this name.
func (s *Server) Subscribe(tb testing.TB, bus, name, pattern string) *Inbox {
	tb.Helper()
	i := &Inbox{client: sqs.NewFromConfig(s.Config()), url: s.CreateQueue(tb, name, nil)}
	events, arn := eventbridge.NewFromConfig(s.Config()), queueARN(name)
	if _, err := events.PutRule(tb.Context(), &eventbridge.PutRuleInput{Name: &name, EventBusName: &bus, EventPattern: &pattern}); err != nil {
		tb.Fatal(err)
	}
	targets := &eventbridge.PutTargetsInput{Rule: &name, EventBusName: &bus, Targets: []bustypes.Target{{Id: &name, Arn: &arn}}}
	if _, err := events.PutTargets(tb.Context(), targets); err != nil {
		tb.Fatal(err)
	}
	return i
}

// Take takes all messages out of the queue. What the server has been sent is there once it has answered; for what is on its way to the
// server it waits as long as is said, at most 20 seconds.
func (i *Inbox) Take(tb testing.TB, wait time.Duration) (all []Message) {
	tb.Helper()
	in := &sqs.ReceiveMessageInput{QueueUrl: &i.url, MaxNumberOfMessages: 10, WaitTimeSeconds: int32(wait / time.Second)}
	for {
		out, err := i.client.ReceiveMessage(tb.Context(), in)
		if err != nil {
			tb.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return all
		}
		for _, m := range out.Messages {
			all = append(all, i.take(tb, m))
		}
	}
}

func (i *Inbox) take(tb testing.TB, m types.Message) (message Message) {
	tb.Helper()
	if err := json.Unmarshal([]byte(*m.Body), &message); err != nil {
		tb.Fatalf("%s: %v", *m.Body, err)
	}
	if _, err := i.client.DeleteMessage(tb.Context(), &sqs.DeleteMessageInput{QueueUrl: &i.url, ReceiptHandle: m.ReceiptHandle}); err != nil {
		tb.Fatal(err)
	}
	return message
}
