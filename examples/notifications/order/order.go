// Package order is an order: placed, and then shipped or cancelled.
package order

import (
	"errors"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/typed"
)

// Event is what can happen to an order.
type Event interface{ happened() }

// Placed says that somebody ordered something.
type Placed struct {
	Item string `json:"item"`
}

// Shipped says that it is on its way.
type Shipped struct{}

// Cancelled says that it won't be sent.
type Cancelled struct{}

func (Placed) happened()    {}
func (Shipped) happened()   {}
func (Cancelled) happened() {}

var codec = typed.MustCodec(
	typed.Type[Event, Placed]("placed"),
	typed.Type[Event, Shipped]("shipped"),
	typed.Type[Event, Cancelled]("cancelled"),
)

// Order is what the events of one order come to.
type Order struct {
	Item   string `json:"item"`
	Status string `json:"status"`
}

// Why a command is refused.
var (
	ErrPlaced = errors.New("the order is placed already")
	ErrNone   = errors.New("there is no such order")
	ErrOver   = errors.New("the order is shipped or cancelled")
)

// Place decides what happens when something is ordered.
func (o Order) Place(item string) (Event, error) {
	if o.Status != "" {
		return nil, ErrPlaced
	}
	return Placed{Item: item}, nil
}

// Ship decides what happens when the order is to be sent.
func (o Order) Ship() (Event, error) { return Shipped{}, o.open() }

// Cancel decides what happens when it is not to be.
func (o Order) Cancel() (Event, error) { return Cancelled{}, o.open() }

// open says whether anything can happen to the order yet.
func (o Order) open() error {
	switch o.Status {
	case "placed":
		return nil
	case "":
		return ErrNone
	}
	return ErrOver
}

// Apply is the order after one more event.
func (o Order) Apply(e store.Committed) (Order, error) {
	event, err := codec.Decode(e)
	if placed, ok := event.(Placed); ok {
		o.Item = placed.Item
	}
	o.Status = e.Type
	return o, err
}
