package projectortest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Score is a row of a leaderboard.
type Score struct {
	Points int64 `json:"points"`
}

// leaderboard ranks keys that begin with prefix by the points of their last event; who has none isn't listed, and of -1 no rank can be made.
func leaderboard(name, prefix string, version int) projector.View[Score] {
	return projector.View[Score]{
		Name: name, Version: version, Keys: []string{prefix},
		Apply: func(_ *Score, e store.Committed) (*Score, error) {
			var score Score
			if e.Type == "retired" {
				return nil, nil
			}
			if e.Type == "broken" {
				return nil, errors.New("broken on purpose")
			}
			return &score, json.Unmarshal(e.Data, &score)
		},
		Rank: func(row Score) string {
			switch row.Points {
			case 0:
				return ""
			case -1:
				return strings.Repeat("x", projector.MaxRank+1)
			case -2:
				panic("on purpose")
			}
			return projector.RankInt(row.Points)
		},
	}
}

// board is a leaderboard of its own.
type board struct {
	*bundle
	projector *projector.Projector
	view      string
	prefix    string
}

func newBoard(t *testing.T, b *bundle, versions ...int) *board {
	t.Helper()
	k := &board{bundle: b, view: viewName(t), prefix: t.Name() + "/"}
	var views []projector.Definition
	for _, version := range append(versions, 1) {
		views = append(views, leaderboard(k.view, k.prefix, version))
	}
	var err error
	if k.projector, err = projector.New(b.store, b.backend, nil, views...); err != nil {
		t.Fatal(err)
	}
	return k
}

// score has key make points, and the view see it.
func (k *board) score(t *testing.T, key, kind string, points int64) {
	t.Helper()
	events := []store.Pending{{Type: kind, Data: fmt.Appendf(nil, `{"points":%d}`, points)}}
	if _, err := k.store.Append(t.Context(), k.prefix+key, store.Any(), events, nil); err != nil {
		t.Fatal(err)
	}
	if err := k.projector.Ring(t.Context(), []projector.Doorbell{{Key: k.prefix + key}}); err != nil {
		t.Fatal(err)
	}
}

// expect lists the view, page by page, and compares ids.
func (k *board) expect(t *testing.T, o projector.ListOptions, want ...string) {
	t.Helper()
	var got []string
	for {
		l, err := k.projector.List(t.Context(), k.view, &o)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range l.Rows {
			got = append(got, strings.TrimPrefix(row.ID, k.prefix))
		}
		if o.After = l.Next; o.After == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%+v: listed %q, want %q", o, got, want)
	}
}

// runRanks lists views through a projector.
func runRanks(t *testing.T, open Open) {
	b := setup(t, open)
	t.Run("follow the rows", func(t *testing.T) { ranksFollowRows(t, b) })
	t.Run("that can't be kept", func(t *testing.T) { ranksThatCannotBeKept(t, b) })
	t.Run("pages", func(t *testing.T) { rankedPages(t, b) })
	t.Run("options that can't be", func(t *testing.T) { listsThatCannotBe(t, b) })
	t.Run("versions", func(t *testing.T) { listsOfVersions(t, b) })
	t.Run("of a view without", func(t *testing.T) { listWithoutRanks(t, b) })
}

