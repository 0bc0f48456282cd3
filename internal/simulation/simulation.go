// Package simulation runs projectors, the real ones, in a world in memory in which everything goes wrong that can: a store,
// a stream whose records get lost, come twice and out of order, in several shards and batches; Lambda functions that die between
// any two requests, time out, and are replaced by newer code; requests that are refused, whose answers get lost, or that take effect
// late; view code that fails, and is mended; a redrive queue; process managers; rebuilds; and clients that append and query.
//
// Time and the order of all requests are under control: what happens in a run follows from its seed alone, and a run that goes
// wrong can be repeated. An oracle holds every step against what must be: see [github.com/aeon-es/aeon/internal/oracle].
package simulation

import (
	"context"
	"fmt"
	"testing"

	"github.com/aeon-es/aeon/internal/interleave"
)

// Report says what came of a run.
type Report struct {
	interleave.Trail
	Counts map[string]int // of what happened
}

// atMost is how many steps a run may take.
const atMost = 100_000

// Run runs one seed. The error says what went wrong; an account of all that happened is in the report where it is asked for.
func Run(t *testing.T, seed uint64, verbose bool) (Report, error) {
	t.Helper()
	p := newPlan(seed)
	var w *world
	trail, err := interleave.Walk(t, seed, p.odds, atMost, verbose, func(r *interleave.Run) func() error {
		w = newWorld(r, p)
		w.before()
		w.populate()
		return func() error { return nil } // whatever goes wrong has it fail at once
	})
	return Report{trail, w.counts}, err
}

// populate adds everybody.
func (w *world) populate() {
	surroundings := w.run.Reliable("surroundings")
	for i := range w.plan.shards {
		surroundings.Go(fmt.Sprint("shard", i), func(ctx context.Context) { w.poll(ctx, i) })
	}
	for i := range 2 {
		surroundings.Go(fmt.Sprint("redrive", i), func(ctx context.Context) { w.redrive(ctx, i) })
	}
	surroundings.Go("operator", w.operate)
	for i := range w.plan.appenders {
		w.client(fmt.Sprint("appender", i), func(ctx context.Context) { w.append(ctx, i) })
	}
	for i := range w.plan.readers {
		w.client(fmt.Sprint("reader", i), func(ctx context.Context) { w.query(ctx, i) })
	}
}

// client adds a process that may die.
func (w *world) client(name string, do func(context.Context)) {
	w.clients.Add(1)
	w.run.Go(name, func(ctx context.Context) {
		defer w.clients.Done()
		do(ctx)
	})
}
