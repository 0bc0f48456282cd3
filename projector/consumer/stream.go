package consumer

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aeon-es/aeon/internal/streamevent"
	"github.com/aeon-es/aeon/projector"
)

// records reads a batch of the stream, of which those are doorbells that carry news.
func (c *Consumer) records(ctx context.Context, event json.RawMessage) (*batch, error) {
	records, err := streamevent.Parse(event)
	if err != nil {
		return nil, err
	}
	b := &batch{size: len(records)}
	for sequenceNumber, change := range streamevent.Changes(ctx, c.log, records) {
		b.rings = append(b.rings, doorbellOf(change))
		b.ids = append(b.ids, sequenceNumber)
	}
	b.answer = func(err error) Response {
		if err == nil {
			return streamevent.Passed()
		}
		first := 0 // of what isn't known to be done with
		if backlog, ok := errors.AsType[*projector.BacklogError](err); ok {
			first = backlog.First
		}
		return streamevent.Again(b.ids[first])
	}
	return b, nil
}

// doorbellOf is the one that a stream record is. Where there is no commit, nobody knows how many events there are: the table
// is then read to its end.
func doorbellOf(change streamevent.Change) projector.Doorbell {
	bell := projector.Doorbell{Key: change.Key, Commit: change.Commit}
	if change.Commit != nil {
		bell.Revision = change.Commit.Last()
	}
	return bell
}
