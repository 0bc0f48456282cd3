package dynamo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/recorder"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/dynamo"
)

// costs is a store whose requests are recorded.
type costs struct {
	t   *testing.T
	s   *store.Store
	b   *dynamo.Backend
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
	c := &costs{t: t, s: store.New(b), b: b, rec: rec}
	rec.Take()
	return c
}

// restarted is the same store in a process that has just started: it knows no heads.
func (c *costs) restarted() *store.Store { return store.New(c.b) }

func (c *costs) append(s *store.Store, key string, e store.Expected, n int, idempotencyKey string) (store.Appended, error) {
	return s.Append(context.Background(), key, e, events(n), &store.AppendOptions{IdempotencyKey: idempotencyKey})
}

// mustAppend appends n events to key k.
func (c *costs) mustAppend(e store.Expected, n int) store.Appended {
	c.t.Helper()
	a, err := c.append(c.s, "k", e, n, "")
	if err != nil {
		c.t.Fatal(err)
	}
	return a
}

// events are n events of 200 bytes of data each.
func events(n int) []store.Pending {
	events := make([]store.Pending, n)
	for i := range events {
		events[i] = store.Pending{Type: "incremented", Data: json.RawMessage(`"` + strings.Repeat("x", 198) + `"`)}
	}
	return events
}

