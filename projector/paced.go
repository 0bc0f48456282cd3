package projector

import (
	"context"

	"golang.org/x/time/rate"
)

// paced is p with its writes held to a rate.
func (p *Projector) paced(o *RebuildOptions) *Projector {
	slow := *p
	if o != nil && o.WriteUnits > 0 {
		slow.backend = pacedBackend{Backend: p.backend, units: rate.NewLimiter(rate.Limit(o.WriteUnits), o.WriteUnits)}
	}
	return &slow
}

// pacedBackend waits before each write until it may consume its units.
type pacedBackend struct {
	Backend
	units *rate.Limiter
}

// Save implements [Backend].
func (b pacedBackend) Save(ctx context.Context, writes ...Write) (bool, error) {
	for n := unitsOf(writes); n > 0; n -= b.units.Burst() {
		if err := b.units.WaitN(ctx, min(n, b.units.Burst())); err != nil {
			return false, err
		}
	}
	return b.Backend.Save(ctx, writes...)
}

// itemOverhead is about what Aeon's own attributes take of an item.
const itemOverhead = 150

// unitsOf are the write units of DynamoDB: 1 for each KB begun of an item, and twice that in a transaction.
func unitsOf(writes []Write) int {
	n := 0
	for _, w := range writes {
		n += (len(w.ID.ID) + len(w.Next.Row) + itemOverhead + 1023) / 1024
	}
	if len(writes) > 1 {
		n *= 2
	}
	return n
}
