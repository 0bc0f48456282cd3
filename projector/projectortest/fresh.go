package projectortest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// runFresh has queries ask for rows that show certain events.
func runFresh(t *testing.T, open Open) {
	b := setup(t, open)
	t.Run("of one key", func(t *testing.T) { freshOfOneKey(t, b) })
	t.Run("of many keys", func(t *testing.T) { freshOfManyKeys(t, b) })
	t.Run("of many keys, while they move", func(t *testing.T) { freshWhileMoving(t, b) })
	t.Run("that can't be", func(t *testing.T) { freshThatCannotBe(t, b) })
	t.Run("waited for", func(t *testing.T) { waitedFor(t, b) })
	t.Run("lazily", func(t *testing.T) { lazily(t, b) })
	t.Run("lazily, but it fails", func(t *testing.T) { lazilyButItFails(t, b) })
	t.Run("lazily, but it is too much", func(t *testing.T) { lazilyButTooMuch(t, b) })
}

// fresh queries a row of b's view.
func (b *bundle) fresh(t *testing.T, id string, f projector.Freshness) (projector.Result, error) {
	t.Helper()
	return b.projector.QueryFresh(t.Context(), b.view, id, f)
}

// mustShow expects a query to succeed and to show that revision.
func (b *bundle) mustShow(t *testing.T, id string, f projector.Freshness, want store.Revision) projector.Result {
	t.Helper()
	r, err := b.fresh(t, id, f)
	if err != nil || r.Revision != want {
		t.Errorf("%+v: revision %d, %v, want %d", f, r.Revision, err, want)
	}
	return r
}

// wantBehind expects an error that says so.
func wantBehind(t *testing.T, err error, key string, current, requested store.Revision) {
	t.Helper()
	var behind *projector.BehindError
	if !errors.As(err, &behind) || behind.Key != key || behind.Current != current || behind.Requested != requested {
		t.Errorf("got %+v (%v), want key %q at %d, not %d", behind, err, key, current, requested)
	}
}

func freshOfOneKey(t *testing.T, b *bundle) {
	key := t.Name()
	_, err := b.fresh(t, key, projector.Freshness{Revision: 1})
	wantBehind(t, err, key, 0, 1)
	b.ring(t, bell(b.append(t, key, "happened", "happened")))
	b.append(t, key, "happened")
	own := func(r store.Revision) []projector.KeyRevision {
		return []projector.KeyRevision{{Key: key, Revision: r}}
	}
	for _, f := range []projector.Freshness{{}, {Revision: 1}, {Revision: 2}, {After: own(2)}, {Revision: 1, After: own(2)}, {After: own(0)}} {
		b.mustShow(t, key, f, 2)
	}
	for _, f := range []projector.Freshness{{Revision: 3}, {After: own(3)}, {Revision: 1, After: append(own(1), own(3)...)}, {Revision: 3, After: own(1)}} {
		r, err := b.fresh(t, key, f)
		if wantBehind(t, err, key, 2, 3); r.Revision != 2 || r.Row == nil {
			t.Errorf("%+v: the row as it is: %+v", f, r)
		}
	}
	b.ring(t, bell(b.append(t, key, "broken")))
	b.mustShow(t, key, projector.Freshness{Revision: 3}, 3)
	for _, f := range []projector.Freshness{{}, {Revision: 4}, {Revision: 4, Wait: projector.MaxWait}} {
		if r, err := b.fresh(t, key, f); !errors.Is(err, projector.ErrParked) || r.Revision != 3 {
			t.Errorf("%+v of a parked key: %+v, %v", f, r, err)
		}
	}
}

func freshOfManyKeys(t *testing.T, b *bundle) {
	k := newBank(t, b)
	query := func(after ...any) (projector.Result, error) {
		var f projector.Freshness
		for pair := range slices.Chunk(after, 2) {
			f.After = append(f.After, projector.KeyRevision{Key: k.prefix + pair[0].(string), Revision: store.Revision(pair[1].(int))}) //nolint:errcheck // written below
		}
		return k.projector.QueryFresh(t.Context(), k.view, k.prefix+"a", f)
	}
	for range 2 {
		k.transfer(t, "x", transfer{From: "a", To: []string{"b"}, Amount: 5})
		k.transfer(t, "y", transfer{From: "b", To: []string{"a"}, Amount: 2})
	}
	k.mustRing(t, k.rung[:2]...)
	for _, after := range [][]any{{}, {"x", 1}, {"x", 1, "y", 1}, {"x", 0, "z", 0}} {
		if r, err := query(after...); err != nil || r.Row == nil || r.Revision != 0 {
			t.Errorf("after %v: %+v, %v", after, r, err)
		}
	}
	for first, after := range map[string][]any{"x": {"x", 2, "y", 2}, "y": {"x", 1, "y", 2}, "z": {"z", 2, "y", 2}} {
		_, err := query(after...)
		want := store.Revision(1)
		if first == "z" {
			want = 0
		}
		wantBehind(t, err, k.prefix+first, want, 2)
	}
	_, err := query("x", 3, "x", 1) // the higher one counts
	wantBehind(t, err, k.prefix+"x", 1, 3)

	if _, err := b.store.Append(t.Context(), k.prefix+"bad", store.Any(), []store.Pending{{Type: "transferred", Data: []byte(`"no transfer"`)}}, nil); err != nil {
		t.Fatal(err)
	}
	k.mustRing(t, projector.Doorbell{Key: k.prefix + "bad"})
	var parked *projector.ParkedError
	if _, err := query("z", 1, "bad", 1); !errors.As(err, &parked) || parked.Key != k.prefix+"bad" || parked.Revision != 1 {
		t.Errorf("after a parked key: %v", err)
	}
	if _, err := query("bad", 0, "x", 1); err != nil {
		t.Errorf("after what a parked key has seen: %v", err)
	}
}

