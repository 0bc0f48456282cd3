package dynamo_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/dynamo"
)

// exception is DynamoDB's answer with a code.
func exception(code string) string {
	return `{"__type":"com.amazonaws.dynamodb.v20120810#` + code + `","message":"so it is"}`
}

const conflictOfTransactions = `{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",` +
	`"CancellationReasons":[{"Code":"None"},{"Code":"TransactionConflict"}]}`

// What goes wrong at every try ends in the error that the documentation names, whatever the way to append; and what it says
// of the outcome is so.
func TestHowAppendsFail(t *testing.T) {
	t.Parallel()
	tables := dynamo.Tables{Events: "failing-events", Metadata: "failing-metadata"}
	b := on(dynamolocal.Shared(t).Client(), tables)
	if err := b.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		status  int
		content string
		hangs   bool // no answer at all, until the caller gives up
		want    error
		known   bool // that nothing was stored
	}{
		"throughput":             {status: 400, content: exception("ProvisionedThroughputExceededException"), want: store.ErrThrottled, known: true},
		"throttled":              {status: 400, content: exception("ThrottlingException"), want: store.ErrThrottled, known: true},
		"conflicting write":      {status: 400, content: exception("TransactionConflictException"), want: store.ErrThrottled, known: true},
		"transactions conflict":  {status: 400, content: conflictOfTransactions, want: store.ErrThrottled, known: true},
		"denied":                 {status: 400, content: exception("AccessDeniedException"), want: store.ErrUnavailable, known: true},
		"no such table":          {status: 400, content: exception("ResourceNotFoundException"), want: store.ErrUnavailable, known: true},
		"broken":                 {status: 500, content: exception("InternalServerError"), want: store.ErrUnknownOutcome},
		"unavailable for a time": {status: 503, content: "<html>", want: store.ErrUnknownOutcome},
		"timeout":                {hangs: true, want: store.ErrUnknownOutcome},
	} {
		for _, o := range []*store.AppendOptions{nil, {IdempotencyKey: "once"}} {
			t.Run(name+map[bool]string{true: ", idempotent"}[o != nil], func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var tries atomic.Int64
				faulty := through(t, func(operation string, _ []byte) (int, string) {
					if operation != "PutItem" && operation != "TransactWriteItems" {
						return 0, ""
					}
					if tries.Add(1) == 3 || c.hangs {
						cancel() // else it would take its time
					}
					return c.status, c.content
				})
				key := newKey()
				if err := appendOne(t, b, key); err != nil {
					t.Fatal(err)
				}
				_, err := store.New(on(faulty, tables)).Append(ctx, key, store.Exactly(1), events(1), o)
				if !errors.Is(err, c.want) || errors.Is(err, store.ErrUnknownOutcome) == c.known {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if over := ctx.Err() != nil; over != errors.Is(err, context.Canceled) {
					t.Errorf("got %v, the context is over: %v", err, over)
				}
				if page, err := b.Commits(t.Context(), store.CommitQuery{Key: key}); err != nil || len(page.Commits) != 1 {
					t.Errorf("%d commits, %v", len(page.Commits), err)
				}
			})
		}
	}
}
