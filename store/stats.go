package store

import (
	"errors"
	"sync/atomic"
)

// Stats count what a store has done since it was made, for metrics.
type Stats struct {
	Appends    int64 // that stored their events
	Events     int64 // that those stored
	Duplicates int64 // appends that an earlier one with their idempotency key had done
	Conflicts  int64 // appends that were not where they expected to be
	Throttled  int64 // appends that were given up for lack of capacity, or because others kept being first
	Unknown    int64 // appends of which it isn't known whether they were stored
	Puts       int64 // tries to store a commit
	FarAhead   int64 // positions met that were far ahead of the local clock
}

// Stats are the counts up to now. They change while it reads them, one by one.
func (s *Store) Stats() Stats {
	c := s.counts
	return Stats{
		Appends: c.appends.Load(), Events: c.events.Load(), Duplicates: c.duplicates.Load(), Conflicts: c.conflicts.Load(),
		Throttled: c.throttled.Load(), Unknown: c.unknown.Load(), Puts: c.puts.Load(), FarAhead: s.clock.farAhead(),
	}
}

type counts struct {
	appends, events, duplicates, conflicts, throttled, unknown, puts atomic.Int64
}

// count takes note of how an append ended.
func (c *counts) count(a Appended, err error) {
	switch {
	case err == nil && a.Duplicate:
		c.duplicates.Add(1)
	case err == nil:
		c.appends.Add(1)
		c.events.Add(int64(a.Count))
	case errors.Is(err, ErrConflict):
		c.conflicts.Add(1)
	case errors.Is(err, ErrUnknownOutcome):
		c.unknown.Add(1)
	case errors.Is(err, ErrThrottled):
		c.throttled.Add(1)
	}
}