// afterLoad does something after each read of what a view keeps.
type afterLoad struct {
	projector.Backend
	do func()
}

// Load implements [projector.Backend].
func (a afterLoad) Load(ctx context.Context, ids ...projector.ItemID) ([]projector.Stored, error) {
	items, err := a.Backend.Load(ctx, ids...)
	if ids[0].Kind != projector.NoteItem {
		a.do()
	}
	return items, err
}

// freshWhileMoving has the view see what a query asks for right after the query's first read: whatever that was of, the answer
// must show it.
func freshWhileMoving(t *testing.T, b *bundle) {
	k := newBank(t, b)
	moved, wanted := 0, 0
	p, err := projector.New(k.store, afterLoad{k.backend, func() {
		if moved < wanted {
			moved++
			k.mustRing(t, k.rung[moved-1])
		}
	}}, nil, accounts(k.view))
	if err != nil {
		t.Fatal(err)
	}
	for wanted < 3 {
		k.transfer(t, "x", transfer{From: "a", To: []string{"b"}, Amount: 1})
		wanted++
		r, err := p.QueryFresh(t.Context(), k.view, k.prefix+"b", projector.Freshness{
			After: []projector.KeyRevision{{Key: k.prefix + "x", Revision: store.Revision(wanted)}}, Wait: projector.MaxWait,
		})
		var row Account
		if err == nil && r.Row != nil {
			err = json.Unmarshal(r.Row, &row)
		}
		if err != nil || row.Balance != wanted {
			t.Errorf("after %d transfers: %s, %v", wanted, r.Row, err)
		}
	}
}

func freshThatCannotBe(t *testing.T, b *bundle) {
	k := newBank(t, b)
	after := func(n int) []projector.KeyRevision {
		return slices.Repeat([]projector.KeyRevision{{Key: "a", Revision: 0}}, n)
	}
	for _, tc := range []struct {
		view, field string
		f           projector.Freshness
	}{
		{b.view, "wait", projector.Freshness{Wait: -1}},
		{b.view, "wait", projector.Freshness{Wait: projector.MaxWait + 1}},
		{b.view, "after", projector.Freshness{After: after(projector.MaxAfter + 1)}},
		{b.view, "after", projector.Freshness{After: []projector.KeyRevision{{Key: "", Revision: 1}}}},
		{b.view, "after", projector.Freshness{After: []projector.KeyRevision{{Key: "b", Revision: 1}}}},
		{b.view, "", projector.Freshness{After: after(projector.MaxAfter), Wait: projector.MaxWait}},
		{k.view, "revision", projector.Freshness{Revision: 1}},
		{k.view, "lazy", projector.Freshness{Lazy: true}},
		{k.view, "after", projector.Freshness{After: after(projector.MaxAfter + 1)}},
		{k.view, "after", projector.Freshness{After: []projector.KeyRevision{{Key: "a\n", Revision: 1}}}},
		{k.view, "", projector.Freshness{After: after(projector.MaxAfter)}},
	} {
		p := b.projector
		if tc.view == k.view {
			p = k.projector
		}
		_, err := p.QueryFresh(t.Context(), tc.view, "a", tc.f)
		var invalid *store.InvalidError
		if errors.As(err, &invalid) != (tc.field != "") || invalid != nil && invalid.Field != tc.field || invalid == nil && err != nil {
			t.Errorf("view %s, %.200v: %v, want a problem with %q", tc.view, tc.f, err, tc.field)
		}
	}
	if _, err := b.fresh(t, "a", projector.Freshness{}); err != nil {
		t.Error(err)
	}
	if _, err := b.projector.QueryFresh(t.Context(), "none", "a", projector.Freshness{}); !errors.Is(err, projector.ErrUnknownView) {
		t.Errorf("unknown view: %v", err)
	}
}

