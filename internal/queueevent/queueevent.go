// Package queueevent reads the batches of messages that Lambda takes from a queue of SQS and hands to a function.
package queueevent

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Source is the eventSource of each record.
const Source = "aws:sqs"

// Message is one message of a batch.
type Message struct {
	ID   string // what an answer names it by
	Body string
	// Receipt stands for this delivery of the message in requests to the queue.
	Receipt string
	// Receives is how often it has been delivered, this time included, at least about.
	Receives int
}

// Parse reads an event of Lambda. The error says why it is no batch of messages.
func Parse(event json.RawMessage) ([]Message, error) {
	var e struct {
		Records *[]struct {
			EventSource   string `json:"eventSource"`
			MessageID     string `json:"messageId"`
			ReceiptHandle string `json:"receiptHandle"`
			Body          string `json:"body"`
			Attributes    struct {
				ApproximateReceiveCount string
			} `json:"attributes"`
		}
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, fmt.Errorf("the event is no batch of messages of SQS: %w", err)
	}
	if e.Records == nil {
		return nil, errors.New("the event is no batch of messages of SQS: it has no \"Records\"")
	}
	messages := make([]Message, len(*e.Records))
	for i, r := range *e.Records {
		if r.EventSource != Source {
			return nil, fmt.Errorf("the event is no batch of messages of SQS: Records[%d] has the eventSource %q, not %q", i, r.EventSource, Source)
		}
		if r.MessageID == "" {
			return nil, fmt.Errorf("the event is no batch of messages of SQS: Records[%d] has no messageId", i)
		}
		receives, err := strconv.Atoi(r.Attributes.ApproximateReceiveCount)
		if err != nil || receives < 1 {
			receives = 1
		}
		messages[i] = Message{ID: r.MessageID, Body: r.Body, Receipt: r.ReceiptHandle, Receives: receives}
	}
	return messages, nil
}