func ranksFollowRows(t *testing.T, b *bundle) {
	k := newBoard(t, b)
	k.expect(t, projector.ListOptions{})
	for i, key := range []string{"a", "b", "c", "d", "e"} {
		k.score(t, key, "scored", int64(10*(i+1)))
	}
	k.expect(t, projector.ListOptions{}, "a", "b", "c", "d", "e")
	k.score(t, "a", "scored", 30)
	k.score(t, "b", "scored", 0)
	k.score(t, "d", "retired", 0)
	k.score(t, "e", "broken", 0) // parked, and where it was
	k.expect(t, projector.ListOptions{}, "a", "c", "e")
	k.score(t, "b", "scored", 1)
	k.score(t, "d", "scored", 40)
	k.expect(t, projector.ListOptions{Order: projector.Ascending}, "b", "a", "c", "d", "e")
	k.expect(t, projector.ListOptions{Order: projector.Descending, Limit: 2}, "e", "d", "c", "a", "b")
	l, err := k.projector.List(t.Context(), k.view, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := l.Rows[1]; l.View != k.view || l.Next != "" || r.ID != k.prefix+"a" || r.View != k.view || r.Revision != 2 || string(r.Row) != `{"points":30}` {
		t.Errorf("%+v", l)
	}
}

func ranksThatCannotBeKept(t *testing.T, b *bundle) {
	k := newBoard(t, b)
	for points, class := range map[int64]string{-1: projector.ClassRow, -2: projector.ClassPanic} {
		key := fmt.Sprint(points)
		k.score(t, key, "scored", 5)
		k.score(t, key, "scored", points)
		r, err := k.projector.Query(t.Context(), k.view, k.prefix+key)
		var parked *projector.ParkedError
		if !errors.As(err, &parked) || parked.Class != class || parked.Revision != 2 || string(r.Row) != `{"points":5}` {
			t.Errorf("points %d: %+v, %v", points, r, err)
		}
	}
	k.expect(t, projector.ListOptions{}, "-1", "-2")
}

// rankedPages goes on behind each page and behind each row.
func rankedPages(t *testing.T, b *bundle) {
	k := newBoard(t, b)
	var want []string
	for i := range 12 {
		key := fmt.Sprintf("%02d", i)
		k.score(t, key, "scored", int64(i/3+1))
		want = append(want, key)
	}
	for _, limit := range []int{1, 5, 11, 12, 13} {
		k.expect(t, projector.ListOptions{Limit: limit}, want...)
		k.expect(t, projector.ListOptions{Limit: limit, Order: projector.Descending}, reversed(want)...)
		l, err := k.projector.List(t.Context(), k.view, &projector.ListOptions{Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		if more := l.Next != ""; len(l.Rows) != min(limit, 12) || more != (limit < 12) {
			t.Errorf("limit %d: %d rows, more: %v", limit, len(l.Rows), more)
		}
		if limit != 5 {
			continue
		}
		for i, row := range l.Rows {
			k.expect(t, projector.ListOptions{Limit: 9, After: row.Cursor}, want[i+1:]...)
			k.expect(t, projector.ListOptions{Limit: 9, After: row.Cursor, Order: projector.Descending}, reversed(want[:i])...)
		}
	}
}

func listsThatCannotBe(t *testing.T, b *bundle) {
	k := newBoard(t, b)
	k.score(t, "a", "scored", 1)
	for field, o := range map[string]*projector.ListOptions{
		"limit": {Limit: -1}, "limit ": {Limit: projector.MaxList + 1},
		"after": {After: "!"}, "after ": {After: "MSM"}, "after  ": {After: "eCM="}, "after   ": {After: "MCN4"}, "after    ": {After: "MiN4"},
	} {
		var invalid *store.InvalidError
		if _, err := k.projector.List(t.Context(), k.view, o); !errors.As(err, &invalid) || invalid.Field != strings.TrimSpace(field) {
			t.Errorf("%+v: %v, want a problem with %s", o, err, field)
		}
	}
	for _, order := range []projector.Order{projector.Ascending, projector.Descending} {
		var invalid *store.InvalidError
		if _, err := b.projector.List(t.Context(), b.view, &projector.ListOptions{Order: order}); !errors.As(err, &invalid) || invalid.Field != "order" {
			t.Errorf("order %d without ranks: %v", order, err)
		}
	}
	if _, err := b.projector.List(t.Context(), "none", nil); !errors.Is(err, projector.ErrUnknownView) {
		t.Errorf("unknown view: %v", err)
	}
}

// listsOfVersions lists the live version alone, and refuses a cursor of another.
func listsOfVersions(t *testing.T, b *bundle) {
	k := newBoard(t, b, 2)
	k.score(t, "a", "scored", 1)
	k.score(t, "b", "scored", 2)
	first, err := k.projector.List(t.Context(), k.view, &projector.ListOptions{Limit: 1})
	if err != nil || first.Next == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	if _, err := k.projector.Rebuild(t.Context(), k.view, 2, nil); err != nil {
		t.Fatal(err)
	}
	k.expect(t, projector.ListOptions{}, "a", "b")
	if _, err := k.projector.Switch(t.Context(), k.view, 2); err != nil {
		t.Fatal(err)
	}
	next := newBoard(t, b, 2) // one that doesn't remember which version was live
	var invalid *store.InvalidError
	if _, err := next.projector.List(t.Context(), k.view, &projector.ListOptions{After: first.Next}); !errors.As(err, &invalid) || invalid.Field != "after" {
		t.Errorf("a cursor of the version before: %v", err)
	}
	next.expect(t, projector.ListOptions{}, "a", "b")
}

// listWithoutRanks lists all rows, in whatever order.
func listWithoutRanks(t *testing.T, b *bundle) {
	want := map[string]bool{}
	for i := range 12 {
		key := fmt.Sprint(t.Name(), i)
		kind := "happened"
		if i%4 == 0 {
			kind = "unwanted"
		}
		b.ring(t, bell(b.append(t, key, kind)))
		want[key] = kind == "happened"
	}
	times := map[string]int{}
	for o := (projector.ListOptions{Limit: 5}); ; {
		l, err := b.projector.List(t.Context(), b.view, &o)
		if err != nil || len(l.Rows) > 5 {
			t.Fatalf("%d rows, %v", len(l.Rows), err)
		}
		for _, row := range l.Rows {
			times[row.ID]++
			if row.Revision != 1 || string(row.Row) == "" {
				t.Errorf("%+v", row)
			}
		}
		if o.After = l.Next; o.After == "" {
			break
		}
	}
	for key, there := range want {
		if n := times[key]; n > 1 || (n == 1) != there {
			t.Errorf("%q was listed %d times", key, n)
		}
	}
}
