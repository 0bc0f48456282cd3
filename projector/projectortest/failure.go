package projectortest

import (
	"errors"
	"testing"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// runFailure has view code fail: what went before is kept, the key is parked, others go on, and once the code is mended
// a redrive makes up for all of it.
func runFailure(t *testing.T, open Open) {
	b := setup(t, open)
	for _, bad := range []string{"broken", "panics"} {
		t.Run(bad, func(t *testing.T) { parkAndMend(t, b, bad) })
	}
	t.Run("slow", func(t *testing.T) { slowParks(t, b) })
	t.Run("first event", func(t *testing.T) { firstEventParks(t, b) })
	t.Run("unwanted now", func(t *testing.T) { unwantedNow(t, b) })
	t.Run("rows at the limit", func(t *testing.T) { rowsAtTheLimit(t, b) })
	t.Run("others go on", func(t *testing.T) {
		good, other := t.Name()+"/good", t.Name()+"/other"
		b.ring(t, bells(
			b.append(t, good, "happened"), b.append(t, t.Name(), "happened"), b.append(t, t.Name(), "broken"), b.append(t, other, "happened"),
		)...)
		b.expectFold(t, good)
		b.expectFold(t, other)
		b.expectParked(t, t.Name(), 2, projector.ClassError)
	})
}

// expectParked says whether key is parked at an event.
func (b *bundle) expectParked(t *testing.T, key string, at store.Revision, class string) {
	t.Helper()
	_, err := b.projector.Query(t.Context(), b.view, key)
	var parked *projector.ParkedError
	if !errors.As(err, &parked) || parked.Revision != at || parked.Class != class || parked.Seen != at-1 || parked.Key != key {
		t.Errorf("key %q: %+v, want it parked at %d for %s", key, err, at, class)
	}
}

// fold is what events of type "happened" with these revisions come to.
func fold(t *testing.T, revisions ...store.Revision) *Tally {
	t.Helper()
	var row *Tally
	for _, r := range revisions {
		var err error
		if row, err = tally(row, store.Committed{Pending: store.Pending{Type: "happened"}, Revision: r}); err != nil {
			t.Fatal(err)
		}
	}
	return row
}

func parkAndMend(t *testing.T, b *bundle, bad string) {
	t.Helper()
	key := t.Name()
	first := b.append(t, key, "happened", "happened")
	second := b.append(t, key, "happened", bad, "happened")
	b.ring(t, bell(first), bell(second))
	b.expect(t, key, 3, fold(t, 1, 2, 3))

	// While it is parked, nothing moves: not for news, not for a catch-up, not for a redrive with the same code.
	third := b.append(t, key, "happened")
	b.ring(t, bell(third))
	if _, err := b.projector.CatchUp(t.Context(), b.view, key); !errors.Is(err, projector.ErrParked) {
		t.Errorf("catch-up: %v", err)
	}
	var failure *projector.ProjectionError
	if _, err := b.projector.Redrive(t.Context(), b.view, key); !errors.As(err, &failure) || failure.Revision != 4 {
		t.Errorf("redrive: %v", err)
	}
	b.expect(t, key, 3, fold(t, 1, 2, 3))

	mended := b.anotherProjector(t, func(row *Tally, e store.Committed) (*Tally, error) {
		if e.Type == bad {
			return row, nil
		}
		return tally(row, e)
	})
	if seen, err := mended.Redrive(t.Context(), b.view, key); err != nil || seen != 6 {
		t.Errorf("redriven to %d, %v", seen, err)
	}
	b.expect(t, key, 6, fold(t, 1, 2, 3, 5, 6))
	b.expectNotParked(t, key)
	b.ring(t, bell(b.append(t, key, "happened"))) // and it goes on as before
	b.expect(t, key, 7, fold(t, 1, 2, 3, 5, 6, 7))
}

func (b *bundle) expectNotParked(t *testing.T, key string) {
	t.Helper()
	if _, err := b.projector.Query(t.Context(), b.view, key); err != nil {
		t.Errorf("key %q: %v", key, err)
	}
}

// unwantedNow mends a view by no longer wanting the event: folding past it changes no row, and still wipes the mark.
func unwantedNow(t *testing.T, b *bundle) {
	key := t.Name()
	b.ring(t, bell(b.append(t, key, "happened", "broken")))
	b.expectParked(t, key, 2, projector.ClassError)
	p, err := projector.New(b.store, b.backend, nil, projector.View[Tally]{Name: b.view, Types: []string{"happened"}, Apply: tally})
	if err != nil {
		t.Fatal(err)
	}
	if seen, err := p.Redrive(t.Context(), b.view, key); err != nil || seen != 2 {
		t.Errorf("redriven to %d, %v", seen, err)
	}
	b.expectNotParked(t, key)
	b.expect(t, key, 2, fold(t, 1))
}

func firstEventParks(t *testing.T, b *bundle) {
	key := t.Name()
	b.ring(t, bell(b.append(t, key, "broken")))
	b.expectParked(t, key, 1, projector.ClassError)
	mended := b.anotherProjector(t, func(row *Tally, _ store.Committed) (*Tally, error) { return row, nil })
	if seen, err := mended.Redrive(t.Context(), b.view, key); err != nil || seen != 1 {
		t.Errorf("redriven to %d, %v", seen, err)
	}
	b.expect(t, key, 1, nil)
}

func slowParks(t *testing.T, b *bundle) {
	key := t.Name()
	release := make(chan struct{})
	defer close(release)
	p, err := projector.New(b.store, b.backend, &projector.Options{ApplyLimit: 50 * time.Millisecond}, projector.View[Tally]{
		Name: b.view, Apply: func(row *Tally, e store.Committed) (*Tally, error) {
			if e.Revision == 2 {
				<-release
			}
			return tally(row, e)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Ring(t.Context(), bells(b.append(t, key, "happened", "happened", "happened"))); err != nil {
		t.Fatal(err)
	}
	b.expectParked(t, key, 2, projector.ClassTimeout)
	b.expect(t, key, 1, fold(t, 1))
}
