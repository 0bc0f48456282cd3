package storetest

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/aeon-es/aeon/store"
)

var rangeStories = []story{
	{"any range of any key", anyRange},
	{"from inside a commit", fromInsideACommit},
	{"nothing lies behind the last revision", behindTheLast},
	{"a key without events", rangesOfAnEmptyKey},
	{"eventually", readEventually},
}

// shapes are keys, by the sizes of their commits.
var shapes = [][]int{{}, {1}, {7}, {1, 1, 1, 1, 1, 1}, {3, 1, 4, 1, 5}, {2, 5, 1, 1, 6, 1, 3}}

var types = []string{"red", "green", "blue"}

// shaped appends events of changing types in commits of the given sizes.
func shaped(t *testing.T, e *env, key string, sizes []int) []store.Committed {
	t.Helper()
	n := 0
	for _, size := range sizes {
		events := some(size)
		for i := range events {
			events[i].Type = types[n%len(types)]
			n++
		}
		mustAppend(t, e.store, key, store.Any(), events)
	}
	return mustRead(t, e.store, key, store.Range{})
}

// anyRange compares what a range reads with what it should, by way of a simple model, and with pages of any size.
func anyRange(t *testing.T, e *env) {
	keys := make([][]store.Committed, len(shapes))
	for i, sizes := range shapes {
		if keys[i] = shaped(t, e, fmt.Sprint(e.key, i), sizes); len(keys[i]) != sum(sizes) {
			t.Fatalf("key %d has %d events, want %d", i, len(keys[i]), sum(sizes))
		}
	}
	stores := []*store.Store{e.store}
	for size := 1; size <= 3; size++ {
		stores = append(stores, newStore(smallPages{e.backend, size}))
	}
	ctx := t.Context()
	rapid.Check(t, func(rt *rapid.T) {
		i := rapid.IntRange(0, len(shapes)-1).Draw(rt, "key")
		s := stores[rapid.IntRange(0, len(stores)-1).Draw(rt, "commits to a page, if not 0")]
		r := drawRange(rt, len(keys[i]))
		want := wanted(keys[i], r)
		stop := rapid.IntRange(1, len(want)+1).Draw(rt, "events before the loop ends")
		key := fmt.Sprint(e.key, i)

		compare(rt, "Read", s.Read(ctx, key, r), want, stop)
		head, seq, err := s.ReadForAppend(ctx, key, r)
		if err != nil {
			rt.Fatalf("ReadForAppend: %v", err)
		}
		if head.Revision() != store.Revision(len(keys[i])) || head.Key() != key {
			rt.Fatalf("ReadForAppend: head of %q is %d, want %d", head.Key(), head.Revision(), len(keys[i]))
		}
		compare(rt, "ReadForAppend", seq, want, stop)
		compare(rt, "ReadForAppend again", seq, want, len(want)+1)
	})
}

func sum(sizes []int) (n int) {
	for _, size := range sizes {
		n += size
	}
	return n
}

func drawRange(rt *rapid.T, events int) store.Range {
	revision := rapid.OneOf(
		rapid.Uint64Range(0, uint64(events)+3),
		rapid.SampledFrom([]uint64{math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64 - 1, math.MaxUint64}),
	)
	r := store.Range{
		Start:          store.Revision(revision.Draw(rt, "start")),
		End:            store.Revision(revision.Draw(rt, "end")),
		StartExclusive: rapid.Bool().Draw(rt, "start exclusive"),
		Limit:          rapid.IntRange(0, events+2).Draw(rt, "limit"),
		Backward:       rapid.Bool().Draw(rt, "backward"),
	}
	if r.End != 0 {
		if r.Start > r.End {
			r.Start, r.End = r.End, r.Start
		}
		r.EndExclusive = rapid.Bool().Draw(rt, "end exclusive")
	}
	if rapid.Bool().Draw(rt, "by type") {
		r.Types = rapid.SliceOfNDistinct(rapid.SampledFrom(append(types, "none such")), 1, 2, rapid.ID).Draw(rt, "types")
	}
	if n := rapid.SampledFrom([]store.Revision{0, 0, 2, 3, 100}).Draw(rt, "where revision is a multiple of"); n > 0 {
		r.Where = func(c store.Committed) bool { return c.Revision%n == 0 }
	}
	return r
}