// expect compares what was sent since the last time: each request as "Operation units on the table+units on the index".
func (c *costs) expect(want ...string) {
	c.t.Helper()
	var got []string
	for _, r := range c.rec.Take() {
		line := r.Operation
		for _, used := range r.Consumed {
			// Transactions are reported wrong here: counting them is left to AWS's rules.
			if r.Operation != "TransactWriteItems" {
				line += fmt.Sprintf(" %g", used.OnTable)
				if n, ok := used.OnIndex[dynamo.PositionIndex]; ok {
					line += fmt.Sprintf("+%g", n)
				}
			}
		}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// scenario is something to do, and the requests that it sends.
type scenario struct {
	name  string
	run   func(c *costs) error
	wants []string
}

var appendScenarios = []scenario{
	{"NoStream on a new key", func(c *costs) error {
		_, err := c.append(c.s, "new", store.NoStream(), 1, "")
		return err
	}, []string{"PutItem 1+1"}},
	{"At a head, 1 event", func(c *costs) error { return c.atHead(1) }, []string{"PutItem 1+1"}},
	{"At a head, 10 events", func(c *costs) error { return c.atHead(10) }, []string{"PutItem 3+3"}},
	{"At a head, 100 events", func(c *costs) error { return c.atHead(100) }, []string{"PutItem 23+23"}},
	{"At a head, with an idempotency key", func(c *costs) error {
		head := c.mustAppend(store.NoStream(), 1).Head
		c.rec.Take()
		_, err := c.append(c.s, "k", store.At(head), 1, "once")
		return err
	}, []string{"TransactWriteItems"}},
	{"Exactly on a cold key", func(c *costs) error {
		c.mustAppend(store.NoStream(), 1)
		c.rec.Take()
		_, err := c.append(c.restarted(), "k", store.Exactly(1), 1, "")
		return err
	}, []string{"Query 1", "PutItem 1+1"}},
	{"Exactly on a known key", func(c *costs) error {
		c.mustAppend(store.NoStream(), 1)
		c.rec.Take()
		_, err := c.append(c.s, "k", store.Exactly(1), 1, "")
		return err
	}, []string{"PutItem 1+1"}},
	{"Exactly with an idempotency key, cold", func(c *costs) error {
		c.mustAppend(store.NoStream(), 1)
		c.rec.Take()
		_, err := c.append(c.restarted(), "k", store.Exactly(1), 1, "once")
		return err
	}, []string{"Query 1", "TransactWriteItems"}},
	{"Any on a cold key", func(c *costs) error {
		c.mustAppend(store.NoStream(), 1)
		c.rec.Take()
		_, err := c.append(c.restarted(), "k", store.Any(), 1, "")
		return err
	}, []string{"Query 1", "PutItem 1+1"}},
	{"Any on a known key", func(c *costs) error {
		c.mustAppend(store.NoStream(), 1)
		c.rec.Take()
		_, err := c.append(c.s, "k", store.Any(), 1, "")
		return err
	}, []string{"PutItem 1+1"}},
	{"Any with an idempotency key, known", func(c *costs) error {
		c.mustAppend(store.NoStream(), 1)
		c.rec.Take()
		_, err := c.append(c.s, "k", store.Any(), 1, "once")
		return err
	}, []string{"TransactWriteItems"}},
	{"no events", func(c *costs) error {
		_, err := c.append(c.s, "k", store.Any(), 0, "")
		return err
	}, nil},
}

func TestAppendCosts(t *testing.T) {
	t.Parallel()
	for _, tc := range appendScenarios {
		t.Run(tc.name, func(t *testing.T) {
			c := newCosts(t)
			if err := tc.run(c); err != nil {
				t.Fatal(err)
			}
			c.expect(tc.wants...)
		})
	}
}

// atHead appends n events at a head just read.
func (c *costs) atHead(n int) error {
	c.mustAppend(store.NoStream(), 1)
	s := c.restarted()
	head, err := s.Head(context.Background(), "k")
	if err != nil {
		return err
	}
	c.rec.Take()
	_, err = c.append(s, "k", store.At(head), n, "")
	return err
}

// conflictScenarios have two commits in the key.
var conflictScenarios = []scenario{
	{"NoStream on a known key", func(c *costs) error {
		_, err := c.append(c.s, "k", store.NoStream(), 1, "")
		return err
	}, []string{"Query 1"}},
	{"NoStream on a cold key", func(c *costs) error {
		_, err := c.append(c.restarted(), "k", store.NoStream(), 1, "")
		return err
	}, []string{"PutItem", "Query 1"}},
	{"Exactly below the head, cold", func(c *costs) error {
		_, err := c.append(c.restarted(), "k", store.Exactly(1), 1, "")
		return err
	}, []string{"Query 1", "Query 1"}},
	{"Exactly below the head, known", func(c *costs) error {
		_, err := c.append(c.s, "k", store.Exactly(1), 1, "")
		return err
	}, []string{"Query 1"}},
	{"Exactly below the head, with an idempotency key", func(c *costs) error {
		_, err := c.append(c.restarted(), "k", store.Exactly(1), 1, "once")
		return err
	}, []string{"Query 1", "Query 1", "GetItem 1"}},
	{"Exactly above the head, cold", func(c *costs) error {
		_, err := c.append(c.restarted(), "k", store.Exactly(7), 1, "")
		return err
	}, []string{"Query 1"}},
}

func TestConflictCosts(t *testing.T) {
	t.Parallel()
	for _, tc := range conflictScenarios {
		t.Run(tc.name, func(t *testing.T) {
			c := newCosts(t)
			c.mustAppend(store.NoStream(), 1)
			c.mustAppend(store.Exactly(1), 1)
			c.rec.Take()
			var conflict *store.ConflictError
			if err := tc.run(c); !errors.As(err, &conflict) || conflict.Actual != 2 {
				t.Fatalf("got %v, want a conflict with revision 2", err)
			}
			c.expect(tc.wants...)
		})
	}
}

// readScenarios have 10,000 events in the key, in commits of 1, 99 and then 100 events of 200 bytes.
var readScenarios = []scenario{
	{"1 event of 10,000", func(c *costs) error { return c.read(store.Range{Limit: 1}, 1) }, []string{"Query 1"}},
	{"the last event", func(c *costs) error { return c.read(store.Range{Backward: true, Limit: 1}, 1) }, []string{"Query 6"}},
	{"the head", func(c *costs) error {
		_, err := c.s.Head(context.Background(), "k")
		return err
	}, []string{"Query 6"}},
	{"1,000 events from the first", func(c *costs) error { return c.read(store.Range{End: 1000}, 1000) }, []string{"Query 56"}},
	{"100 events from inside a commit", func(c *costs) error { return c.read(store.Range{Start: 951, End: 1050}, 100) }, []string{"Query 6", "Query 6"}},
	{"nothing new behind the head", func(c *costs) error { return c.read(store.Range{Start: 10_001}, 0) }, []string{"Query 0", "Query 6"}},
	{"10,000 events", func(c *costs) error { return c.read(store.Range{}, 10_000) }, []string{"Query 260", "Query 260", "Query 34"}},
	{"10,000 events, eventually consistent", func(c *costs) error {
		return c.read(store.Range{Eventual: true}, 10_000)
	}, []string{"Query 130", "Query 130", "Query 17"}},
	{"ReadForAppend of an empty key", func(c *costs) error {
		_, _, err := c.s.ReadForAppend(context.Background(), "other", store.Range{})
		return err
	}, []string{"Query 0"}},
	{"ReadForAppend of the last 100 events", func(c *costs) error {
		_, _, err := c.s.ReadForAppend(context.Background(), "k", store.Range{Start: 9_901})
		return err
	}, []string{"Query 6"}},
}

func (c *costs) read(r store.Range, want int) error {
	n := 0
	for _, err := range c.s.Read(context.Background(), "k", r) {
		if err != nil {
			return err
		}
		n++
	}
	if n != want {
		return fmt.Errorf("read %d events, want %d", n, want)
	}
	return nil
}

func TestReadCosts(t *testing.T) {
	t.Parallel()
	c := newCosts(t)
	head := c.mustAppend(store.NoStream(), 1).Head
	for _, n := range append([]int{99}, slices.Repeat([]int{100}, 99)...) {
		head = c.mustAppend(store.At(head), n).Head
	}
	c.rec.Take()
	for _, tc := range readScenarios {
		t.Run(tc.name, func(t *testing.T) {
			c.t = t
			if err := tc.run(c); err != nil {
				t.Fatal(err)
			}
			c.expect(tc.wants...)
		})
	}
}
