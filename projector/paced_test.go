package projector_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// metered takes note of how many units the writes of rows consume: one each, as small as they are, two in a transaction.
type metered struct {
	projector.Backend
	units atomic.Int64
}

// Save implements [projector.Backend].
func (b *metered) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	if writes[0].ID.Kind != projector.NoteItem {
		n := int64(len(writes))
		if n > 1 {
			n *= 2
		}
		b.units.Add(n)
	}
	return b.Backend.Save(ctx, writes...)
}

// A sweep and a rebuild consume no more write units in a second than they may, beyond those of the first second; and no fewer, give or
// take a page.
func TestWritesAreHeldToARate(t *testing.T) {
	t.Parallel()
	const keys, perSecond = 300, 10
	run := map[string]func(ctx context.Context, p *projector.Projector, o *projector.RebuildOptions) error{
		"sweep": func(ctx context.Context, p *projector.Projector, o *projector.RebuildOptions) error {
			return p.Sweep(ctx, o)
		},
		"rebuild": func(ctx context.Context, p *projector.Projector, o *projector.RebuildOptions) error {
			_, err := p.Rebuild(ctx, "counting", 2, o)
			return err
		},
	}
	for name, work := range run {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, rows := store.New(memstore.New()), &metered{Backend: memviews.New(nil)}
				p, err := projector.New(s, rows, nil,
					projector.View[counter]{Name: "counting", Apply: count}, projector.View[counter]{Name: "counting", Version: 2, Apply: count})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := p.Registrations(t.Context()); err != nil { // makes it
					t.Fatal(err)
				}
				for i := range keys {
					fill(t, s, fmt.Sprint("key ", i), 1)
				}
				before, began := rows.units.Load(), time.Now()
				// One segment: another one would wait for a lock while the first waits for its units, and this clock would stand.
				if err := work(t.Context(), p, &projector.RebuildOptions{Segments: 1, WriteUnits: perSecond}); err != nil {
					t.Fatal(err)
				}
				units, took := rows.units.Load()-before, time.Since(began).Seconds()
				if units < keys || float64(units) > perSecond*(took+2) {
					t.Errorf("%d units in %.1f s", units, took)
				}
				if took > float64(units)/perSecond+2 {
					t.Errorf("%d units took as long as %.1f s", units, took)
				}
			})
		})
	}
}
