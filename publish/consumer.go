package publish

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/aeon-es/aeon/internal/deadline"
	"github.com/aeon-es/aeon/internal/streamevent"
	"github.com/aeon-es/aeon/store"
)

// Response tells Lambda which records to deliver again. The event source mapping has to be set to
// ReportBatchItemFailures, or Lambda takes every response for a success.
type Response = streamevent.Response

// Consumer is the Lambda function's side of a publisher: it publishes what Lambda hands over of the events table's
// stream. Make it with [NewConsumer]; safe for concurrent use.
type Consumer struct {
	publisher *Publisher
	events    store.Backend
	recent    *recent
	log       *slog.Logger
}

// NewConsumer makes a consumer that publishes by p. Of events it only reads, and only what a record doesn't carry.
func NewConsumer(p *Publisher, events store.Backend) *Consumer {
	return &Consumer{publisher: p, events: events, recent: newRecent(), log: p.log}
}

// Handle publishes the events of a batch of stream records. What can't be published before ctx ends, whatever the
// reason, is in the response, from the first record concerned on: so no event is lost, however long EventBridge is away.
// An error means that the event is no batch of stream records; Lambda then delivers all of it again, too.
//
// It answers a little before the deadline of ctx: work that a dead function didn't report counts as failed as a whole.
func (c *Consumer) Handle(ctx context.Context, event json.RawMessage) (Response, error) {
	began := time.Now()
	records, err := streamevent.Parse(event)
	if err != nil {
		c.log.ErrorContext(ctx, "not a batch of stream records", "error", err)
		return Response{}, err
	}
	working, cancel := deadline.Ahead(ctx)
	defer cancel()
	pieces, sequence := c.pieces(working, records)
	done, first, err := c.publisher.publish(working, pieces, c.recent.add)
	response := streamevent.Passed()
	if err != nil {
		response = streamevent.Again(sequence[first])
	}
	c.summarize(ctx, len(records), done, response, err, time.Since(began))
	return response, nil
}

// pieces are the records that bring events, each with its sequence number.
func (c *Consumer) pieces(ctx context.Context, records []streamevent.Record) (pieces []piece, sequence []string) {
	for sequenceNumber, change := range streamevent.Changes(ctx, c.log, records) {
		pieces = append(pieces, piece{key: change.Key, events: c.eventsOf(ctx, change)})
		sequence = append(sequence, sequenceNumber)
	}
	return pieces, sequence
}

// eventsOf are the events of the commit that a record tells of: those that it carries, or else those that the table has.
func (c *Consumer) eventsOf(ctx context.Context, change streamevent.Change) iter.Seq2[store.Committed, error] {
	return func(yield func(store.Committed, error) bool) {
		commit := change.Commit
		if commit == nil {
			var err error
			if commit, err = c.read(ctx, change.Key, change.Revision); err != nil {
				yield(store.Committed{}, err)
				return
			}
		}
		if commit == nil {
			return
		}
		for e := range commit.All() {
			if !c.recent.has(e.Position) && !yield(e, nil) {
				return
			}
		}
	}
}

// read reads the commit that begins at a revision; nil if there is none, since somebody has removed it.
func (c *Consumer) read(ctx context.Context, key string, revision store.Revision) (*store.Commit, error) {
	page, err := c.events.Commits(ctx, store.CommitQuery{Key: key, From: revision, To: revision, Backward: true, Limit: 1})
	if err != nil {
		return nil, fmt.Errorf("read key %q from revision %d: %w", key, revision, err)
	}
	if len(page.Commits) == 0 {
		c.log.WarnContext(ctx, "the commit that a stream record tells of is gone", "key", key, "revision", revision)
		return nil, nil
	}
	return &page.Commits[0], nil
}

// summarize logs one line about a batch: how much it was and how it ended. No data.
func (c *Consumer) summarize(ctx context.Context, records int, done Stats, r Response, err error, took time.Duration) {
	attrs := []slog.Attr{
		slog.Int("records", records),
		slog.Int64("events", done.Events),
		slog.Int64("requests", done.Requests),
		slog.Int64("sentAgain", done.SentAgain),
		slog.Int64("withoutData", done.WithoutData),
		slog.Float64("milliseconds", float64(took.Microseconds())/1000),
	}
	if err == nil {
		c.log.LogAttrs(ctx, slog.LevelInfo, "batch published", attrs...)
		return
	}
	attrs = append(attrs, slog.String("againFrom", r.BatchItemFailures[0].ItemIdentifier), slog.String("error", err.Error()))
	c.log.LogAttrs(ctx, slog.LevelError, "batch published in part, the rest has to come again", attrs...)
}
