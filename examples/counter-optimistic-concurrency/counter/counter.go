// Package counter is a counter that never goes below zero, however many use it at once.
package counter

import (
	"errors"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/typed"
)

// Event is what can happen to a counter.
type Event interface{ happened() }

// Incremented says that something was added.
type Incremented struct {
	By int `json:"by"`
}

// Decremented says that something was taken away.
type Decremented struct {
	By int `json:"by"`
}

func (Incremented) happened() {}
func (Decremented) happened() {}

var codec = typed.MustCodec(
	typed.Type[Event, Incremented]("incremented"),
	typed.Type[Event, Decremented]("decremented"),
)

// Counter is what the events of one counter come to.
type Counter struct {
	Value int `json:"value"`
}

// ErrBelowZero refuses to take away more than there is.
var ErrBelowZero = errors.New("a counter can't go below zero")

// Increment decides what happens when by is to be added.
func (c Counter) Increment(by int) (Event, error) { return Incremented{By: by}, nil }

// Decrement decides what happens when by is to be taken away.
func (c Counter) Decrement(by int) (Event, error) {
	if by > c.Value {
		return nil, ErrBelowZero
	}
	return Decremented{By: by}, nil
}

// Apply is the counter after one more event.
func (c Counter) Apply(e store.Committed) (Counter, error) {
	event, err := codec.Decode(e)
	switch event := event.(type) {
	case Incremented:
		c.Value += event.By
	case Decremented:
		c.Value -= event.By
	}
	return c, err
}
