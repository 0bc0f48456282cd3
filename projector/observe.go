package projector

// Observer is told what a projector does, for programs that show it: "aeon dev" does. Its functions are called by whoever is at
// work, several at once, and hold that up: they must be quick. Each may be nil.
type Observer struct {
	// Rung is told of each batch of doorbells before it is answered, also where that will fail. It must not change them.
	Rung func(bells []Doorbell)
	// Saved is told where a version of a view stands with a key, each time that this projector has written that.
	Saved func(at Standing)
}

// rung tells of a batch.
func (o *Observer) rung(bells []Doorbell) {
	if o != nil && o.Rung != nil {
		o.Rung(bells)
	}
}

// saved takes note of a write that was done: of items that were as known before.
func (p *Projector) saved(v active, known, written map[ItemID]Stored) {
	p.counts.count(known, written)
	for id, next := range written {
		if id != v.seen(id.ID) {
			continue
		}
		p.waiters.tell(v.name, id.ID, next)
		if p.observer != nil && p.observer.Saved != nil {
			p.observer.Saved(Standing{View: v.name, Version: v.version, Key: id.ID, Seen: next.Seen, Parked: next.Parked, Skips: next.Skips})
		}
	}
}
