package projectortest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

func runVerify(t *testing.T, open Open) {
	stories := map[string]func(*testing.T, Open){
		"what is right":             verifyRight,
		"parked, skipped, behind":   verifyStanding,
		"damaged rows":              verifyDamaged,
		"damaged rows of many keys": verifyDamagedMany,
		"live traffic":              verifyLive,
		"process managers":          verifyReact,
	}
	for name, tell := range stories {
		t.Run(name, func(t *testing.T) { tell(t, open) })
	}
}

// verified verifies a view of one version, and wants this of it, and these ids reported as wrong.
func verified(t *testing.T, p *projector.Projector, want projector.Verified, wrong ...string) {
	t.Helper()
	var told []string
	got, err := p.Verify(t.Context(), want.View, &projector.VerifyOptions{Wrong: func(w projector.WrongRow) {
		told = append(told, w.ID+": "+w.Problem)
	}})
	if err != nil {
		t.Fatal(err)
	}
	want.Wrong = len(wrong)
	if len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	slices.Sort(told)
	for i, w := range wrong {
		if i >= len(told) || !strings.HasPrefix(told[i], w) {
			t.Errorf("it reports %q, want %q", told, wrong)
			break
		}
	}
}

// tallies is the suite's view of the keys that begin with the test's name.
func (b *bundle) tallies(t *testing.T) *projector.Projector {
	t.Helper()
	p, err := projector.New(b.store, b.backend, nil, projector.View[Tally]{
		Name: b.view, Keys: []string{b.key}, Types: []string{"happened", "removed", "broken"}, Apply: tally,
		Rank: func(row Tally) string { return projector.RankInt(int64(row.Count)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (b *bundle) mustCatchUp(t *testing.T, p *projector.Projector, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if _, err := p.CatchUp(t.Context(), b.view, key); err != nil && !errors.Is(err, projector.ErrParked) {
			t.Fatal(err)
		}
	}
}

func verifyRight(t *testing.T, open Open) {
	b := setup(t, open)
	p := b.tallies(t)
	verified(t, p, projector.Verified{View: b.view, Version: 1})
	for i := range 3 {
		b.append(t, b.key+fmt.Sprint(i), "happened", "unwanted", "happened")
		b.append(t, b.key+fmt.Sprint(i), slices.Repeat([]string{"happened"}, 600*i)...)
		b.mustCatchUp(t, p, b.key+fmt.Sprint(i))
	}
	b.append(t, b.key+"removed", "happened", "removed")
	b.append(t, b.key+"unwanted", "unwanted")
	b.mustCatchUp(t, p, b.key+"removed", b.key+"unwanted")
	verified(t, p, projector.Verified{View: b.view, Version: 1, Keys: 5, Rows: 3})
	if _, err := p.Verify(t.Context(), "nothing", nil); !errors.Is(err, projector.ErrUnknownView) {
		t.Errorf("an unknown view: %v", err)
	}
}

func verifyStanding(t *testing.T, open Open) {
	b := setup(t, open)
	p := b.tallies(t)
	b.append(t, b.key+"behind", "happened")
	b.append(t, b.key+"parked", "happened", "broken", "happened")
	b.append(t, b.key+"skipped", "happened", "broken", "happened")
	b.mustCatchUp(t, p, b.key+"behind", b.key+"parked", b.key+"skipped")
	if _, err := p.Skip(t.Context(), b.view, b.key+"skipped", 2, "on purpose"); err != nil {
		t.Fatal(err)
	}
	b.append(t, b.key+"behind", "happened")
	b.append(t, b.key+"new", "happened")
	verified(t, p, projector.Verified{View: b.view, Version: 1, Keys: 4, Rows: 3, Behind: 2, Parked: 1})
}

// damage changes an item.
func (b *bundle) damage(t *testing.T, id projector.ItemID, change func(*projector.Stored)) {
	t.Helper()
	items, err := b.backend.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	next := items[0]
	next.Token = "damaged"
	change(&next)
	if done, err := b.backend.Save(t.Context(), projector.Write{ID: id, Was: items[0].Token, Next: next}); err != nil || !done {
		t.Fatalf("damage %v: %v, %v", id, done, err)
	}
}

func verifyDamaged(t *testing.T, open Open) {
	b := setup(t, open)
	p := b.tallies(t)
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		b.append(t, b.key+name, "happened", "happened")
		b.mustCatchUp(t, p, b.key+name)
	}
	row := func(name string) projector.ItemID {
		return projector.ItemID{Kind: projector.RowItem, View: b.view, Version: 1, ID: b.key + name}
	}
	b.damage(t, row("a"), func(s *projector.Stored) { s.Row = json.RawMessage(`{"count":3,"hash":33}`) })
	b.damage(t, row("b"), func(s *projector.Stored) { s.Seen = 7 })
	b.damage(t, row("c"), func(s *projector.Stored) { s.Row, s.Rank = nil, "" })
	b.damage(t, row("d"), func(s *projector.Stored) { s.Row = json.RawMessage(`{"count":"many"}`) })
	b.damage(t, row("e"), func(s *projector.Stored) { s.Rank = projector.RankInt(1) })
	b.damage(t, row("nobody"), func(s *projector.Stored) { s.Seen, s.Row = 1, json.RawMessage(`{"count":1,"hash":1}`) })
	verified(t, p, projector.Verified{View: b.view, Version: 1, Keys: 6, Rows: 5},
		b.key+"a: the row isn't the fold", b.key+"b: the view has seen revision 7, but the key ends at 2", b.key+"c: the row is missing",
		b.key+"d: ", b.key+"e: its rank is", b.key+"nobody: there is no event of this key")
}

// movedTo is a view whose rows are made of many keys: how often was something moved there.
func (b *bundle) movedTo(t *testing.T) *projector.Projector {
	t.Helper()
	p, err := projector.New(b.store, b.backend, nil, projector.View[Tally]{
		Name: b.view, Keys: []string{b.key}, Types: []string{"moved", "broken"},
		IDs: func(e store.Committed) []string {
			var to []string
			if err := json.Unmarshal(e.Data, &to); err != nil {
				panic(err)
			}
			return to
		},
		Apply: func(row *Tally, e store.Committed) (*Tally, error) {
			if row == nil {
				row = &Tally{}
			}
			row.Count++
			return row, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (b *bundle) move(t *testing.T, key string, to ...string) {
	t.Helper()
	data, err := json.Marshal(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.store.Append(t.Context(), key, store.Any(), []store.Pending{{Type: "moved", Data: data}}, nil); err != nil {
		t.Fatal(err)
	}
}

func verifyDamagedMany(t *testing.T, open Open) {
	b := setup(t, open)
	p := b.movedTo(t)
	verified(t, p, projector.Verified{View: b.view, Version: 1})
	for i := range 20 {
		key := fmt.Sprint(b.key, i%4)
		b.move(t, key, fmt.Sprint("row", i%5), "all")
		b.mustCatchUp(t, p, key)
	}
	b.move(t, b.key+"0", "row0") // behind
	verified(t, p, projector.Verified{View: b.view, Version: 1, Keys: 4, Rows: 6, Behind: 1})
	row := func(id string) projector.ItemID {
		return projector.ItemID{Kind: projector.RowItem, View: b.view, Version: 1, ID: id}
	}
	b.damage(t, row("row1"), func(s *projector.Stored) { s.Row = json.RawMessage(`{"count":3,"hash":0}`) })
	b.damage(t, row("row2"), func(s *projector.Stored) { *s = projector.Stored{} })
	b.damage(t, row("row9"), func(s *projector.Stored) { s.Row = json.RawMessage(`{"count":3,"hash":0}`) })
	verified(t, p, projector.Verified{View: b.view, Version: 1, Keys: 4, Rows: 6, Behind: 1},
		"row1: the row isn't the fold", "row2: the row is missing", "row9: there should be no such row")
}

// While events come in and are projected, nothing is taken to be wrong.
func verifyLive(t *testing.T, open Open) {
	b := setup(t, open)
	p := b.movedTo(t)
	for i := range 8 {
		b.move(t, fmt.Sprint(b.key, i), "all", "row")
		b.mustCatchUp(t, p, fmt.Sprint(b.key, i))
	}
	stop := make(chan struct{})
	var traffic sync.WaitGroup
	traffic.Go(func() {
		for i := range 500 {
			select {
			case <-stop:
				return
			default:
				b.move(t, fmt.Sprint(b.key, i%8), "all", fmt.Sprint("row", i%3))
				b.mustCatchUp(t, p, fmt.Sprint(b.key, i%8))
			}
		}
	})
	for range 5 {
		got, err := p.Verify(t.Context(), b.view, &projector.VerifyOptions{Wrong: func(w projector.WrongRow) {
			t.Errorf("%s: %s: %s, want %s", w.ID, w.Problem, w.Stored, w.Folded)
		}})
		if err != nil || len(got) != 1 || got[0].Wrong != 0 || got[0].Rows == 0 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	close(stop)
	traffic.Wait()
	last, err := p.Verify(t.Context(), b.view, nil)
	if err != nil || last[0].Moving != 0 || last[0].Wrong != 0 {
		t.Errorf("when all is quiet: %+v, %v", last, err)
	}
}

func verifyReact(t *testing.T, open Open) {
	b := setup(t, open)
	p, err := projector.New(b.store, b.backend, nil, projector.React[Tally]{
		Name: b.view, Keys: []string{b.key + "in"}, Types: []string{"happened"},
		Apply: func(state *Tally, e store.Committed) (*Tally, []projector.Reaction, error) {
			state, err := tally(state, e)
			return state, []projector.Reaction{{Key: b.key + "out", Events: []store.Pending{{Type: "reacted"}}}}, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.append(t, b.key+"in", "happened", "happened")
	b.mustCatchUp(t, p, b.key+"in")
	mark := []store.Pending{{Type: "mark"}}
	if _, err := b.store.Append(t.Context(), b.key+"out", store.Any(), mark, nil); err != nil {
		t.Fatal(err)
	}
	b.append(t, b.key+"in", "happened")
	verified(t, p, projector.Verified{View: b.view, Version: 1, Keys: 1, Rows: 1, Behind: 1})
	if head, err := b.store.Head(t.Context(), b.key+"out"); err != nil || head.Revision() != 3 {
		t.Errorf("verifying reacts: revision %d, %v", head.Revision(), err)
	}
	in := projector.ItemID{Kind: projector.RowItem, View: b.view, Version: 1, ID: b.key + "in"}
	b.damage(t, in, func(s *projector.Stored) { s.Row = json.RawMessage(`{"count":3,"hash":33}`) })
	verified(t, p, projector.Verified{View: b.view, Version: 1, Keys: 1, Rows: 1, Behind: 1}, b.key+"in: the row isn't the fold")
}
