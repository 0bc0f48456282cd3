package counter_test

import (
	"errors"
	"testing"

	"github.com/aeon-es/aeon/examples/counter-snapshot/counter"
	"github.com/aeon-es/aeon/projector/viewtest"
	"github.com/aeon-es/aeon/store"
)

func fold(t *testing.T, events ...store.Committed) (c counter.Counter) {
	t.Helper()
	for _, e := range events {
		var err error
		if c, err = c.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func TestCounterIsTheFoldOfItsEvents(t *testing.T) {
	t.Parallel()
	c := fold(t,
		viewtest.Event("counter/c1", "incremented", counter.Incremented{By: 5}),
		viewtest.Event("counter/c1", "decremented", counter.Decremented{By: 3}),
	)
	if c.Value != 2 {
		t.Errorf("5 and then -3 is %d", c.Value)
	}
	if _, err := c.Apply(viewtest.Event("counter/c1", "renamed", nil)); err == nil {
		t.Error("an event that a counter doesn't know was passed over")
	}
}

func TestCounterDoesNotGoBelowZero(t *testing.T) {
	t.Parallel()
	c := counter.Counter{Value: 2}
	if e, err := c.Decrement(2); err != nil || e != (counter.Decremented{By: 2}) {
		t.Errorf("decrement to zero: %v, %v", e, err)
	}
	if _, err := c.Decrement(3); !errors.Is(err, counter.ErrBelowZero) {
		t.Errorf("decrement below zero: %v", err)
	}
}
