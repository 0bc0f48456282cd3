package webhook

import (
	"context"
	"log/slog"
	"sync"

	"github.com/aws/aws-lambda-go/events"
)

// Deliver is the function behind the queue: it sends each message's entry, and answers which messages have to come again. The queue does that after its
// visibility timeout, and after too many times puts them aside.
func Deliver(send func(ctx context.Context, envelope []byte) error) func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
	return func(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
		failures := make([]error, len(batch.Records))
		var sending sync.WaitGroup
		for i, message := range batch.Records {
			sending.Go(func() { failures[i] = send(ctx, []byte(message.Body)) })
		}
		sending.Wait()
		again := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		for i, err := range failures {
			if err != nil {
				slog.WarnContext(ctx, "not delivered, it comes again", "message", batch.Records[i].MessageId, "error", err)
				again.BatchItemFailures = append(again.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: batch.Records[i].MessageId})
			}
		}
		return again, nil
	}
}
