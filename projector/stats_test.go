package projector_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

func TestStats(t *testing.T) {
	t.Parallel()
	s := store.New(memstore.New())
	broken := true
	p, err := projector.New(s, memviews.New(nil), nil, projector.View[counter]{
		Name: "counting", Apply: func(row *counter, e store.Committed) (*counter, error) {
			if broken && e.Revision == 5 {
				return nil, errors.New("broken on purpose")
			}
			return count(row, e)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, s, "key", 4)
	last := &store.Commit{Key: "key", Revision: 4, Count: 1, Events: []store.Pending{{Type: "happened"}}, CommittedAt: time.Now().Add(-time.Hour)}
	if err := p.Ring(t.Context(), []projector.Doorbell{{Key: "key", Revision: 4, Commit: last}}); err != nil {
		t.Fatal(err)
	}
	if lag := p.Stats().Lag; lag < time.Hour || lag > 2*time.Hour {
		t.Errorf("a lag of %v, want an hour", lag)
	}
	fill(t, s, "key", 2)
	if err := p.Ring(t.Context(), []projector.Doorbell{{Key: "key"}}); err != nil {
		t.Fatal(err)
	}
	broken = false
	if _, err := p.Redrive(t.Context(), "counting", "key"); err != nil {
		t.Fatal(err)
	}
	if lag := p.Stats().Lag; lag != 0 { // of the last batch, whose doorbell carried no event
		t.Errorf("a lag of %v", lag)
	}
	want := projector.Stats{Batches: 2, Events: 6, Items: 3, Gaps: 1, Parked: 1, Unparked: 1}
	if got := p.Stats(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
