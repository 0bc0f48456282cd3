package truck

import (
	"testing"

	"github.com/aeon-es/aeon/projector/viewtest"
)

func TestStock(t *testing.T) {
	t.Parallel()
	var stock Stock
	loaded := viewtest.Event("truck/t1", "loaded", Scoops{"vanilla", 3})
	stock, err := stock.Apply(loaded)
	if err != nil || stock["vanilla"] != 3 {
		t.Fatalf("%v (%v)", stock, err)
	}
	if e, err := stock.Decide("sell", Scoops{"vanilla", 3}); err != nil || e.Type != "sold" {
		t.Errorf("sell all: %+v (%v)", e, err)
	}
	for _, want := range []Scoops{{"vanilla", 4}, {"mint", 1}, {"vanilla", 0}, {"", 1}} {
		if e, err := stock.Decide("sell", want); err == nil {
			t.Errorf("sell %+v: %+v", want, e)
		}
	}
}

func TestSales(t *testing.T) {
	t.Parallel()
	viewtest.Given(t, sales,
		viewtest.Event("truck/t1", "loaded", Scoops{"vanilla", 9}),
		viewtest.Event("truck/t1", "sold", Scoops{"vanilla", 2}),
		viewtest.Event("truck/t1", "sold", Scoops{"vanilla", 1}),
	).ExpectRow("truck/t1", Sales{Scoops: 3, Cents: 450})
}
