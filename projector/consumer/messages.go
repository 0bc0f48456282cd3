package consumer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aeon-es/aeon/internal/queueevent"
	"github.com/aeon-es/aeon/internal/streamevent"
	"github.com/aeon-es/aeon/projector"
)

// messages reads a batch from a queue. A message that can't be read fails, so that it ends up with the queue's dead letters.
func (c *Consumer) messages(ctx context.Context, event json.RawMessage) (*batch, error) {
	messages, err := queueevent.Parse(event)
	if err != nil {
		return nil, err
	}
	b := &batch{size: len(messages)}
	for _, m := range messages {
		bell, news, err := fromBody(m.Body)
		if err != nil {
			c.log.ErrorContext(ctx, "a message that can't be read", "messageId", m.ID, "receives", m.Receives, "error", err)
			b.failed = append(b.failed, m.ID)
			continue
		}
		if news {
			b.rings = append(b.rings, bell)
			b.ids = append(b.ids, m.ID)
		}
	}
	b.answer = func(err error) Response {
		response := streamevent.Passed()
		for _, id := range append(b.failed, b.rungInVain(err)...) {
			response.BatchItemFailures = append(response.BatchItemFailures, Failure{ItemIdentifier: id})
		}
		return response
	}
	return b, nil
}

// rungInVain are the messages whose doorbells have to be rung again after Ring answered err.
func (b *batch) rungInVain(err error) []string {
	if err == nil {
		return nil
	}
	backlog, ok := errors.AsType[*projector.BacklogError](err)
	if !ok {
		return b.ids
	}
	ids := make([]string, len(backlog.Failed))
	for i, bell := range backlog.Failed {
		ids[i] = b.ids[bell]
	}
	return ids
}

// fromBody reads the body of a message: a doorbell, an event from an event bus, or a stream record. news is false for a record that
// tells of none.
func fromBody(body string) (bell projector.Doorbell, news bool, err error) {
	fields, kind, err := kindOf([]byte(body))
	switch {
	case err != nil:
		return bell, false, err
	case kind == isRecord:
		return fromRecord([]byte(body))
	case kind == isBatch:
		return bell, false, fmt.Errorf("the message holds a batch of records: %s", wanted)
	}
	bell, err = fromFields(fields, kind)
	return bell, err == nil, err
}

// fromRecord reads a stream record that came by way of a queue. The commit in it is not believed: whoever may send to the
// queue could have made it up.
func fromRecord(text []byte) (bell projector.Doorbell, news bool, err error) {
	var r streamevent.Record
	if err := json.Unmarshal(text, &r); err != nil {
		return bell, false, fmt.Errorf("stream record: %w", err)
	}
	if r.EventSource != streamevent.Source {
		return bell, false, fmt.Errorf("stream record: the eventSource is %q, not %q", r.EventSource, streamevent.Source)
	}
	if r.Removal() {
		return bell, false, nil
	}
	change, err := r.Change()
	if err != nil {
		return bell, false, err
	}
	bell = doorbellOf(change)
	bell.Commit = nil
	return bell, true, nil
}
