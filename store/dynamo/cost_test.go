package dynamo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/recorder"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/dynamo"
)

// costs is a store whose requests are recorded.
type costs struct {
	t   *testing.T
	b   *dynamo.Backend
	s   *store.Store
	key string
	rec *recorder.Recorder
}

func newCosts(t *testing.T) *costs {
	t.Helper()
	client, rec := dynamolocal.Shared(t).Recorded()
	rec.MeasureCapacity(true)
	b := newBackend(t, client)
	if err := b.Check(t.Context()); err != nil { // what a process sends once, when it starts
		t.Fatal(err)
	}
	return &costs{t: t, b: b, s: store.New(b), key: "k", rec: rec}
}

// at is the same backend for a test of its own: a store that knows nothing yet, and a key that has no events.
func (c *costs) at(t *testing.T) *costs {
	return &costs{t: t, b: c.b, s: store.New(c.b), key: newKey(), rec: c.rec}
}

// newKey is as long as any other.
func newKey() string { return fmt.Sprintf("key/%04d", stores.Add(1)) }

// restart goes on as a process that has just started: it knows no heads.
func (c *costs) restart() { c.s = store.New(c.b) }

func (c *costs) append(e store.Expected, n int, idempotencyKey string) (store.Appended, error) {
	return c.s.Append(context.Background(), c.key, e, events(n), &store.AppendOptions{IdempotencyKey: idempotencyKey})
}

func (c *costs) mustAppend(e store.Expected, n int, idempotencyKey string) store.Head {
	c.t.Helper()
	a, err := c.append(e, n, idempotencyKey)
	if err != nil {
		c.t.Fatal(err)
	}
	return a.Head
}

// events are n events of 200 bytes of data each.
func events(n int) []store.Pending {
	events := make([]store.Pending, n)
	for i := range events {
		events[i] = store.Pending{Type: "incremented", Data: json.RawMessage(`"` + strings.Repeat("x", 198) + `"`)}
	}
	return events
}

// sent is what was sent since the last time: each request as "Operation units on the table+units on the index".
func (c *costs) sent() []string {
	c.t.Helper()
	var lines []string
	for _, r := range c.rec.Take() {
		lines = append(lines, costOf(c.t, &r))
	}
	return lines
}

func sameRequests(t *testing.T, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func costOf(t *testing.T, r *recorder.Request) string {
	t.Helper()
	line := r.Operation
	if r.Status != 200 {
		return line + " refused"
	}
	if r.Operation == "TransactWriteItems" { // DynamoDB Local reports those wrong: by AWS's rules, then
		return line + " " + transactionUnits(t, r.Body)
	}
	for _, used := range r.Consumed {
		line += fmt.Sprintf(" %g", used.OnTable)
		if n, ok := used.OnIndex[dynamo.PositionIndex]; ok {
			line += fmt.Sprintf("+%g", n)
		}
		if want := plainUnits(t, r); want != "" && !strings.HasSuffix(line, want) {
			t.Errorf("%s: counted by AWS's rules it is %s", line, want) // so they are counted right for transactions
		}
	}
	return line
}

// scenario is something to do, and the requests that it sends.
type scenario struct {
	name  string
	run   func(c *costs) error
	wants []string
}

// A few events by position cost a few, though they are spread over all slices: each is asked for its likely share.
func TestReadAllCosts(t *testing.T) {
	t.Parallel()
	c := newCosts(t)
	large := []store.Pending{{Type: "large", Data: json.RawMessage(`"` + strings.Repeat("x", 3500) + `"`)}} // half a read unit each
	var all errgroup.Group
	all.SetLimit(8)
	for i := range 160 { // 10 to a slice
		all.Go(func() error {
			_, err := c.s.Append(t.Context(), fmt.Sprint("k", i), store.NoStream(), large, nil)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	for limit, most := range map[int]struct {
		requests int
		units    float64
	}{1: {16, 17}, 20: {20, 45}, 160: {32, 85}, 0: {32, 85}} {
		c.rec.Take()
		n := 0
		for _, err := range c.s.ReadAll(t.Context(), store.AllRange{Limit: limit}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		requests, units := c.rec.Take(), 0.0
		for _, r := range requests {
			for _, used := range r.Consumed {
				units += used.Total
			}
		}
		if len(requests) > most.requests || units > most.units || (n != limit && n != 160) {
			t.Errorf("limit %d: %d events, %d requests, %g units; want %d requests, %g units at most", limit, n, len(requests), units, most.requests, most.units)
		}
	}
}
