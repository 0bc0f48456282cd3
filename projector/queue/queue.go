// Package queue has keys redriven by way of a queue of SQS: a projector that parks a key sends a message to it, and the redrive
// function takes the messages from it until the key is up to date again.
//
// The queue is a standard one. Messages may come late, twice and in any order: each only says which key of which view
// to see to, as in {"view":"counters","key":"c1"}. Fields that a reader doesn't know are passed over.
package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/aeon-es/aeon/internal/queueevent"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Queue is the redrive queue. Make it with [New]; safe for concurrent use.
type Queue struct {
	client *sqs.Client
	url    string
}

var _ projector.Redriver = (*Queue)(nil)

// New makes it of a queue that exists already. It sends no request.
func New(client *sqs.Client, url string) *Queue { return &Queue{client: client, url: url} }

// message is the body of a message.
type message struct {
	View string `json:"view"`
	Key  string `json:"key"`
}

// SendRedrive implements [projector.Redriver].
func (q *Queue) SendRedrive(ctx context.Context, view, key string) error {
	text, err := json.Marshal(message{View: view, Key: key})
	if err != nil {
		return err
	}
	body := unfit.Replace(string(text))
	if _, err := q.client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: &body}); err != nil {
		return fmt.Errorf("queue %s: %w", q.url, err)
	}
	return nil
}

// unfit are the characters that keys may have and messages may not, as JSON escapes them.
var unfit = strings.NewReplacer("\uFFFE", `\ufffe`, "\uFFFF", `\uffff`)

// parse reads the body of a message.
func parse(body string) (message, error) {
	var m message
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return m, fmt.Errorf("the message is not like {\"view\":\"counters\",\"key\":\"c1\"}: %w", err)
	}
	if m.View == "" {
		return m, fmt.Errorf("the message is not like {\"view\":\"counters\",\"key\":\"c1\"}: it has no view")
	}
	if err := store.ValidateKey(m.Key); err != nil {
		return m, fmt.Errorf("the message is not like {\"view\":\"counters\",\"key\":\"c1\"}: %w", err)
	}
	return m, nil
}

// maxEntries is how many messages one request may name.
const maxEntries = 10

// postpone has messages come again after the wait of each, and not when their visibility ends by itself.
func (q *Queue) postpone(ctx context.Context, messages []queueevent.Message, waits []int32) error {
	for len(messages) > 0 {
		n := min(maxEntries, len(messages))
		entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, n)
		for i, m := range messages[:n] {
			entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(m.Receipt), VisibilityTimeout: waits[i],
			}
		}
		out, err := q.client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &q.url, Entries: entries})
		if err != nil {
			return fmt.Errorf("queue %s: %w", q.url, err)
		}
		for _, f := range out.Failed {
			return fmt.Errorf("queue %s: %s: %s", q.url, aws.ToString(f.Code), aws.ToString(f.Message))
		}
		messages, waits = messages[n:], waits[n:]
	}
	return nil
}
