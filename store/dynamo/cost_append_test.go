package dynamo_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aeon-es/aeon/store"
)

// appendScenario is a way to append, with what it sends for 1, 10 and 100 events.
type appendScenario struct {
	name string
	// before does what isn't counted and says what to expect; the key has one event then, unless isNew.
	before func(c *costs) store.Expected
	isNew  bool
	once   bool // with an idempotency key
	wants  [3][]string
}

var (
	eventCounts = [3]int{1, 10, 100}
	onePut      = [3][]string{{"PutItem 1+1"}, {"PutItem 3+3"}, {"PutItem 23+23"}}
	oneTransact = [3][]string{{"TransactWriteItems 2+1 2"}, {"TransactWriteItems 6+3 2"}, {"TransactWriteItems 46+23 2"}}
)

// behind is what is sent first, and then the rest.
func behind(first string, rest [3][]string) (all [3][]string) {
	for i := range rest {
		all[i] = append([]string{first}, rest[i]...)
	}
	return all
}

func knowing(e store.Expected) func(*costs) store.Expected {
	return func(*costs) store.Expected { return e }
}

func cold(e store.Expected) func(*costs) store.Expected {
	return func(c *costs) store.Expected { c.restart(); return e }
}

// headJustRead is that of a process that has read nothing else.
func headJustRead(c *costs) store.Expected {
	c.restart()
	head, err := c.s.Head(context.Background(), c.key)
	if err != nil {
		c.t.Fatal(err)
	}
	return store.At(head)
}

var appendScenarios = []appendScenario{
	{name: "NoStream on a new key", before: knowing(store.NoStream()), isNew: true, wants: onePut},
	{name: "At a head", before: headJustRead, wants: onePut},
	{name: "Exactly on a cold key", before: cold(store.Exactly(1)), wants: behind("Query 1", onePut)},
	{name: "Exactly on a known key", before: knowing(store.Exactly(1)), wants: onePut},
	{name: "Any on a new key", before: knowing(store.Any()), isNew: true, wants: behind("Query 0", onePut)},
	{name: "Any on a cold key", before: cold(store.Any()), wants: behind("Query 1", onePut)},
	{name: "Any on a known key", before: knowing(store.Any()), wants: onePut},
	{name: "NoStream on a new key, idempotent", before: knowing(store.NoStream()), isNew: true, once: true, wants: oneTransact},
	{name: "At a head, idempotent", before: headJustRead, once: true, wants: oneTransact},
	{name: "Exactly on a cold key, idempotent", before: cold(store.Exactly(1)), once: true, wants: behind("Query 1", oneTransact)},
	{name: "Exactly on a known key, idempotent", before: knowing(store.Exactly(1)), once: true, wants: oneTransact},
	{name: "Any on a new key, idempotent", before: knowing(store.Any()), isNew: true, once: true, wants: behind("Query 0", oneTransact)},
	{name: "Any on a cold key, idempotent", before: cold(store.Any()), once: true, wants: behind("Query 1", oneTransact)},
	{name: "Any on a known key, idempotent", before: knowing(store.Any()), once: true, wants: oneTransact},
	{name: "no events", before: cold(store.Exactly(1)), once: true},
}

func TestAppendCosts(t *testing.T) {
	t.Parallel()
	shared := newCosts(t)
	for _, tc := range appendScenarios {
		for i, n := range eventCounts {
			if tc.name == "no events" {
				n = 0
			}
			t.Run(fmt.Sprint(tc.name, ", ", n), func(t *testing.T) {
				c := shared.at(t)
				if !tc.isNew {
					c.mustAppend(store.NoStream(), 1, "")
				}
				expected, idempotencyKey := tc.before(c), ""
				if tc.once {
					idempotencyKey = "once"
				}
				c.rec.Take()
				c.mustAppend(expected, n, idempotencyKey)
				sameRequests(t, c.sent(), tc.wants[i])
			})
		}
	}
}

