package projector_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// An observer is told of every batch, and of every step of each (view, key), its parking and its redrive too.
func TestObserver(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var told []string
	tell := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, what)
	}
	observer := &projector.Observer{
		Rung: func(bells []projector.Doorbell) { tell(fmt.Sprint("rung ", len(bells))) },
		Saved: func(at projector.Standing) {
			tell(fmt.Sprintf("%s#%d %s %d parked %t skips %d", at.View, at.Version, at.Key, at.Seen, at.Parked != nil, len(at.Skips)))
		},
	}
	apply := func(row *counter, e store.Committed) (*counter, error) {
		if e.Type == "broken" {
			return nil, errors.New("broken on purpose")
		}
		return count(row, e)
	}
	s := store.New(memstore.New())
	p, err := projector.New(s, memviews.New(nil), &projector.Options{Observer: observer},
		projector.View[counter]{Name: "keyed", Apply: apply},
		projector.View[counter]{Name: "all", Apply: apply, IDs: func(store.Committed) []string { return []string{"total"} }})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(want ...string) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		slices.Sort(told)
		slices.Sort(want)
		if !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
		told = nil
	}
	fill(t, s, "a", 2)
	fill(t, s, "b", 1)
	if err := p.Ring(t.Context(), []projector.Doorbell{{Key: "a"}, {Key: "b"}}); err != nil {
		t.Fatal(err)
	}
	expect("rung 2", "all#1 a 2 parked false skips 0", "all#1 b 1 parked false skips 0", "keyed#1 a 2 parked false skips 0", "keyed#1 b 1 parked false skips 0")
	bad, err := s.Append(t.Context(), "a", store.Any(), []store.Pending{{Type: "broken"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Ring(t.Context(), []projector.Doorbell{{Key: "a"}}); err != nil {
		t.Fatal(err)
	}
	expect("rung 1", "all#1 a 2 parked true skips 0", "keyed#1 a 2 parked true skips 0")
	if _, err := p.Skip(t.Context(), "keyed", "a", bad.Revision(), "a test"); err != nil {
		t.Fatal(err)
	}
	expect("keyed#1 a 3 parked false skips 1")
	if err := p.Ring(t.Context(), []projector.Doorbell{{Key: "a"}}); err != nil { // nothing new
		t.Fatal(err)
	}
	expect("rung 1")
}
