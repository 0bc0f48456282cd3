package projector

import "sync/atomic"

// Stats count what a projector has done since it was made, for metrics. Each version of a view counts.
type Stats struct {
	Events    int64 // seen by a view, and saved
	Items     int64 // written: rows and seen revisions
	Refused   int64 // writes that another projector was ahead of
	Gaps      int64 // times that events were read which no doorbell had brought, before those that one did
	Parked    int64 // keys parked
	Unparked  int64 // keys that were redriven past what had parked them
	Reactions int64 // appends of process managers
}

// Stats are the counts up to now. They change while it reads them, one by one.
func (p *Projector) Stats() Stats {
	c := p.counts
	return Stats{
		Events: c.events.Load(), Items: c.items.Load(), Refused: c.refused.Load(), Gaps: c.gaps.Load(),
		Parked: c.parked.Load(), Unparked: c.unparked.Load(), Reactions: c.reactions.Load(),
	}
}

type counts struct {
	events, items, refused, gaps, parked, unparked, reactions atomic.Int64
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
