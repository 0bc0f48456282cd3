package projector

import (
	"sync/atomic"
	"time"
)

// Stats count what a projector has done since it was made, for metrics. Each version of a view counts.
type Stats struct {
	Batches   int64 // of doorbells that were answered in full
	Events    int64 // seen by a view, and saved
	Items     int64 // written: rows and seen revisions
	Refused   int64 // writes that another projector was ahead of
	Gaps      int64 // times that events were read which no doorbell had brought, before those that one did
	Parked    int64 // keys parked
	Unparked  int64 // keys that were redriven past what had parked them
	Reactions int64 // appends of process managers
	// Lag is how long after its append the oldest event of the last such batch was in every view: by two clocks, that of who
	// appended and the local one.
	Lag time.Duration
}

// Stats are the counts up to now. They change while it reads them, one by one.
func (p *Projector) Stats() Stats {
	c := p.counts
	return Stats{
		Batches: c.batches.Load(), Lag: time.Duration(c.lag.Load()),
		Events: c.events.Load(), Items: c.items.Load(), Refused: c.refused.Load(), Gaps: c.gaps.Load(),
		Parked: c.parked.Load(), Unparked: c.unparked.Load(), Reactions: c.reactions.Load(),
	}
}

type counts struct {
	batches, lag, events, items, refused, gaps, parked, unparked, reactions atomic.Int64
}

// batch takes note of a batch that was answered in full.
func (c *counts) batch(bells []Doorbell, now time.Time) {
	var lag time.Duration
	for _, b := range bells {
		if b.Commit != nil && !b.Commit.CommittedAt.IsZero() {
			lag = max(lag, now.Sub(b.Commit.CommittedAt))
		}
	}
	c.lag.Store(int64(lag))
	c.batches.Add(1)
}

// count takes note of a write that was done: of items that were as known before.
func (c *counts) count(known, written map[ItemID]Stored) {
	c.items.Add(int64(len(written)))
	for id, next := range written {
		was := known[id]
		if next.Seen > was.Seen {
			c.events.Add(int64(next.Seen - was.Seen))
		}
		switch {
		case was.Parked == nil && next.Parked != nil:
			c.parked.Add(1)
		case was.Parked != nil && next.Parked == nil:
			c.unparked.Add(1)
		}
	}
}
