package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aeon-es/aeon/store"
)

var allStories = []story{
	{"every event of every key once, by position", allInOrder},
	{"any range is what a slice would give", allRangesAsOfASlice},
	{"pages of a walk join without a seam", allPages},
	{"the tail is not settled", allSettled},
	{"ranges that cannot be", allInvalid},
	{"a loop may end early", allEndsEarly},
}

// mustReadAll reads what r asks for of the keys of e.
func mustReadAll(t *testing.T, e *env, r store.AllRange) []store.Committed {
	t.Helper()
	if r.KeyPrefix == "" {
		r.KeyPrefix = e.key
	}
	var events []store.Committed
	for c, err := range e.store.ReadAll(t.Context(), r) {
		if err != nil {
			t.Fatalf("read all %+v: %v", r, err)
		}
		events = append(events, c)
	}
	return events
}

// several appends commits of 1 to 4 events to n keys in turn, and gives what is stored, by position.
func several(t *testing.T, e *env, n, commits int) []store.Committed {
	t.Helper()
	for i := range commits {
		mustAppend(t, e.store, fmt.Sprintf("%s/%d", e.key, i%n), store.Any(), typed(1+i%4))
	}
	var all []store.Committed
	for i := range n {
		all = append(all, mustRead(t, e.store, fmt.Sprintf("%s/%d", e.key, i), store.Range{})...)
	}
	slices.SortFunc(all, func(a, b store.Committed) int { return a.Position.Compare(b.Position) })
	return all
}

// typed is n events of two types in turn.
func typed(n int) []store.Pending {
	events := some(n)
	for i := range events {
		if i%2 == 1 {
			events[i].Type = "other"
		}
	}
	return events
}

func places(events []store.Committed) []string {
	places := make([]string, len(events))
	for i, e := range events {
		places[i] = fmt.Sprintf("%s@%d %s", e.Key, e.Revision, e.Position)
	}
	return places
}

func mustBeSame(t interface {
	Helper()
	Fatalf(format string, args ...any)
}, what string, got, want []store.Committed) {
	t.Helper()
	if !slices.Equal(places(got), places(want)) {
		t.Fatalf("%s:\ngot  %s\nwant %s", what, strings.Join(places(got), ", "), strings.Join(places(want), ", "))
	}
}

func allInOrder(t *testing.T, e *env) {
	want := several(t, e, 7, 40)
	mustBeSame(t, "forward", mustReadAll(t, e, store.AllRange{}), want)
	for i, got := range mustReadAll(t, e, store.AllRange{}) {
		if !sameEvent(got.Pending, want[i].Pending) || !got.CommittedAt.Equal(want[i].CommittedAt) {
			t.Errorf("%s: got %s, want %s", places(want)[i], describe(got.Pending), describe(want[i].Pending))
		}
	}
	slices.Reverse(want)
	mustBeSame(t, "backward", mustReadAll(t, e, store.AllRange{Backward: true}), want)
}

func allRangesAsOfASlice(t *testing.T, e *env) {
	all := several(t, e, 5, 30)
	rapid.Check(t, func(r *rapid.T) {
		bound := func(name string) store.Position {
			if rapid.Bool().Draw(r, name+" open") {
				return store.Position{}
			}
			return all[rapid.IntRange(0, len(all)-1).Draw(r, name)].Position
		}
		asked := store.AllRange{
			Start: bound("start"), End: bound("end"), Backward: rapid.Bool().Draw(r, "backward"),
			Limit: rapid.SampledFrom([]int{0, 0, 1, 3, 20}).Draw(r, "limit"), KeyPrefix: e.key,
		}
		asked.StartExclusive = !asked.Start.IsZero() && rapid.Bool().Draw(r, "start exclusive")
		asked.EndExclusive = !asked.End.IsZero() && rapid.Bool().Draw(r, "end exclusive")
		if rapid.Bool().Draw(r, "by type") {
			asked.Types = []string{"other"}
		}
		if rapid.Bool().Draw(r, "by predicate") {
			asked.Where = func(c store.Committed) bool { return c.Revision%3 != 0 }
		}
		if !asked.End.IsZero() && asked.Start.Compare(asked.End) > 0 {
			asked.Start, asked.End = asked.End, asked.Start
		}
		var got []store.Committed
		for c, err := range e.store.ReadAll(t.Context(), asked) {
			if err != nil {
				r.Fatal(err)
			}
			got = append(got, c)
		}
		mustBeSame(r, fmt.Sprintf("%+v", asked), got, ofSlice(all, asked))
	})
}

