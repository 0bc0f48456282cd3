// Package consumer is the Lambda function's side of a projector: it turns whatever Lambda hands over into doorbells, and
// answers which of them have to be rung again.
//
// Doorbells come from the stream of the events table; through a queue of SQS, by themselves, as stream records that a pipe
// forwards, or as events from an event bus; from an event bus directly; and from whoever invokes the function. The table is
// the truth for all of them. Only the stream's records are believed when they carry a commit: what came another way says no
// more than that a key may have news.
package consumer

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/aeon-es/aeon/internal/deadline"
	"github.com/aeon-es/aeon/internal/queueevent"
	"github.com/aeon-es/aeon/internal/streamevent"
	"github.com/aeon-es/aeon/projector"
)

// Consumer handles the events of one function. Make it with [New]; safe for concurrent use.
type Consumer struct {
	projector *projector.Projector
	log       *slog.Logger
}

// New makes a consumer that rings p. A nil log is [slog.Default].
func New(p *projector.Projector, log *slog.Logger) *Consumer {
	if log == nil {
		log = slog.Default()
	}
	return &Consumer{projector: p, log: log}
}

// Response tells Lambda what to deliver again. The event source mapping has to be set to
// ReportBatchItemFailures, or Lambda takes every response for a success.
type Response = streamevent.Response

// Failure is a record or a message that has to be delivered again.
type Failure = streamevent.Failure

// Invoke handles any event, and answers it in JSON: a [Response] to a batch of records or messages, and [Reached] to one
// doorbell, such as {"key":"c1"} or an event from an event bus. An error says that the event is none of those, or that the
// doorbell has to be rung again; Lambda does so by itself where nobody waits for the answer.
func (c *Consumer) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	fields, kind, err := kindOf(event)
	if err != nil {
		c.log.ErrorContext(ctx, "an event that can't be read", "error", err)
		return nil, err
	}
	var answer any
	if kind == isBatch {
		answer, err = c.Handle(ctx, event)
	} else {
		answer, err = c.one(ctx, fields, kind)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

// Handle brings the views up to date with one batch: of records from the stream of the events table, or of messages from a
// queue. Whatever keeps a view from it, be it the database, or the end of ctx, is in the response. Of the stream's records
// it names the first one that some view couldn't take: Lambda delivers that one and all behind it again, which
// costs a read for what was done already, and changes nothing. Of messages it names each that failed. An error means
// that the event is no such batch; Lambda then delivers all of it again, too.
//
// It answers a little before the deadline of ctx: work that a dead function didn't report counts as failed as a whole.
func (c *Consumer) Handle(ctx context.Context, event json.RawMessage) (Response, error) {
	b, err := c.read(ctx, event)
	if err != nil {
		c.log.ErrorContext(ctx, "an event that can't be read", "error", err)
		return Response{}, err
	}
	began := time.Now()
	working, cancel := deadline.Ahead(ctx)
	defer cancel()
	err = c.projector.Ring(working, b.rings)
	response := b.answer(err)
	c.summarize(ctx, b, response, err, time.Since(began))
	return response, nil
}

// batch is what was read of an event.
type batch struct {
	size   int // records or messages
	rings  []projector.Doorbell
	ids    []string // of the record or message of each doorbell
	failed []string // of messages that can't be read
	answer func(err error) Response
}

// read reads an event that is a batch.
func (c *Consumer) read(ctx context.Context, event json.RawMessage) (*batch, error) {
	var e struct {
		Records []struct {
			EventSource string `json:"eventSource"`
		}
	}
	if err := json.Unmarshal(event, &e); err == nil && len(e.Records) > 0 {
		switch e.Records[0].EventSource {
		case queueevent.Source:
			return c.messages(ctx, event)
		case streamevent.Source:
		default:
			return nil, fmt.Errorf("the event is no batch of records or messages: Records[0] has the eventSource %q, neither %q nor %q",
				e.Records[0].EventSource, streamevent.Source, queueevent.Source)
		}
	}
	return c.records(ctx, event)
}
