package streamevent

import (
	"context"
	"iter"
	"log/slog"
)

// Changes are those that a batch's records tell of, each with its sequence number. Removals are none. A record that can't be the
// store's is logged and passed over: nothing would become of it, and it would come again for ever.
func Changes(ctx context.Context, log *slog.Logger, records []Record) iter.Seq2[string, Change] {
	return func(yield func(string, Change) bool) {
		for _, r := range records {
			if r.Removal() {
				continue
			}
			change, err := r.Change()
			if err != nil {
				log.ErrorContext(ctx, "stream record passed over", "sequenceNumber", r.SequenceNumber(), "error", err)
				continue
			}
			if change.Problem != nil {
				log.WarnContext(ctx, "stream record brings no commit, reading the table",
					"sequenceNumber", r.SequenceNumber(), "key", change.Key, "revision", change.Revision, "error", change.Problem)
			}
			if !yield(r.SequenceNumber(), change) {
				return
			}
		}
	}
}
