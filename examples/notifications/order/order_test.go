package order

import (
	"errors"
	"testing"

	"github.com/aeon-es/aeon/projector/viewtest"
	"github.com/aeon-es/aeon/store"
)

func given(t *testing.T, events ...store.Committed) (o Order) {
	t.Helper()
	for _, e := range events {
		var err error
		if o, err = o.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func TestOrder(t *testing.T) {
	t.Parallel()
	placed := viewtest.Event("order/de/1", "placed", Placed{Item: "bicycle"})
	shipped := viewtest.Event("order/de/1", "shipped", Shipped{})
	cancelled := viewtest.Event("order/de/1", "cancelled", Cancelled{})
	if o := given(t, placed, shipped); o != (Order{Item: "bicycle", Status: "shipped"}) {
		t.Errorf("placed and shipped, it is %+v", o)
	}
	for name, try := range map[string]struct {
		order Order
		do    func(Order) (Event, error)
		event Event
		err   error
	}{
		"place":           {Order{}, func(o Order) (Event, error) { return o.Place("bicycle") }, Placed{Item: "bicycle"}, nil},
		"place twice":     {given(t, placed), func(o Order) (Event, error) { return o.Place("tent") }, nil, ErrPlaced},
		"ship":            {given(t, placed), Order.Ship, Shipped{}, nil},
		"ship nothing":    {Order{}, Order.Ship, nil, ErrNone},
		"ship twice":      {given(t, placed, shipped), Order.Ship, nil, ErrOver},
		"ship cancelled":  {given(t, placed, cancelled), Order.Ship, nil, ErrOver},
		"cancel":          {given(t, placed), Order.Cancel, Cancelled{}, nil},
		"cancel nothing":  {Order{}, Order.Cancel, nil, ErrNone},
		"cancel on a way": {given(t, placed, shipped), Order.Cancel, nil, ErrOver},
	} {
		event, err := try.do(try.order)
		if !errors.Is(err, try.err) || err == nil && event != try.event {
			t.Errorf("%s: %v, %v; want %v, %v", name, event, err, try.event, try.err)
		}
	}
}
