package projector_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// taken refuses every write, as if somebody else had always been first.
type taken struct {
	projector.Backend
	armed bool
	saves int
}

// Save implements [projector.Backend].
func (b *taken) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	if !b.armed {
		return b.Backend.Save(ctx, writes...)
	}
	b.saves++
	return false, nil
}

// A catch-up whose writes are refused again and again gives up in the end, and says so, for the batch to come again.
func TestRefusalsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, rows := store.New(memstore.New()), &taken{Backend: memviews.New(nil)}
		p, err := projector.New(s, rows, nil, projector.View[counter]{Name: "counting", Apply: count})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Registrations(t.Context()); err != nil { // makes it
			t.Fatal(err)
		}
		bell := commit(t, s, "key")
		rows.armed = true
		if _, err := p.CatchUp(t.Context(), "counting", "key"); !errors.Is(err, store.ErrThrottled) || rows.saves != 20 {
			t.Errorf("after %d writes: %v", rows.saves, err)
		}
		backlog, ok := errors.AsType[*projector.BacklogError](p.Ring(t.Context(), []projector.Doorbell{bell}))
		if !ok || len(backlog.Failed) != 1 {
			t.Errorf("rung: %v", backlog)
		}
		rows.armed = false
		if err := p.Ring(t.Context(), []projector.Doorbell{bell}); err != nil {
			t.Error(err)
		}
		if r, err := p.Query(t.Context(), "counting", "key"); err != nil || r.Revision != 1 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}
