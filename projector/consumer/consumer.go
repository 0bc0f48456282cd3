// Package consumer is the Lambda function's side of a projector: it turns the events that Lambda hands over,
// batches of records from the stream of the events table, into doorbells, and answers which of them have to come again.
//
// A record is passed only when every view has seen what it tells of. From the first one on that some view couldn't
// take, Lambda is told to deliver again; that costs a read for what was done already, and changes nothing.
package consumer

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/aeon-es/aeon/internal/deadline"
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

// Response tells Lambda which records to deliver again. The event source mapping has to be set to
// ReportBatchItemFailures, or Lambda takes every response for a success.
type Response = streamevent.Response

// Failure is a record that has to be delivered again.
type Failure = streamevent.Failure

// Handle brings the views up to date with the records of one event. Whatever keeps a view from it, be it the
// database, the view's code or the end of ctx, is in the response, from the first record concerned on. An error means
// that the event is no batch of stream records; Lambda then delivers all of it again, too.
//
// It answers a little before the deadline of ctx: work that a dead function didn't report counts as failed as a whole.
func (c *Consumer) Handle(ctx context.Context, event json.RawMessage) (Response, error) {
	began := time.Now()
	records, err := streamevent.Parse(event)
	if err != nil {
		c.log.ErrorContext(ctx, "not a batch of stream records", "error", err)
		return Response{}, err
	}
	bells := c.doorbells(ctx, records)
	working, cancel := deadline.Ahead(ctx)
	defer cancel()
	err = c.projector.Ring(working, bells.rings)
	response := answer(bells, err)
	c.summarize(ctx, len(records), bells, response, err, time.Since(began))
	return response, nil
}

// answer is what Lambda is told after Ring answered err.
func answer(bells doorbells, err error) Response {
	if err == nil {
		return streamevent.Passed()
	}
	first := 0 // of what isn't known to be done with
	var backlog *projector.BacklogError
	if errors.As(err, &backlog) {
		first = backlog.First
	}
	return streamevent.Again(bells.sequence[first])
}
