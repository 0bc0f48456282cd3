package memviews_test

import (
	"testing"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/projectortest"
	"github.com/aeon-es/aeon/store"
)

// TestBackend tells the suite to the wrapper, which outside of a run is as what it wraps.
func TestBackend(t *testing.T) {
	t.Parallel()
	projectortest.Run(t, func(*testing.T) (store.Backend, projector.Backend) {
		return memstore.Scheduled(memstore.New()), memviews.Scheduled(memviews.New(nil))
	})
}

// TestWatch sees each step that changes something, once, with what was there before.
func TestWatch(t *testing.T) {
	t.Parallel()
	var seen [][]memviews.Change
	b := memviews.New(func(changes []memviews.Change) { seen = append(seen, changes) })
	id := projector.ItemID{View: "v", Version: 1, ID: "a"}
	for _, w := range []projector.Write{
		{ID: id, Next: projector.Stored{Token: "1", Seen: 1}},
		{ID: id, Was: "0", Next: projector.Stored{Token: "2", Seen: 2}}, // refused
		{ID: id, Was: "1", Next: projector.Stored{Token: "3", Seen: 3}},
		{ID: id, Was: "3"},
	} {
		if _, err := b.Save(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != 3 {
		t.Fatalf("saw %+v", seen)
	}
	for i, want := range [][2]store.Revision{{0, 1}, {1, 3}, {3, 0}} {
		if c := seen[i][0]; c.ID != id || c.Was.Seen != want[0] || c.Is.Seen != want[1] {
			t.Errorf("step %d: %+v, want revisions %v", i, c, want)
		}
	}
}
