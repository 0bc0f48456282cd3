package simulation

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// last is the code that everybody has in the end.
func (w *world) last() generation {
	if w.plan.rebuild {
		return second
	}
	return mended
}

// operate deploys mended code after a while, and code with second versions, into which it rebuilds. When the clients
// are done it lets everything come to rest, and looks at what has come of it.
func (w *world) operate(ctx context.Context) {
	for i := 0; i < w.plan.mendedAt && w.turn(ctx, "look"); i++ {
		idle()
	}
	w.deploy(mended)
	if w.plan.rebuild {
		w.deploy(second)
		w.rebuild(ctx)
	}
	w.clients.Wait()
	w.run.SetOdds(interleave.Odds{Pause: 0.05, Land: 0.5})
	w.set(&w.calm)
	w.settle(ctx)
	w.set(&w.over)
}

// rebuilt are the views that have a second version.
var rebuilt = []string{"tallies", "shared"}

// rebuild rebuilds views into their second version, switches to it, and drops the first. It is done in a process that may die
// at any time, and is then begun anew.
func (w *world) rebuild(ctx context.Context) {
	f := w.function("rebuild")
	defer f.retire()
	for failed, done := 0, false; !done && w.turn(ctx, "rebuild"); failed++ {
		if failed == 5 { // it needs many requests in a row that are answered
			f.retire()
			f.reliable = true
		}
		var err error
		answered := f.invoke(func(ctx context.Context, p *projector.Projector) {
			ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // on a machine of the operator's, without a deadline
			defer cancel()
			err = w.rebuildAll(ctx, p)
		})
		done = answered && err == nil
		if answered && err != nil {
			w.count("rebuilds that failed")
		}
	}
	w.count("rebuilds")
}

func (w *world) rebuildAll(ctx context.Context, p *projector.Projector) error {
	for _, view := range rebuilt {
		if _, err := p.Rebuild(ctx, view, 2, &projector.RebuildOptions{Segments: 1}); err != nil {
			return err
		}
		w.promises.complete(view)
		if _, err := p.Switch(ctx, view, 2); err != nil {
			return err
		}
		if !w.plan.drop {
			continue
		}
		for range 10 { // queries have to see the switch before
			idle()
			idle()
		}
		w.promises.retire(view)
		if _, err := p.Unregister(ctx, view, 1); err != nil {
			return err
		}
		w.oracle.Forget(view, 1)
		if _, err := p.Drop(ctx, view, 1); err != nil {
			return err
		}
		w.count("versions dropped")
	}
	return nil
}

// settle waits until everything is delivered. Then rows of which no record was lost must show all of their keys; and when the last
// doorbells have rung, all others, too.
func (w *world) settle(ctx context.Context) {
	p := w.projector(0, w.last(), false)
	versions := w.complete(ctx, p)
	for !w.stream.drained() || len(w.queue.Waiting()) > 0 {
		if idle(); !w.turn(ctx, "settle") {
			return
		}
	}
	// At once: an append whose client has died may land at any later step, and has its record on the way then.
	if err := w.oracle.Behind(w.stream.complete(w.heads()), versions...); err != nil {
		w.failf("everything was delivered, but %w", err)
		return
	}
	var bells []projector.Doorbell
	for _, key := range slices.Sorted(maps.Keys(w.heads())) {
		bells = append(bells, projector.Doorbell{Key: key})
	}
	if err := p.Ring(ctx, bells); err != nil {
		w.failf("the last doorbells: %w", err)
	}
	// Reactions have appended to other keys meanwhile.
	bells = nil
	heads := w.heads()
	for _, key := range slices.Sorted(maps.Keys(heads)) {
		bells = append(bells, projector.Doorbell{Key: key})
	}
	if err := p.Ring(ctx, bells); err != nil {
		w.failf("the last doorbells: %w", err)
	}
	if err := w.oracle.Behind(heads, versions...); err != nil {
		w.failf("the last doorbells have rung, but %w", err)
	}
	if err := w.shippedOnce(); err != nil {
		w.failf("%w", err)
	}
}

// complete are the versions of views that must have seen everything.
func (w *world) complete(ctx context.Context, p *projector.Projector) []string {
	all, err := p.Registrations(ctx)
	if err != nil {
		w.failf("the registrations: %w", err)
	}
	var complete []string
	for _, r := range all {
		for version, v := range r.Versions {
			if version == r.Live || v.Complete {
				complete = append(complete, fmt.Sprintf("%s#%d", r.View, version))
			}
		}
	}
	return complete
}

// shippedOnce says whether each order was shipped once to each of its two keys.
func (w *world) shippedOnce() error {
	must, are := map[string]int{}, map[string]int{}
	for key := range w.heads() {
		for e, err := range w.truth.Read(context.Background(), key, store.Range{}) {
			if err != nil {
				return err
			}
			switch e.Type {
			case ordered:
				must[fmt.Sprintf("%s@%d to %s", key, e.Revision, parcels(key))]++
				must[fmt.Sprintf("%s@%d to %s", key, e.Revision, allParcels)]++
			case shipped:
				are[fmt.Sprintf("%s@%s to %s", e.Metadata[projector.CausationKey], e.Metadata[projector.CausationRevision], key)]++
			}
		}
	}
	for _, order := range slices.Sorted(maps.Keys(must)) {
		if are[order] != 1 {
			return fmt.Errorf("order %s is shipped %d times", order, are[order])
		}
	}
	if len(are) > len(must) {
		return fmt.Errorf("%d orders are shipped, there were %d", len(are), len(must))
	}
	return nil
}
