package projectortest

import (
	"errors"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// runFailure has view code fail: what went before is kept, other keys go on, and a mended view catches up.
func runFailure(t *testing.T, open Open) {
	b := setup(t, open)
	for _, bad := range []string{"broken", "panics"} {
		t.Run(bad, func(t *testing.T) { failAndMend(t, b, bad) })
	}
	t.Run("BatchGoesOn", func(t *testing.T) {
		good, other := t.Name()+"/good", t.Name()+"/other"
		batch := bells(
			b.append(t, good, "happened"), b.append(t, t.Name(), "happened"), b.append(t, t.Name(), "broken"), b.append(t, other, "happened"),
		)
		var backlog *projector.BacklogError
		if err := b.projector.Ring(t.Context(), batch); !errors.As(err, &backlog) || backlog.First != 1 {
			t.Errorf("got %v, want a backlog from doorbell 1 on", err)
		}
		b.expectFold(t, good)
		b.expectFold(t, other)
	})
}

func failAndMend(t *testing.T, b *bundle, bad string) {
	t.Helper()
	key := t.Name()
	first := b.append(t, key, "happened", "happened")
	second := b.append(t, key, "happened", bad, "happened")
	err := b.projector.Ring(t.Context(), bells(first, second))
	var failure *projector.ProjectionError
	if !errors.As(err, &failure) || failure.Revision != 4 || failure.Key != key {
		t.Fatalf("got %v, want a failure at revision 4", err)
	}
	var kept *Tally
	for r := range store.Revision(3) {
		kept, err = tally(kept, store.Committed{Pending: store.Pending{Type: "happened"}, Revision: r + 1})
		if err != nil {
			t.Fatal(err)
		}
	}
	b.expect(t, key, 3, kept)

	mended := b.anotherProjector(t, func(row *Tally, e store.Committed) (*Tally, error) {
		if e.Type == bad {
			return row, nil
		}
		return tally(row, e)
	})
	if err := mended.Ring(t.Context(), bells(second)); err != nil {
		t.Fatal(err)
	}
	want, err := tally(kept, store.Committed{Pending: store.Pending{Type: "happened"}, Revision: 5})
	if err != nil {
		t.Fatal(err)
	}
	b.expect(t, key, 5, want)
}