// waitedFor has a row come to show what a query waits for, and not.
func waitedFor(t *testing.T, b *bundle) {
	key := t.Name()
	rung := bell(b.append(t, key, "happened"))
	var later sync.WaitGroup
	defer later.Wait()
	later.Go(func() {
		time.Sleep(100 * time.Millisecond)
		if err := b.projector.Ring(t.Context(), []projector.Doorbell{rung}); err != nil {
			t.Error(err)
		}
	})
	b.mustShow(t, key, projector.Freshness{Revision: 1, Wait: projector.MaxWait}, 1)

	at := time.Now()
	_, err := b.fresh(t, key, projector.Freshness{Revision: 2, Wait: 300 * time.Millisecond})
	wantBehind(t, err, key, 1, 2)
	if took := time.Since(at); took < 300*time.Millisecond {
		t.Errorf("waited for %s", took)
	}
}

// lazily folds what the view hasn't seen, and stores nothing of it.
func lazily(t *testing.T, b *bundle) {
	key := t.Name()
	lazy := projector.Freshness{Lazy: true}
	if r := b.mustShow(t, key, lazy, 0); r.Row != nil {
		t.Errorf("of no events: %s", r.Row)
	}
	show := func(revision store.Revision, want *Tally) {
		t.Helper()
		if r := b.mustShow(t, key, lazy, revision); !sameRow(t, r, want) {
			t.Errorf("at %d: %s, want %+v", revision, r.Row, want)
		}
		b.mustShow(t, key, projector.Freshness{Lazy: true, Revision: revision}, revision)
		_, err := b.fresh(t, key, projector.Freshness{Lazy: true, Revision: revision + 1})
		wantBehind(t, err, key, revision, revision+1)
	}
	first := b.append(t, key, "happened", "unwanted", "happened")
	show(3, fold(t, 1, 3))
	b.expect(t, key, 0, nil)
	b.ring(t, bell(first))
	b.append(t, key, "unwanted")
	show(4, fold(t, 1, 3))
	b.append(t, key, "happened")
	show(5, fold(t, 1, 3, 5))
	b.expect(t, key, 3, fold(t, 1, 3))
	b.append(t, key, "removed")
	show(6, nil)
	b.append(t, key, "happened")
	show(7, fold(t, 7))
	b.expect(t, key, 3, fold(t, 1, 3))
}

func sameRow(t *testing.T, r projector.Result, want *Tally) bool {
	t.Helper()
	if want == nil {
		return r.Row == nil
	}
	return r.Row != nil && sameJSON(t, string(r.Row), fmt.Sprintf(`{"count":%d,"hash":%d}`, want.Count, want.Hash))
}

// lazilyButItFails shows the row up to the event that can't be folded, and parks nothing.
func lazilyButItFails(t *testing.T, b *bundle) {
	for bad, class := range map[string]string{"broken": projector.ClassError, "panics": projector.ClassPanic} {
		key := t.Name() + bad
		b.append(t, key, "happened", "happened", bad, "happened")
		for range 2 {
			r, err := b.fresh(t, key, projector.Freshness{Lazy: true, Revision: 3})
			var parked *projector.ParkedError
			if !errors.As(err, &parked) || parked.Key != key || parked.Revision != 3 || parked.Seen != 2 || parked.Class != class || parked.Reason == "" ||
				parked.Since.IsZero() {
				t.Errorf("%+v", err)
			}
			if r.Revision != 2 || !sameRow(t, r, fold(t, 1, 2)) {
				t.Errorf("the row up to there: %+v", r)
			}
		}
		b.mustShow(t, key, projector.Freshness{Lazy: true, Revision: 2}, 2)
		b.expectNotParked(t, key)
		b.ring(t, projector.Doorbell{Key: key})
		if _, err := b.fresh(t, key, projector.Freshness{Lazy: true}); !errors.Is(err, projector.ErrParked) {
			t.Errorf("of a parked key: %v", err)
		}
	}
}

// lazilyButTooMuch has more events than are folded at once.
func lazilyButTooMuch(t *testing.T, b *bundle) {
	key := t.Name()
	b.append(t, key, slices.Repeat([]string{"happened"}, projector.MaxLazy)...)
	b.mustShow(t, key, projector.Freshness{Lazy: true}, projector.MaxLazy)
	b.append(t, key, slices.Repeat([]string{"happened"}, 2)...)
	b.mustShow(t, key, projector.Freshness{Lazy: true, Revision: projector.MaxLazy}, projector.MaxLazy)
	_, err := b.fresh(t, key, projector.Freshness{Lazy: true})
	wantBehind(t, err, key, projector.MaxLazy, projector.MaxLazy+1)
	_, err = b.fresh(t, key, projector.Freshness{Lazy: true, Revision: projector.MaxLazy + 2})
	wantBehind(t, err, key, projector.MaxLazy, projector.MaxLazy+1)
}
