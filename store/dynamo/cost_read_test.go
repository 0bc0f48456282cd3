package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/aeon-es/aeon/store"
)

// readScenarios have 10,000 events in the key, in commits of 1, 99 and then 100 events of 200 bytes.
var readScenarios = []scenario{
	{"1 event of 10,000", func(c *costs) error { return c.read(store.Range{Limit: 1}, 1) }, []string{"Query 1"}},
	{"the last event", func(c *costs) error { return c.read(store.Range{Backward: true, Limit: 1}, 1) }, []string{"Query 6"}},
	{"the head", func(c *costs) error {
		_, err := c.s.Head(context.Background(), c.key)
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
		_, _, err := c.s.ReadForAppend(context.Background(), c.key, store.Range{Start: 9_901})
		return err
	}, []string{"Query 6"}},
	{"ReadForAppend of 10,000 events", func(c *costs) error {
		_, seq, err := c.s.ReadForAppend(context.Background(), c.key, store.Range{})
		for _, failed := range seq {
			err = errors.Join(err, failed)
		}
		return err
	}, []string{"Query 260", "Query 6", "Query 260", "Query 34"}},
	{"ReadAll of 10,000 events in 16 slices", func(c *costs) error {
		n := 0
		for _, err := range c.s.ReadAll(context.Background(), store.AllRange{}) {
			if err != nil {
				return err
			}
			n++
		}
		if n != 10_000 {
			return fmt.Errorf("read %d events", n)
		}
		return nil
	}, slices.Concat(slices.Repeat([]string{"Query 0+0"}, 15), []string{"Query 0+130", "Query 0+130", "Query 0+17"})},
}

func (c *costs) read(r store.Range, want int) error {
	n := 0
	for _, err := range c.s.Read(context.Background(), c.key, r) {
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
	head := c.mustAppend(store.NoStream(), 1, "")
	for _, n := range append([]int{99}, slices.Repeat([]int{100}, 99)...) {
		head = c.mustAppend(store.At(head), n, "")
	}
	c.rec.Take()
	for _, tc := range readScenarios {
		t.Run(tc.name, func(t *testing.T) {
			c.t = t
			if err := tc.run(c); err != nil {
				t.Fatal(err)
			}
			got := c.sent()
			if len(got) > 15 { // the slices are read at the same time
				slices.Sort(got)
			}
			sameRequests(t, got, tc.wants)
		})
	}
}

// decideScenarios have 150 events of 200 bytes in the key, in commits of 10.
var decideScenarios = []scenario{
	{"Decide", func(c *costs) error { return c.decide(nil, 1, nil) }, []string{"Query 9", "PutItem 1+1"}},
	{"Decide, on nothing", func(c *costs) error { return c.decide(nil, 0, nil) }, []string{"Query 9"}},
	{"Decide, idempotent", func(c *costs) error {
		return c.decide(nil, 1, &store.AppendOptions{IdempotencyKey: "once"})
	}, []string{"GetItem 1", "Query 9", "TransactWriteItems 2+1 2"}},
	{"Decide, repeated", func(c *costs) error {
		return c.decide(nil, 1, &store.AppendOptions{IdempotencyKey: "once"})
	}, []string{"GetItem 1"}},
	{"Decide, when it is time for a snapshot", func(c *costs) error {
		return c.decide(&store.Snapshots[int]{Name: "count", Every: 100}, 1, nil)
	}, []string{"GetItem 0.5", "Query 9", "PutItem 1+1", "PutItem 1"}},
	{"Decide, with a snapshot 1 event behind", func(c *costs) error {
		if _, err := c.append(store.Any(), 1, ""); err != nil {
			return err
		}
		c.rec.Take()
		return c.decide(&store.Snapshots[int]{Name: "count", Every: 100}, 1, nil)
	}, []string{"GetItem 0.5", "Query 1", "PutItem 1+1"}},
}

func (c *costs) decide(snapshots *store.Snapshots[int], n int, o *store.AppendOptions) error {
	count := store.Decider[int]{Evolve: func(n int, _ store.Committed) (int, error) { return n + 1, nil }, Snapshots: snapshots}
	_, err := store.Decide(context.Background(), c.s, c.key, count, func(int) ([]store.Pending, error) { return events(n), nil }, o)
	return err
}

func TestDecideCosts(t *testing.T) {
	t.Parallel()
	c := newCosts(t)
	for range 15 {
		c.mustAppend(store.Any(), 10, "")
	}
	c.rec.Take()
	for _, tc := range decideScenarios {
		t.Run(tc.name, func(t *testing.T) {
			c.t = t
			if err := tc.run(c); err != nil {
				t.Fatal(err)
			}
			sameRequests(t, c.sent(), tc.wants)
		})
	}
}
