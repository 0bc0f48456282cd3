package mapping

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// QueueSettings are those of a mapping of a standard queue, by the names of AWS. Begin with [QueueDefaults].
type QueueSettings struct {
	// BatchSize is 10 at most: what is more takes a batching window, which isn't modelled.
	BatchSize               int
	ReportBatchItemFailures bool
	// MaximumConcurrency is how many invocations there may be at once.
	MaximumConcurrency int
}

// QueueDefaults are those of AWS, with as many invocations at once as a mapping begins with.
func QueueDefaults() QueueSettings { return QueueSettings{BatchSize: 10, MaximumConcurrency: 5} }

// QueueSource is a queue of SQS, or of an emulator of it. How long messages stay invisible and when they are given up is the queue's.
type QueueSource struct {
	Client *sqs.Client
	URL    string
}

// Queue is a mapping of a queue to a function. Make it with [StartQueue].
type Queue struct {
	source     QueueSource
	arn        string
	visibility time.Duration
	function   Function
	settings   QueueSettings
	cancel     context.CancelFunc
	running    sync.WaitGroup

	mu      sync.Mutex
	figures QueueFigures
	err     error
}

// QueueFigures are how often things happened.
type QueueFigures struct {
	// Received are messages, each time they were; Deleted are those that were done with, Left those that were left to come again.
	Received, Deleted, Left int
	// Invocations are tries, of which some ended in a function error.
	Invocations, Errors, Throttled int
}

// String is one line.
func (f QueueFigures) String() string {
	return fmt.Sprintf("%d messages received, %d deleted, %d left; %d invocations: %d errors, %d throttled",
		f.Received, f.Deleted, f.Left, f.Invocations, f.Errors, f.Throttled)
}

// StartQueue makes a mapping that receives until the test ends.
func StartQueue(tb testing.TB, source QueueSource, function Function, settings QueueSettings) *Queue {
	tb.Helper()
	if settings.BatchSize < 1 || settings.BatchSize > 10 || settings.MaximumConcurrency < 2 {
		tb.Fatalf("AWS refuses these settings, or they aren't modelled: %+v", settings)
	}
	ctx, cancel := context.WithCancel(tb.Context())
	q := &Queue{source: source, function: function, settings: settings, cancel: cancel}
	attributes, err := source.Client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &source.URL, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		tb.Fatalf("the queue: %v", err)
	}
	q.arn = attributes.Attributes["QueueArn"]
	seconds, err := strconv.Atoi(attributes.Attributes["VisibilityTimeout"])
	if err != nil {
		tb.Fatalf("the queue's visibility timeout: %v", err)
	}
	q.visibility = time.Duration(seconds) * time.Second
	for range settings.MaximumConcurrency {
		q.running.Go(func() { q.poll(ctx) })
	}
	tb.Cleanup(q.Stop)
	return q
}

// Stop ends the mapping. What is under way is cut off.
func (q *Queue) Stop() {
	q.cancel()
	q.running.Wait()
}

// Figures are those until now.
func (q *Queue) Figures() QueueFigures {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.figures
}

func (q *Queue) count(change func(*QueueFigures)) {
	q.mu.Lock()
	defer q.mu.Unlock()
	change(&q.figures)
}

// Wait waits until the figures are as wanted.
func (q *Queue) Wait(ctx context.Context, wanted func(QueueFigures) bool) error {
	for {
		q.mu.Lock()
		f, err := q.figures, q.err
		q.mu.Unlock()
		switch {
		case err != nil:
			return err
		case wanted(f):
			return nil
		case !pause(ctx, 5*time.Millisecond):
			return fmt.Errorf("%w; by then: %s", ctx.Err(), f)
		}
	}
}
