package projectortest

import (
	"errors"
	"slices"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// runDoorbells rings for single views, for views that aren't known, and for events that aren't there.
func runDoorbells(t *testing.T, open Open) {
	b := setup(t, open)
	t.Run("for one view", func(t *testing.T) { forOneView(t, b) })
	t.Run("for an unknown view", func(t *testing.T) { forAnUnknownView(t, b) })
	t.Run("ahead of the store", func(t *testing.T) { aheadOfTheStore(t, b) })
}

// expectBacklog says whether just these doorbells failed.
func expectBacklog(t *testing.T, err, cause error, failed ...int) {
	t.Helper()
	var backlog *projector.BacklogError
	if !errors.As(err, &backlog) || !slices.Equal(backlog.Failed, failed) || backlog.First != failed[0] {
		t.Errorf("got %+v, want the doorbells %d to have failed", err, failed)
	}
	if cause != nil && !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", err, cause)
	}
}

func forOneView(t *testing.T, b *bundle) {
	name := viewName(t)
	p, err := projector.New(b.store, b.backend, nil,
		projector.View[Tally]{Name: name, Apply: tally}, projector.View[Tally]{Name: name + "-2", Apply: tally})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(first, second store.Revision) {
		t.Helper()
		for view, want := range map[string]store.Revision{name: first, name + "-2": second} {
			if r, err := p.Query(t.Context(), view, t.Name()); err != nil || r.Revision != want {
				t.Errorf("view %q is at %d, %v; want %d", view, r.Revision, err, want)
			}
		}
	}
	bell := bell(b.append(t, t.Name(), "happened"))
	bell.View = name + "-2"
	if err := p.Ring(t.Context(), []projector.Doorbell{bell}); err != nil {
		t.Error(err)
	}
	expect(0, 1)
	b.append(t, t.Name(), "happened")
	err = p.Ring(t.Context(), []projector.Doorbell{{Key: t.Name(), View: name, Revision: 2}, bell, {Key: t.Name(), View: name, Revision: 1}})
	if err != nil {
		t.Error(err)
	}
	expect(2, 1)
	if err := p.Ring(t.Context(), []projector.Doorbell{bell, {Key: t.Name()}}); err != nil {
		t.Error(err)
	}
	expect(2, 2)
}

// forAnUnknownView fails by itself: the others are done.
func forAnUnknownView(t *testing.T, b *bundle) {
	c := b.append(t, t.Name(), "happened")
	err := b.projector.Ring(t.Context(), []projector.Doorbell{bell(c), {Key: t.Name(), View: "unknown"}})
	expectBacklog(t, err, projector.ErrUnknownView, 1)
	b.expectFold(t, t.Name())
}

// aheadOfTheStore rings for an event that isn't there, and may come. Doorbells for what is there are done.
func aheadOfTheStore(t *testing.T, b *bundle) {
	key := t.Name()
	b.append(t, key, "happened")
	other := b.append(t, key+"/other", "happened")
	early := projector.Doorbell{Key: key, Revision: 2}
	for range 2 {
		err := b.projector.Ring(t.Context(), []projector.Doorbell{{Key: key, Revision: 1}, early, {Key: key}, bell(other), early})
		expectBacklog(t, err, nil, 1, 4)
		var ahead *projector.AheadError
		if !errors.As(err, &ahead) || ahead.Key != key || ahead.Revision != 2 || ahead.Head != 1 {
			t.Errorf("got %v", err)
		}
		b.expectFold(t, key)
		b.expectFold(t, key+"/other")
	}
	b.append(t, key, "happened")
	b.ring(t, early)
	b.expectFold(t, key)
}
