package faultruns_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/mapping"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/store"
)

// bus is the way to an event bus, which keeps what the bus has accepted.
type bus struct {
	next http.RoundTripper

	mu       sync.Mutex
	accepted map[string]int // by key and revision
}

// RoundTrip implements [http.RoundTripper].
func (b *bus) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(sent))
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answered, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(answered))
	return resp, b.note(sent, answered)
}

// note keeps the entries of a request that have an id in the answer.
func (b *bus) note(sent, answered []byte) error {
	var request struct{ Entries []struct{ Detail string } }
	var answer struct{ Entries []struct{ EventID string } }
	if err := json.Unmarshal(sent, &request); err != nil {
		return err
	}
	if err := json.Unmarshal(answered, &answer); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, entry := range answer.Entries {
		var detail struct {
			Key      string
			Revision store.Revision
		}
		if err := json.Unmarshal([]byte(request.Entries[i].Detail), &detail); err != nil {
			return err
		}
		if entry.EventID != "" {
			b.accepted[fmt.Sprint(detail.Key, "@", detail.Revision)]++
		}
	}
	return nil
}

// EventBridge is down, until the publish function has given up on a batch, and throttles for a while; sandboxes are killed before
// and after requests to it: each event of the table gets to the bus, at least once.
func TestPublish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.settings, _ = mapping.FromTemplate(t, "PublishFunction")
	w.timeout = 5 * time.Second // it tries until shortly before
	w.source.Shards = 3
	seed := faults.Seed(t)
	server := ministack.Start(t)
	server.CreateBus(t, "events")
	accepted := &bus{next: w.transport, accepted: map[string]int{}}
	var up atomic.Bool
	throttled := 0
	strikes := faults.NewStrikes(accepted, func(write faults.Write) faults.Fate {
		switch n := write.Number; {
		case n > 30 && !up.Load():
			return faults.Break
		case n > 50 && throttled < 30:
			throttled++
			return faults.Throttle
		case n%20 == 5:
			return faults.StrikeBefore
		case n%20 == 15:
			return faults.StrikeAfter
		}
		return faults.Pass
	}, func(write faults.Write) { kill(w.functions[0], write) })
	endpoint := faults.Listen(t, strikes, faults.To(server.Endpoint()))
	f := w.function(t, "publish", w.server.Endpoint(), bootstrap.Function(t, "publish"), lambda.Config{
		Env: []string{"EVENT_BUS=events", "AWS_ENDPOINT_URL_EVENTBRIDGE=" + endpoint},
	})
	w.append(t.Context(), t, long.Or(5000, 500), 40, seed)
	m := w.run(t, f, func(ctx context.Context, m *mapping.Stream) {
		w.append(ctx, t, long.Or(5000, 500), 40, seed+1)
		if err := m.Wait(ctx, func(f mapping.Figures) bool { return f.PartialFailures > 0 }); err != nil {
			t.Fatal(err)
		}
		up.Store(true)
	})
	events, published := w.expectPublished(t, accepted)
	c := strikes.Counts()
	t.Logf("%d events were published %d times; %d requests passed, killed before %d and after %d, broke off %d, throttled %d", events, published,
		c[faults.Pass], c[faults.StrikeBefore], c[faults.StrikeAfter], c[faults.Break], c[faults.Throttle])
	if c[faults.StrikeBefore] < 3 || c[faults.StrikeAfter] < 3 || c[faults.Break] == 0 || c[faults.Throttle] == 0 || m.Figures().Crashed < 5 {
		t.Errorf("too little happened: %v, %s", c, m.Figures())
	}
}

// expectPublished says whether each event of the table was accepted, and nothing else. It counts the events and the acceptances.
func (w *world) expectPublished(t *testing.T, b *bus) (events, published int) {
	t.Helper()
	for _, key := range w.load.Keys() {
		for e, err := range w.store.Read(t.Context(), key, store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			n := b.accepted[fmt.Sprint(key, "@", e.Revision)]
			if n == 0 {
				t.Errorf("%s@%d was not published", key, e.Revision)
			}
			events++
			published += n
		}
	}
	if len(b.accepted) != events {
		t.Errorf("%d events were published, the table has %d", len(b.accepted), events)
	}
	return events, published
}