// repeatScenarios repeat an idempotent append, which was the second one in the key.
var repeatScenarios = []scenario{
	{"Any on a known key", func(c *costs) error { return c.repeat(store.Any()) }, []string{"TransactWriteItems refused"}},
	{"Any on a cold key", func(c *costs) error {
		c.restart()
		return c.repeat(store.Any())
	}, []string{"Query 1", "TransactWriteItems refused"}},
	{"NoStream on a cold key", func(c *costs) error {
		c.restart()
		return c.repeat(store.NoStream())
	}, []string{"TransactWriteItems refused"}},
	{"Exactly on a known key", func(c *costs) error { return c.repeat(store.Exactly(1)) }, []string{"Query 1", "GetItem 1"}},
	{"Exactly on a cold key", func(c *costs) error {
		c.restart()
		return c.repeat(store.Exactly(1))
	}, []string{"Query 1", "Query 1", "GetItem 1"}},
}

func (c *costs) repeat(e store.Expected) error {
	a, err := c.append(e, 1, "once")
	if err == nil && !a.Duplicate {
		return errors.New("it isn't a duplicate")
	}
	return err
}

func TestRepeatCosts(t *testing.T) {
	t.Parallel()
	shared := newCosts(t)
	for _, tc := range repeatScenarios {
		t.Run(tc.name, func(t *testing.T) {
			c := shared.at(t)
			c.mustAppend(store.At(c.mustAppend(store.NoStream(), 1, "")), 1, "once")
			c.rec.Take()
			if err := tc.run(c); err != nil {
				t.Fatal(err)
			}
			sameRequests(t, c.sent(), tc.wants)
		})
	}
}

// conflictScenarios have two commits in the key.
var conflictScenarios = []scenario{
	{"NoStream on a known key", func(c *costs) error { return c.conflict(store.NoStream(), "") }, []string{"Query 1"}},
	{"NoStream on a cold key", func(c *costs) error {
		c.restart()
		return c.conflict(store.NoStream(), "")
	}, []string{"PutItem refused", "Query 1"}},
	{"NoStream on a cold key, idempotent", func(c *costs) error {
		c.restart()
		return c.conflict(store.NoStream(), "once")
	}, []string{"TransactWriteItems refused", "Query 1", "GetItem 1"}},
	{"At a head, another process was first", func(c *costs) error {
		at := headJustRead(c)
		if _, err := store.New(c.b).Append(context.Background(), c.key, store.Any(), events(1), nil); err != nil {
			return err
		}
		c.rec.Take()
		return c.conflict(at, "")
	}, []string{"PutItem refused", "Query 1"}},
	{"Exactly below the head, known", func(c *costs) error { return c.conflict(store.Exactly(1), "") }, []string{"Query 1"}},
	{"Exactly below the head, cold", func(c *costs) error {
		c.restart()
		return c.conflict(store.Exactly(1), "")
	}, []string{"Query 1", "Query 1"}},
	{"Exactly below the head, cold, idempotent", func(c *costs) error {
		c.restart()
		return c.conflict(store.Exactly(1), "once")
	}, []string{"Query 1", "Query 1", "GetItem 1"}},
	{"Exactly above the head, cold", func(c *costs) error {
		c.restart()
		return c.conflict(store.Exactly(7), "")
	}, []string{"Query 1"}},
}

func (c *costs) conflict(e store.Expected, idempotencyKey string) error {
	_, err := c.append(e, 1, idempotencyKey)
	return err
}

func TestConflictCosts(t *testing.T) {
	t.Parallel()
	shared := newCosts(t)
	for _, tc := range conflictScenarios {
		t.Run(tc.name, func(t *testing.T) {
			c := shared.at(t)
			c.mustAppend(store.At(c.mustAppend(store.NoStream(), 1, "")), 1, "")
			c.rec.Take()
			err := tc.run(c)
			sameRequests(t, c.sent(), tc.wants)
			head, failed := store.New(c.b).Head(t.Context(), c.key)
			if failed != nil {
				t.Fatal(failed)
			}
			if conflict, ok := errors.AsType[*store.ConflictError](err); !ok || conflict.Actual != head.Revision() {
				t.Errorf("got %v, want a conflict with revision %d", err, head.Revision())
			}
		})
	}
}