// ofSlice is what asked means.
func ofSlice(all []store.Committed, asked store.AllRange) []store.Committed {
	var want []store.Committed
	for _, c := range all {
		from, to := c.Position.Compare(asked.Start), -1
		if !asked.End.IsZero() {
			to = c.Position.Compare(asked.End)
		}
		inside := from > 0 || from == 0 && !asked.StartExclusive
		inside = inside && (to < 0 || to == 0 && !asked.EndExclusive)
		if inside && (asked.Types == nil || slices.Contains(asked.Types, c.Type)) && (asked.Where == nil || asked.Where(c)) {
			want = append(want, c)
		}
	}
	if asked.Backward {
		slices.Reverse(want)
	}
	if asked.Limit > 0 && len(want) > asked.Limit {
		want = want[:asked.Limit]
	}
	return want
}

func allPages(t *testing.T, e *env) {
	want := several(t, e, 3, 20)
	for _, backward := range []bool{false, true} {
		var got []store.Committed
		r := store.AllRange{Limit: 7, Backward: backward}
		for {
			page := mustReadAll(t, e, r)
			got = append(got, page...)
			if len(page) < r.Limit {
				break
			}
			if last := page[len(page)-1].Position; backward {
				r.End, r.EndExclusive = last, true
			} else {
				r.Start, r.StartExclusive = last, true
			}
		}
		mustBeSame(t, fmt.Sprint("backward: ", backward), got, want)
		slices.Reverse(want)
	}
}

func allSettled(t *testing.T, e *env) {
	several(t, e, 2, 4)
	if got := mustReadAll(t, e, store.AllRange{Settled: true}); len(got) != 0 {
		t.Errorf("%d events are said to be settled right after they were appended", len(got))
	}
	late := *e
	late.store = e.another(store.WithClock(func() time.Time { return time.Now().Add(store.DefaultHorizon + time.Minute) }))
	if got, all := mustReadAll(t, &late, store.AllRange{Settled: true}), mustReadAll(t, e, store.AllRange{}); len(got) != len(all) {
		t.Errorf("%d of %d events are settled a minute later", len(got), len(all))
	}
	start := mustReadAll(t, e, store.AllRange{})[0].Position
	if got := mustReadAll(t, e, store.AllRange{Start: start, Settled: true}); len(got) != 0 {
		t.Errorf("%d events behind the horizon", len(got))
	}
}

func allInvalid(t *testing.T, e *env) {
	all := several(t, e, 1, 2)
	for _, r := range []store.AllRange{
		{Limit: -1}, {StartExclusive: true}, {EndExclusive: true}, {Start: all[1].Position, End: all[0].Position},
	} {
		for _, err := range e.store.ReadAll(t.Context(), r) {
			if !errors.Is(err, store.ErrInvalid) {
				t.Errorf("%+v: %v", r, err)
			}
		}
	}
}

func allEndsEarly(t *testing.T, e *env) {
	want := several(t, e, 3, 12)
	for c, err := range e.store.ReadAll(t.Context(), store.AllRange{KeyPrefix: e.key}) {
		if err != nil || c.Position != want[0].Position {
			t.Errorf("got %v, %v", c, err)
		}
		break
	}
}
