package faultruns_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/mapping"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/internal/trial"
	"github.com/aeon-es/aeon/store"
)

// queues is the redrive queue, as functions know it.
type queues struct {
	client        *sqs.Client
	endpoint, url string
}

// newQueue makes a redrive queue on a server of its own.
func newQueue(t *testing.T) queues {
	t.Helper()
	server := ministack.Start(t)
	return queues{
		client: sqs.NewFromConfig(server.Config()), endpoint: server.Endpoint(),
		url: server.CreateQueue(t, "redrive", map[string]string{"VisibilityTimeout": "5"}),
	}
}

// messages is how many are in the queue, seen or not.
func (q queues) messages(t *testing.T) int {
	t.Helper()
	out, err := q.client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &q.url, AttributeNames: []types.QueueAttributeName{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	all := 0
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
		n, err := strconv.Atoi(out.Attributes[name])
		if err != nil {
			t.Fatal(err)
		}
		all += n
	}
	return all
}

// appendPoison gives keys events that the counters can't count: at the beginning of their life, or in the middle of it.
func (w *world) appendPoison(ctx context.Context, t *testing.T) {
	t.Helper()
	for i, data := range []string{`{"by":0}`, `{"by":"many"}`, `{"by":1.5}`, `[]`} {
		events := []store.Pending{{Type: "incremented"}, {Type: "decremented", Data: json.RawMessage(data)}, {Type: "incremented"}}
		old, fresh := trial.Commit{Key: fmt.Sprint("counter/", i), Events: events}, trial.Commit{Key: fmt.Sprint("poisoned/", i), Events: events}
		if err := w.load.AppendCommits(ctx, old, fresh); err != nil {
			t.Fatal(err)
		}
	}
}

// Events that a view's code can't fold park their key in that view, and hold up nothing else: not the other keys of the batch, nor the
// other view of the same key. They stay parked while the redrive function fails; once the code is mended, they are right without anybody doing anything,
// and the queue is empty. Sandboxes are killed all the while.
func TestPoisonEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.queues = newQueue(t)
	seed := faults.Seed(t)
	commits := long.Or(5000, 500)
	var mending, mended atomic.Int64
	_, endpoint := w.strikes(t, w.transport, kill, func(write faults.Write) faults.Fate {
		if write.Number%100 == 0 || mending.Load() > 0 && mended.Add(1)%3 == 1 {
			return faults.StrikeAfter
		}
		return faults.Pass
	})
	project := w.project(t, endpoint)
	redrive := &shifting{
		Function: w.function(t, "redrive", endpoint, bootstrap.Function(t, "redrive"), lambda.Config{}),
		next:     w.function(t, "mendedredrive", endpoint, bootstrap.Package(t, "testdata/lenientredrive"), lambda.Config{}),
	}
	m := w.run(t, project, func(ctx context.Context, _ *mapping.Stream) {
		w.append(ctx, t, commits, 40, seed)
		w.appendPoison(ctx, t)
		w.append(ctx, t, commits, 40, seed+1)
	})
	if f := m.Figures(); f.Errors+f.PartialFailures > 0 {
		t.Errorf("it held up others: %s", f)
	}
	poisoned := w.expectViews(t)
	// All of them are tried, in vain.
	settings, _ := mapping.QueueFromTemplate(t, "RedriveFunction")
	q := mapping.StartQueue(t, mapping.QueueSource{Client: w.queues.client, URL: w.queues.url}, redrive, settings)
	if err := q.Wait(t.Context(), func(f mapping.QueueFigures) bool { return f.Left >= len(poisoned) }); err != nil {
		t.Fatal(err)
	}
	w.expectViews(t)
	if n := w.queues.messages(t); n < len(poisoned) || len(poisoned) != 8 {
		t.Errorf("%d messages for %d keys that are parked, of 8 that ought to be", n, len(poisoned))
	}
	mending.Store(1)
	redrive.shift(1)
	if err := q.Wait(t.Context(), func(mapping.QueueFigures) bool { return w.queues.messages(t) == 0 }); err != nil {
		t.Fatal(err)
	}
	t.Logf("redriven: %s", q.Figures())
	if q.Figures().Errors == 0 {
		t.Errorf("too little happened: %s", q.Figures())
	}
	w.expectParked(t, "counters")
	for _, key := range poisoned {
		want := w.rows(t, key)
		r, err := w.projector.Query(t.Context(), "counters", key)
		if err != nil || r.Revision != want.Seen || string(r.Row) != want.Mended.String() {
			t.Errorf("%q: %s at revision %d, %v; want %s at revision %d", key, r.Row, r.Revision, err, want.Mended, want.Seen)
		}
	}
}

// The queue is down while keys have to be parked: they aren't, since a mark without its message would wait for ever. Their records come
// again until the queue is back, and all else goes on.
func TestQueueDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.queues = newQueue(t)
	var up atomic.Bool
	way := func(r *http.Request) (*http.Response, error) {
		if !up.Load() {
			return nil, faults.ErrReset
		}
		return w.transport.RoundTrip(r)
	}
	w.queues.endpoint = faults.Listen(t, roundTripper(way), faults.To(w.queues.endpoint))
	seed := faults.Seed(t)
	w.append(t.Context(), t, long.Or(5000, 500), 40, seed)
	w.appendPoison(t.Context(), t)
	m := w.run(t, w.project(t, w.server.Endpoint()), func(ctx context.Context, m *mapping.Stream) {
		w.append(ctx, t, long.Or(5000, 500), 40, seed+1)
		// Behind the first record that fails, a lane waits: its others were projected, and come again all the same.
		if err := m.Wait(ctx, func(f mapping.Figures) bool { return f.Read == w.load.Commits() && f.PartialFailures > 4 }); err != nil {
			t.Fatal(err)
		}
		w.expectParked(t, "counters")
		if n := w.queues.messages(t); n > 0 {
			t.Errorf("%d messages got there", n)
		}
		up.Store(true)
	})
	poisoned := w.expectViews(t)
	if n := w.queues.messages(t); n < len(poisoned) || len(poisoned) != 8 {
		t.Errorf("%d messages for %d keys that are parked, of 8 that ought to be", n, len(poisoned))
	}
	if f := m.Figures(); f.Errors > 0 {
		t.Errorf("figures: %s", f)
	}
	t.Logf("parked at last: %q", poisoned)
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
