package projector

import (
	"context"
	"fmt"

	"github.com/aeon-es/aeon/store"
)

// MaxLazy is how many events a lazy query folds at most: see [Freshness.Lazy].
const MaxLazy = 1000

// readLazily reads a row of a view with one row per key, and folds into it what the store has behind it. Errors besides those of
// read: [*BehindError] where that is more than MaxLazy events, or takes longRun, with the row as far as it goes.
func (p *Projector) readLazily(ctx context.Context, v *view, id string) (Result, error) {
	r, err := p.read(ctx, v, id)
	if err != nil {
		return r, err
	}
	var events []store.Committed
	for e, err := range p.store.Read(ctx, id, store.Range{Start: r.Revision + 1, Limit: MaxLazy + 1}) {
		if err != nil {
			return r, err
		}
		events = append(events, e)
	}
	folded, err := p.foldOnto(ctx, v, &r, events[:min(len(events), MaxLazy)])
	if err == nil && folded < len(events) {
		err = &BehindError{View: v.name, Key: id, Current: r.Revision, Requested: r.Revision + 1}
	}
	return r, err
}

// foldOnto folds events, which follow on r, into it, and answers how many. At one that can't be folded it stops with a
// [*ParkedError]: the projector that meets it next parks the key.
func (p *Projector) foldOnto(ctx context.Context, v *view, r *Result, events []store.Committed) (int, error) {
	var failure error
	code := runner{view: active{view: v}}
	defer code.stop()
	for len(events) > 0 {
		f, err := code.run(ctx, &fold{rows: []foldRow{{id: r.ID, json: r.Row}}, events: events, touches: v.ownRows(events)}, p.applyLimit)
		if err != nil {
			return 0, fmt.Errorf("fold events of key %q: %w", r.ID, err)
		}
		if f.err != nil { // go back to before it failed: the row may be half done
			failed := &ProjectionError{View: v.name, Key: r.ID, Revision: events[f.failed].Revision, Err: f.err}
			failure = &ParkedError{View: v.name, Key: r.ID, Seen: failed.Revision - 1, Parked: *p.mark(failed)}
			events = events[:f.failed]
			continue
		}
		if row := f.changed[0]; row.touched {
			r.Row = row.json
		}
		n := len(f.events)
		r.Revision = events[n-1].Revision
		if n < len(events) {
			return n, nil // cut off before the failure, if there is one
		}
		break
	}
	return len(events), failure
}
