package consumer

import (
	"context"

	"github.com/aeon-es/aeon/internal/streamevent"
	"github.com/aeon-es/aeon/projector"
)

// doorbells are those of a batch, each with the sequence number of its record.
type doorbells struct {
	rings    []projector.Doorbell
	sequence []string
}

// doorbells reads the records that carry news. One that can't be the store's is logged and passed over: nothing
// would become of it, and it would come again for ever.
func (c *Consumer) doorbells(ctx context.Context, records []streamevent.Record) doorbells {
	var d doorbells
	for _, r := range records {
		if r.Removal() {
			continue
		}
		change, err := r.Change()
		if err != nil {
			c.log.ErrorContext(ctx, "stream record passed over", "sequenceNumber", r.SequenceNumber(), "error", err)
			continue
		}
		if change.Problem != nil {
			c.log.WarnContext(ctx, "stream record brings no commit, reading the table",
				"sequenceNumber", r.SequenceNumber(), "key", change.Key, "revision", change.Revision, "error", change.Problem)
		}
		d.rings = append(d.rings, projector.Doorbell{Key: change.Key, Revision: change.Last(), Commit: change.Commit})
		d.sequence = append(d.sequence, r.SequenceNumber())
	}
	return d
}
