package mapping

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/aeon-es/aeon/internal/testenv/lambda"
)

// poll takes batch after batch.
func (q *Queue) poll(ctx context.Context) {
	for ctx.Err() == nil {
		out, err := q.source.Client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &q.source.URL, MaxNumberOfMessages: int32(q.settings.BatchSize), WaitTimeSeconds: 1,
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll}, MessageAttributeNames: []string{"All"},
		})
		if err == nil && len(out.Messages) > 0 {
			q.count(func(f *QueueFigures) { f.Received += len(out.Messages) })
			err = q.deliver(ctx, out.Messages)
		}
		if err != nil && ctx.Err() == nil {
			q.mu.Lock()
			q.err = err
			q.mu.Unlock()
			return
		}
	}
}

// deliver has a batch processed once, and deletes what was done with. The rest comes again when the queue shows it again: nothing is
// done about that.
func (q *Queue) deliver(ctx context.Context, batch []types.Message) error {
	event, err := queueEvent(batch, q.arn)
	if err != nil {
		return err
	}
	r := q.invoke(ctx, event)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	done := q.done(batch, r)
	q.count(func(f *QueueFigures) { f.Left += len(batch) - len(done) })
	if len(done) == 0 {
		return nil
	}
	entries := make([]types.DeleteMessageBatchRequestEntry, len(done))
	for i, m := range done {
		entries[i] = types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle}
	}
	if _, err := q.source.Client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &q.source.URL, Entries: entries}); err != nil {
		return err
	}
	q.count(func(f *QueueFigures) { f.Deleted += len(done) })
	return nil
}

// invoke hands an event over, and does so again while the function is throttled and the messages are still invisible.
func (q *Queue) invoke(ctx context.Context, event []byte) (r lambda.Result) {
	wait := firstWait
	for began := time.Now(); ; {
		r = q.function.Invoke(ctx, event)
		q.count(func(f *QueueFigures) {
			f.Invocations++
			if r.FunctionError() {
				f.Errors++
			}
			if r.Outcome == lambda.Throttled {
				f.Throttled++
			}
		})
		if r.Outcome != lambda.Throttled || time.Since(began)+wait > q.visibility || !pause(ctx, wait) {
			return r
		}
		wait = min(2*wait, maxWait)
	}
}

// done are the messages of the batch that are to be deleted.
func (q *Queue) done(batch []types.Message, r lambda.Result) []types.Message {
	if r.Outcome != lambda.Answered {
		return nil
	}
	if !q.settings.ReportBatchItemFailures {
		return batch
	}
	ids := make([]string, len(batch))
	for i, m := range batch {
		ids[i] = *m.MessageId
	}
	failed, whole := failures(r.Payload, ids)
	if whole {
		return nil
	}
	stay := map[string]bool{}
	for _, id := range failed {
		stay[id] = true
	}
	var done []types.Message
	for _, m := range batch {
		if !stay[*m.MessageId] {
			done = append(done, m)
		}
	}
	return done
}

// queueEvent is a batch of messages as Lambda hands it over.
func queueEvent(batch []types.Message, arn string) ([]byte, error) {
	records := make([]map[string]any, len(batch))
	for i, m := range batch {
		attributes := map[string]any{}
		for name, a := range m.MessageAttributes {
			attributes[name] = map[string]any{
				"stringValue": a.StringValue, "binaryValue": a.BinaryValue, "stringListValues": []string{}, "binaryListValues": [][]byte{}, "dataType": a.DataType,
			}
		}
		records[i] = map[string]any{
			"messageId": m.MessageId, "receiptHandle": m.ReceiptHandle, "body": m.Body, "attributes": m.Attributes, "messageAttributes": attributes,
			"md5OfBody": m.MD5OfBody, "eventSource": "aws:sqs", "eventSourceARN": arn, "awsRegion": lambda.Region,
		}
	}
	return json.Marshal(map[string]any{"Records": records})
}
