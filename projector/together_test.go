package projector_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// counted counts requests.
type counted struct {
	projector.Backend
	loads, saves atomic.Int64
}

func (c *counted) Load(ctx context.Context, ids ...projector.ItemID) ([]projector.Stored, error) {
	c.loads.Add(1)
	return c.Backend.Load(ctx, ids...)
}

func (c *counted) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	c.saves.Add(1)
	return c.Backend.Save(ctx, writes...)
}

// commit appends an event to key, and gives the doorbell that carries it.
func commit(t *testing.T, s *store.Store, key string) projector.Doorbell {
	t.Helper()
	events := []store.Pending{{Type: "happened"}}
	a, err := s.Append(t.Context(), key, store.Any(), events, nil)
	if err != nil {
		t.Fatal(err)
	}
	return projector.Doorbell{Key: key, Revision: a.Revision(), Commit: &store.Commit{Key: key, Revision: a.First, Count: 1, Events: events}}
}

// One key whose code takes its time doesn't hold up the others of its batch: they are done with before it.
func TestSlowKeyHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := store.New(memstore.New())
		p, err := projector.New(s, memviews.New(nil), nil, projector.View[counter]{Name: "slow", Apply: slow(3 * time.Second)})
		if err != nil {
			t.Fatal(err)
		}
		bells := []projector.Doorbell{commit(t, s, "slow")}
		for i := range 50 {
			bells = append(bells, commit(t, s, fmt.Sprint("quick ", i)))
		}
		var all sync.WaitGroup
		all.Go(func() {
			if err := p.Ring(t.Context(), bells); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(time.Second)
		for _, bell := range bells[1:] {
			if r, err := p.Query(t.Context(), "slow", bell.Key); err != nil || r.Revision != 1 {
				t.Errorf("%q after a second: %+v, %v", bell.Key, r, err)
			}
		}
		all.Wait()
		if r, err := p.Query(t.Context(), "slow", "slow"); err != nil || r.Revision != 1 {
			t.Errorf("the slow key: %+v, %v", r, err)
		}
	})
}

// A batch of many keys reads where the view stands with all of them at once, and writes a row for each. What comes again costs
// nothing but the read of the registration.
func TestBatchIsReadAtOnce(t *testing.T) {
	t.Parallel()
	s, rows := store.New(memstore.New()), &counted{Backend: memviews.New(nil)}
	p, err := projector.New(s, rows, nil, projector.View[counter]{Name: "counting", Apply: count})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Registrations(t.Context()); err != nil { // makes it
		t.Fatal(err)
	}
	var bells []projector.Doorbell
	for i := range 100 {
		bells = append(bells, commit(t, s, fmt.Sprint("key ", i%50)))
	}
	for _, want := range []struct{ loads, saves int64 }{{2, 50}, {1, 0}} {
		rows.loads.Store(0)
		rows.saves.Store(0)
		if err := p.Ring(t.Context(), bells); err != nil {
			t.Fatal(err)
		}
		if loads, saves := rows.loads.Load(), rows.saves.Load(); loads != want.loads || saves != want.saves {
			t.Errorf("%d loads and %d saves, want %d and %d", loads, saves, want.loads, want.saves)
		}
	}
	for _, bell := range bells[50:] {
		if r, err := p.Query(t.Context(), "counting", bell.Key); err != nil || string(r.Row) != `{"count":2}` {
			t.Errorf("%q: %+v, %v", bell.Key, r, err)
		}
	}
}

// Rows that are too large to be gathered before they are written come out right.
func TestLargeRowsOfABatch(t *testing.T) {
	t.Parallel()
	type large struct{ Text string }
	for _, ids := range []func(store.Committed) []string{nil, func(e store.Committed) []string { return []string{"row of " + e.Key} }} {
		s := store.New(memstore.New())
		p, err := projector.New(s, memviews.New(nil), nil, projector.View[large]{
			Name: "large", IDs: ids, Apply: func(*large, store.Committed) (*large, error) {
				return &large{Text: strings.Repeat("x", 300_000)}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		var bells []projector.Doorbell
		for i := range 25 {
			bells = append(bells, commit(t, s, fmt.Sprint("key ", i)))
		}
		if err := p.Ring(t.Context(), bells); err != nil {
			t.Fatal(err)
		}
		for _, bell := range bells {
			if seen, err := p.Seen(t.Context(), "large", bell.Key); err != nil || seen != 1 {
				t.Errorf("%q: %d, %v", bell.Key, seen, err)
			}
		}
	}
}

// touchy is a row whose own code panics.
type touchy struct{ Reading, Writing bool }

func (r *touchy) UnmarshalJSON([]byte) error { panic("reading") }

func (r *touchy) MarshalJSON() ([]byte, error) {
	if r.Writing {
		panic("writing")
	}
	return json.Marshal(map[string]int{"a": 1})
}

// Panics of a row type's own code park like those of Apply.
func TestRowTypeThatPanics(t *testing.T) {
	t.Parallel()
	for _, writing := range []bool{true, false} {
		s := store.New(memstore.New())
		p, err := projector.New(s, memviews.New(nil), nil, projector.View[touchy]{
			Name: "touchy", Apply: func(*touchy, store.Committed) (*touchy, error) { return &touchy{Writing: writing}, nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second one reads what the first one wrote
			if err := p.Ring(t.Context(), []projector.Doorbell{commit(t, s, "a")}); err != nil {
				t.Fatal(err)
			}
		}
		at, err := p.Inspect(t.Context(), "touchy", "a")
		if err != nil || at[0].Parked == nil || at[0].Parked.Class != projector.ClassPanic {
			t.Errorf("%+v, %v; want it parked", at, err)
		}
		if _, err := p.Query(t.Context(), "touchy", "a"); err == nil || errors.Is(err, projector.ErrParked) != writing {
			t.Errorf("query: %v", err)
		}
	}
}
