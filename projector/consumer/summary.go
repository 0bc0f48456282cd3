package consumer

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/aeon-es/aeon/projector"
)

// told is how many causes of a failed batch are logged: they tend to be the same.
const told = 5

// summarize logs one line about a batch: how much it was and how it ended. No data.
func (c *Consumer) summarize(ctx context.Context, b *batch, r Response, err error, took time.Duration) {
	keys := map[string]bool{}
	for _, bell := range b.rings {
		keys[bell.Key] = true
	}
	causes := causesOf(err)
	attrs := []slog.Attr{
		slog.Int("records", b.size),
		slog.Int("keys", len(keys)),
		slog.Int("doorbells", len(b.rings)),
		slog.Int("failures", len(causes)+len(b.failed)),
		slog.Float64("milliseconds", float64(took.Microseconds())/1000),
	}
	if len(r.BatchItemFailures) == 0 {
		c.log.LogAttrs(ctx, slog.LevelInfo, "batch projected", attrs...)
		return
	}
	messages := make([]string, 0, told)
	for _, cause := range causes[:min(told, len(causes))] {
		messages = append(messages, cause.Error())
	}
	attrs = append(attrs, slog.String("againFrom", r.BatchItemFailures[0].ItemIdentifier), slog.Any("errors", messages))
	c.log.LogAttrs(ctx, slog.LevelError, "batch projected in part, the rest has to come again", attrs...)
}

// causesOf takes apart what Ring answered: one error for each view and key that failed.
func causesOf(err error) []error {
	if err == nil {
		return nil
	}
	var backlog *projector.BacklogError
	if errors.As(err, &backlog) {
		if joined, ok := backlog.Err.(interface{ Unwrap() []error }); ok {
			return joined.Unwrap()
		}
	}
	return []error{err}
}
