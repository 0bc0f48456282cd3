package queue

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/internal/deadline"
	"github.com/aeon-es/aeon/internal/queueevent"
	"github.com/aeon-es/aeon/internal/streamevent"
	"github.com/aeon-es/aeon/projector"
)

// Consumer is the redrive function: it takes batches of messages from the queue. Make it with [NewConsumer]; safe for
// concurrent use.
type Consumer struct {
	queue     *Queue
	projector *projector.Projector
	log       *slog.Logger
	wait      func(n int) int32 // backoff, but in tests
}

// NewConsumer makes a consumer of q that redrives with p, whose redriver should be q, too: a key that gets past its mark and
// fails later on is parked anew. A nil log is [slog.Default].
func NewConsumer(q *Queue, p *projector.Projector, log *slog.Logger) *Consumer {
	if log == nil {
		log = slog.Default()
	}
	return &Consumer{queue: q, projector: p, log: log, wait: backoff}
}

// Response tells Lambda which messages stay in the queue. The event source mapping has to be set to
// ReportBatchItemFailures, or Lambda takes every response for a success.
type Response = streamevent.Response

// Handle redrives what the messages of one event name. Those are in the response whose key isn't up to date: the view's
// code still fails, the database doesn't answer, there was no time left, nobody can tell what they are about. They come
// again, each time later, and the queue gives them up to its dead letters after as many times as it is set to. An error
// means that the event is no batch of messages.
//
// It answers a little before the deadline of ctx.
func (c *Consumer) Handle(ctx context.Context, event json.RawMessage) (Response, error) {
	began := time.Now()
	messages, err := queueevent.Parse(event)
	if err != nil {
		c.log.ErrorContext(ctx, "not a batch of messages", "error", err)
		return Response{}, err
	}
	answering, stop := deadline.Ahead(ctx)
	defer stop()
	working, cancel := deadline.Ahead(answering)
	defer cancel()
	tasks, failed := c.sort(ctx, messages)
	var all errgroup.Group
	all.SetLimit(atOnce)
	for _, t := range tasks {
		all.Go(func() error {
			t.err = c.redrive(working, t)
			return nil
		})
	}
	_ = all.Wait() // each keeps its own failure
	for _, t := range tasks {
		if t.err != nil {
			failed = append(failed, t.messages...)
		}
	}
	c.postpone(answering, failed)
	response := streamevent.Passed()
	for _, m := range failed {
		response.BatchItemFailures = append(response.BatchItemFailures, streamevent.Failure{ItemIdentifier: m.ID})
	}
	c.log.InfoContext(ctx, "batch redriven", "messages", len(messages), "keys", len(tasks), "failures", len(failed),
		"milliseconds", float64(time.Since(began).Microseconds())/1000)
	return response, nil
}

// atOnce is how many keys are redriven side by side.
const atOnce = 10

// task is a key of a view, and the messages that name it.
type task struct {
	message
	messages []queueevent.Message
	err      error
}

// sort puts together the messages about the same key. Those that can't be read have failed already.
func (c *Consumer) sort(ctx context.Context, messages []queueevent.Message) (tasks []*task, failed []queueevent.Message) {
	known := map[message]*task{}
	for _, m := range messages {
		about, err := parse(m.Body)
		if err != nil {
			c.log.ErrorContext(ctx, "a message that can't be read", "messageId", m.ID, "receives", m.Receives, "error", err)
			failed = append(failed, m)
			continue
		}
		if known[about] == nil {
			known[about] = &task{message: about}
			tasks = append(tasks, known[about])
		}
		known[about].messages = append(known[about].messages, m)
	}
	return tasks, failed
}

// redrive brings one key up to date, and says in the log if that fails.
func (c *Consumer) redrive(ctx context.Context, t *task) error {
	seen, err := c.projector.Redrive(ctx, t.View, t.Key)
	attrs := []any{"view", t.View, "key", t.Key, "messages", len(t.messages), "receives", t.messages[0].Receives}
	if err == nil {
		c.log.InfoContext(ctx, "redriven", append(attrs, "revision", uint64(seen))...)
		return nil
	}
	if parkedAnew(err) {
		c.log.InfoContext(ctx, "redriven, and parked at a later event", attrs...)
		return nil
	}
	if failure, ok := errors.AsType[*projector.ProjectionError](err); ok {
		c.log.WarnContext(ctx, "still parked", append(attrs, "revision", uint64(failure.Revision), "class", failure.Class())...)
		return err
	}
	c.log.ErrorContext(ctx, "can't be redriven", append(attrs, "error", err)...)
	return err
}

// parkedAnew says whether every version that isn't up to date was parked anew: its mark has a message of its own.
func parkedAnew(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if !parkedAnew(e) {
				return false
			}
		}
		return true
	}
	_, fails := errors.AsType[*projector.ProjectionError](err)
	return !fails && errors.Is(err, projector.ErrParked)
}

// postpone has the failed messages wait, each the longer the more often it has failed. Where that can't be told to the queue
// they come again after the queue's own time.
func (c *Consumer) postpone(ctx context.Context, failed []queueevent.Message) {
	waits := make([]int32, len(failed))
	for i, m := range failed {
		waits[i] = c.wait(m.Receives)
	}
	if err := c.queue.postpone(ctx, failed, waits); err != nil {
		c.log.WarnContext(ctx, "failed messages come again earlier or later than they should", "error", err)
	}
}
