package store

import (
	"encoding/json"
	"iter"
	"time"
)

// Revision is an event's place within its key: 1, 2, 3 …, without gaps. 0 stands for "no events yet".
type Revision uint64

// Pending is an event before it is stored.
type Pending struct {
	// Type says what happened, such as "order-placed". 1 to 255 bytes.
	Type string
	// CorrelationID ties together everything that one request set off. At most 255 bytes; optional.
	CorrelationID string
	// Metadata is a small map for what is about the event rather than in it, such as its cause.
	// Names are 1 to 255 bytes. Optional.
	Metadata map[string]string
	// Data is the event's JSON text. It is stored without insignificant white space and otherwise
	// as it came: numbers keep every digit. Optional.
	Data json.RawMessage
}

// Committed is an event that is stored.
type Committed struct {
	Pending
	Key         string
	Revision    Revision
	Position    Position
	CommittedAt time.Time
}

// Commit is the events of one append, as a backend stores them. Users of a [Store] read events and
// meet commits only where they write a backend or consume a change stream.
type Commit struct {
	Key string
	// Revision is that of the first event.
	Revision Revision
	// Position is that of the first event; the others follow it one by one.
	Position    Position
	CommittedAt time.Time
	// AppendID is random for each call of Append, and so tells an append's own commit from another's.
	AppendID string
	// IdempotencyKey is the one the append was made with, if any.
	IdempotencyKey string
	Events         []Pending
	// Count is the number of events. It is there also when a query left out the events themselves.
	Count int
}

// Last is the revision of the commit's last event.
func (c *Commit) Last() Revision { return c.Revision + Revision(c.Count) - 1 }

// LastPosition is the position of the commit's last event.
func (c *Commit) LastPosition() Position { return c.Position.plus(c.Count - 1) }

// Event is the commit's i-th event, counted from 0.
func (c *Commit) Event(i int) Committed {
	return Committed{
		Pending:     c.Events[i],
		Key:         c.Key,
		Revision:    c.Revision + Revision(i),
		Position:    c.Position.plus(i),
		CommittedAt: c.CommittedAt,
	}
}

// All iterates over the commit's events, first to last.
func (c *Commit) All() iter.Seq[Committed] {
	return func(yield func(Committed) bool) {
		for i := range c.Events {
			if !yield(c.Event(i)) {
				return
			}
		}
	}
}