// wanted is the model: what r should read of a key with these events.
func wanted(events []store.Committed, r store.Range) []store.Committed {
	var in []store.Committed
	for _, e := range events {
		switch {
		case e.Revision < r.Start, r.StartExclusive && e.Revision == r.Start:
		case r.End > 0 && e.Revision > r.End, r.EndExclusive && e.Revision == r.End:
		case len(r.Types) > 0 && !slices.Contains(r.Types, e.Type):
		case r.Where != nil && !r.Where(e):
		default:
			in = append(in, e)
		}
	}
	if r.Backward {
		slices.Reverse(in)
	}
	if r.Limit > 0 && len(in) > r.Limit {
		in = in[:r.Limit]
	}
	return in
}

// compare reads until stop events have come or the iteration ends, and wants to have met the first of want.
func compare(rt *rapid.T, what string, got iter.Seq2[store.Committed, error], want []store.Committed, stop int) {
	n := 0
	for e, err := range got {
		if err != nil {
			rt.Fatalf("%s: %v", what, err)
		}
		if n >= len(want) {
			rt.Fatalf("%s: revision %d comes after all that was wanted", what, e.Revision)
		}
		if w := want[n]; e.Revision != w.Revision || e.Position != w.Position || !sameEvent(e.Pending, w.Pending) {
			rt.Fatalf("%s: event %d is revision %d, want revision %d", what, n, e.Revision, w.Revision)
		}
		if n++; n == stop {
			return
		}
	}
	if n < len(want) {
		rt.Fatalf("%s: %d events, want %d", what, n, len(want))
	}
}

// fromInsideACommit counts every way to begin and end inside commits, one by one.
func fromInsideACommit(t *testing.T, e *env) {
	all := shaped(t, e, e.key, []int{2, 4, 3})
	for start := 1; start <= len(all); start++ {
		for end := start; end <= len(all); end++ {
			for _, backward := range []bool{false, true} {
				r := store.Range{Start: store.Revision(start), End: store.Revision(end), Backward: backward}
				got, want := mustRead(t, e.store, e.key, r), wanted(all, r)
				if !slices.EqualFunc(got, want, func(a, b store.Committed) bool { return a.Revision == b.Revision }) {
					t.Errorf("%d to %d, backward %v: %d events, want %d", start, end, backward, len(got), len(want))
				}
			}
		}
	}
}

func behindTheLast(t *testing.T, e *env) {
	shaped(t, e, e.key, []int{2, 1})
	for _, r := range []store.Range{
		{Start: 4}, {Start: 3, StartExclusive: true}, {Start: 4, End: 10}, {Start: 4, Backward: true},
		{Start: math.MaxUint64}, {Start: math.MaxUint64, StartExclusive: true}, {Start: math.MaxInt64, StartExclusive: true},
	} {
		if got := mustRead(t, e.store, e.key, r); len(got) != 0 {
			t.Errorf("%+v: %d events, want none", r, len(got))
		}
	}
}

func rangesOfAnEmptyKey(t *testing.T, e *env) {
	for _, r := range []store.Range{{}, {Start: 2}, {End: 3}, {Backward: true}, {Limit: 1}, {Start: 1, End: 1, EndExclusive: true}} {
		if got := mustRead(t, e.store, e.key, r); len(got) != 0 {
			t.Errorf("%+v: %d events", r, len(got))
		}
	}
	if _, found, err := e.store.ReadLatest(t.Context(), e.key); found || err != nil {
		t.Errorf("the latest: %v, %v", found, err)
	}
}

// readEventually has no promise to check but that what is old enough is there.
func readEventually(t *testing.T, e *env) {
	all := shaped(t, e, e.key, []int{2, 3, 1})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for got := []store.Committed(nil); len(got) != len(all); {
		if ctx.Err() != nil {
			t.Fatalf("%d events after %v, want %d", len(got), patience, len(all))
		}
		got = mustRead(t, e.store, e.key, store.Range{Eventual: true})
	}
}
