package simulation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// append appends commits of a few events to keys, and tries again, with the same idempotency key, what it can't tell the outcome of.
func (w *world) append(ctx context.Context, number int) {
	name := fmt.Sprint("appender", number)
	random := w.random(name)
	s := store.New(memstore.Scheduled(w.events))
	for i := range w.plan.appends {
		key := keyName(random.IntN(w.plan.keys))
		events := w.someEvents(random)
		if random.IntN(2) == 0 {
			time.Sleep(time.Duration(random.IntN(10))*interleave.Jump + interleave.Jump/2)
		}
		options := &store.AppendOptions{}
		if random.IntN(3) == 0 {
			options.IdempotencyKey = fmt.Sprint(name, "/", i)
		}
		for try := range 3 {
			_, err := s.Append(ctx, key, store.Any(), events, options)
			if ctx.Err() != nil { // the run is over
				return
			}
			if err == nil || options.IdempotencyKey == "" || try == 2 {
				break
			}
		}
	}
}

// someEvents are a few events, each touching a few rows.
func (w *world) someEvents(random *rand.Rand) []store.Pending {
	events := make([]store.Pending, 1+random.IntN(3))
	for i := range events {
		events[i].Type = []string{happened, happened, happened, removed, unwanted, ordered}[random.IntN(6)]
		if random.Float64() < w.plan.bad {
			events[i].Type = bad
		}
		var rows []string
		for range random.IntN(4) {
			rows = append(rows, rowName(random.IntN(3)))
		}
		data, err := json.Marshal(append(rows, rowName(random.IntN(3))))
		if err != nil {
			panic(err)
		}
		events[i].Data = data
	}
	return events
}

func rowName(i int) string { return fmt.Sprint("row", i) }

// before appends, before the run, very many events to one key.
func (w *world) before() {
	const each = 250
	random := w.random("before")
	for n := w.plan.longKey; n > 0; n -= each {
		var events []store.Pending
		for len(events) < min(n, each) {
			events = append(events, w.someEvents(random)...)
		}
		if _, err := w.truth.Append(context.Background(), longKey, store.Any(), events, nil); err != nil {
			panic(err)
		}
	}
}

// query asks for rows, and holds the answers against what they may be.
func (w *world) query(ctx context.Context, number int) {
	name := fmt.Sprint("reader", number)
	random := w.random(name)
	p := w.projector(0, second, false) // its code doesn't fold; it knows all versions
	for range w.plan.queries {
		if random.IntN(2) == 0 {
			w.queryTally(ctx, random, p)
		} else {
			w.queryShared(ctx, random, p)
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// queryTally asks for the row of one key, most times for a revision.
func (w *world) queryTally(ctx context.Context, random *rand.Rand, p *projector.Projector) {
	key := keyName(random.IntN(w.plan.keys))
	var f projector.Freshness
	if head := w.heads()[key]; head > 0 && random.IntN(4) > 0 {
		f.Revision = 1 + store.Revision(random.IntN(int(head)))
	}
	f.Lazy = random.IntN(4) == 0
	begun := w.oracle.Moment()
	r, err := p.QueryFresh(ctx, "tallies", key, f)
	if !w.answered(err) {
		return
	}
	if r.Revision < f.Revision {
		w.failf("a query of key %q for revision %d shows %d", key, f.Revision, r.Revision)
	}
	if f.Lazy {
		w.mustShow(r, func(version int) error { return w.oracle.Folded(version, r) })
		return
	}
	w.mustShow(r, func(version int) error { return w.oracle.Shown(begun, version, r) })
}

// queryShared asks for a row that several keys feed, most times after a revision of one of them.
func (w *world) queryShared(ctx context.Context, random *rand.Rand, p *projector.Projector) {
	id := rowName(random.IntN(3))
	var f projector.Freshness
	key := keyName(random.IntN(w.plan.keys))
	if head := w.heads()[key]; head > 0 && random.IntN(4) > 0 {
		f.After = []projector.KeyRevision{{Key: key, Revision: 1 + store.Revision(random.IntN(int(head)))}}
	}
	begun := w.oracle.Moment()
	r, err := p.QueryFresh(ctx, "shared", id, f)
	if !w.answered(err) {
		return
	}
	w.mustShow(r, func(version int) error {
		since := begun
		for _, a := range f.After {
			reached, ok := w.oracle.Reached("shared", version, a.Key, a.Revision)
			if !ok {
				return fmt.Errorf("a query of row %q after revision %d of %q is answered, which isn't seen", id, a.Revision, a.Key)
			}
			since = max(since, reached)
		}
		return w.oracle.Shown(since, version, r)
	})
}

// answered says whether a query was answered with a row, or with there being none; others are as they may be.
func (w *world) answered(err error) bool {
	var behind *projector.BehindError
	switch {
	case err == nil:
		w.count("queries answered")
		return true
	case errors.As(err, &behind):
		w.count("queries behind")
	case errors.Is(err, projector.ErrParked):
		w.count("queries parked")
	}
	return false
}

// mustShow holds an answer against the versions of its view: it must be right for one of them.
func (w *world) mustShow(r projector.Result, right func(version int) error) {
	err := right(1)
	if err != nil && w.plan.rebuild && right(2) == nil {
		return
	}
	if err != nil {
		w.failf("view %q: %w", r.View, err)
	}
}
