package viewtest_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/viewtest"
	"github.com/aeon-es/aeon/store"
)

type account struct {
	Balance int    `json:"balance"`
	Last    string `json:"last,omitempty"`
}

// transfer is the data of an event of the key "transfer/…".
type transfer struct {
	From, To string
	Amount   int
}

// accounts is a view whose rows are fed by many keys: a transfer touches two accounts.
func accounts() projector.View[account] {
	return projector.View[account]{
		Name: "accounts",
		IDs: func(e store.Committed) []string {
			var t transfer
			if json.Unmarshal(e.Data, &t) != nil {
				return nil
			}
			return []string{t.From, t.To}
		},
		ApplyTo: func(id string, row *account, e store.Committed) (*account, error) {
			var t transfer
			if err := json.Unmarshal(e.Data, &t); err != nil {
				return nil, err
			}
			if row == nil {
				row = &account{}
			}
			if id == t.From {
				row.Balance -= t.Amount
			} else {
				row.Balance += t.Amount
			}
			return row, nil
		},
	}
}

// In a test of your own, t is its *testing.T. Here failure prints what a test says that fails.
func ExampleGiven() {
	fmt.Print(failure(func(t testing.TB) {
		viewtest.Given(t, accounts(),
			viewtest.Event("transfer/1", "transferred", transfer{"Ann", "Bob", 70}),
			viewtest.Event("transfer/2", "transferred", `{"From":"Bob","To":"Cleo","Amount":20}`),
		).
			ExpectRow("Ann", account{Balance: -70}).
			ExpectRow("Bob", account{Balance: 55}).
			ExpectNoRow("Dan")
	}))
	// Output:
	// row "Bob" is {"balance":50}, want {"balance":55}
}

// What the last transfer was depends on which comes first: transfers are events of different keys, which come in any order.
func ExampleGiven_order() {
	wrong := accounts()
	add := wrong.ApplyTo
	wrong.ApplyTo = func(id string, row *account, e store.Committed) (*account, error) {
		row, err := add(id, row, e)
		if err == nil {
			row.Last = e.Key
		}
		return row, err
	}
	fmt.Print(failure(func(t testing.TB) {
		viewtest.Given(t, wrong,
			viewtest.Event("transfer/1", "transferred", transfer{"Ann", "Bob", 70}),
			viewtest.Event("transfer/2", "transferred", transfer{"Cleo", "Dan", 20}),
			viewtest.Event("transfer/3", "transferred", transfer{"Bob", "Ann", 10}),
		)
	}))
	// Output:
	// it makes a difference to the view which key's event comes first, and they come in any order:
	// row "Ann" is {"balance":-60,"last":"transfer/3"} after
	// 	transfer/1@1 transferred
	// 	transfer/3@1 transferred
	// and {"balance":-60,"last":"transfer/1"} after
	// 	transfer/3@1 transferred
	// 	transfer/1@1 transferred
}

// order is the state of a process manager that has what is ordered sent once it is paid.
type order struct {
	Items []string `json:"items"`
}

func shipping() projector.React[order] {
	return projector.React[order]{
		Name: "shipping", Keys: []string{"order/"},
		Apply: func(o *order, e store.Committed) (*order, []projector.Reaction, error) {
			switch e.Type {
			case "placed":
				o = &order{}
				return o, nil, json.Unmarshal(e.Data, o)
			case "paid":
				data, err := json.Marshal(o)
				return nil, []projector.Reaction{{Key: "parcel/" + e.Key, Events: []store.Pending{{Type: "requested", Data: data}}}}, err
			}
			return o, nil, nil
		},
	}
}

func ExampleGivenReact() {
	fmt.Print(failure(func(t testing.TB) {
		viewtest.GivenReact(t, shipping(),
			viewtest.Event("order/1", "placed", order{Items: []string{"book"}}),
			viewtest.Event("order/2", "placed", order{Items: []string{"lamp", "bulb"}}),
			viewtest.Event("order/1", "paid", nil),
		).
			ExpectState("order/2", order{Items: []string{"lamp", "bulb"}}).
			ExpectNoState("order/1").
			ExpectReactions(projector.Reaction{
				Key: "parcel/order/1", Events: []store.Pending{{Type: "requested", Data: []byte(`{"items":["lamp"]}`)}},
			})
	}))
	// Output:
	// reaction 1 is to parcel/order/1: requested {"items":["book"]}, want to parcel/order/1: requested {"items":["lamp"]}
}
