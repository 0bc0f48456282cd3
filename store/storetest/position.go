package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
)

// indexHolds makes sure that the slices together have the commits, each key in one slice, in every kind of page.
func indexHolds(t *testing.T, index store.PositionIndex, n int, want []*store.Commit) {
	t.Helper()
	first, last := want[0].Position, want[len(want)-1].Position
	deadline := time.Now().Add(patience) // an index may lag
	for len(bySlices(t, index, n, store.PositionQuery{From: first, To: last})) < len(want) && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	for _, limit := range []int{0, 1, 3} {
		for _, backward := range []bool{false, true} {
			got := bySlices(t, index, n, store.PositionQuery{From: first, To: last, Limit: limit, Backward: backward})
			sameCommits(t, got, want)
		}
	}
	// both bounds are inclusive, and either may be missing
	some := bySlices(t, index, n, store.PositionQuery{From: want[3].Position, To: want[7].Position})
	sameCommits(t, some, want[3:8])
	open := bySlices(t, index, n, store.PositionQuery{From: want[5].Position})
	sameCommits(t, only(open, want), want[5:])
	open = bySlices(t, index, n, store.PositionQuery{To: want[5].Position, Backward: true})
	sameCommits(t, only(open, want), want[:6])
}

// bySlices reads all slices, page by page, and makes sure of the order within each.
func bySlices(t *testing.T, index store.PositionIndex, n int, q store.PositionQuery) []store.Commit {
	t.Helper()
	var all []store.Commit
	sliceOf := map[string]int{}
	for q.Slice = range n {
		for _, c := range oneSlice(t, index, q) {
			if other, there := sliceOf[c.Key]; there && other != q.Slice {
				t.Fatalf("key %q is in slices %d and %d", c.Key, other, q.Slice)
			}
			sliceOf[c.Key] = q.Slice
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b store.Commit) int { return a.Position.Compare(b.Position) })
	return all
}

func oneSlice(t *testing.T, index store.PositionIndex, q store.PositionQuery) []store.Commit {
	t.Helper()
	var all []store.Commit
	for {
		page, err := index.ByPosition(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		if q.Limit > 0 && len(page.Commits) > q.Limit {
			t.Fatalf("a page of %d commits, asked for %d", len(page.Commits), q.Limit)
		}
		all = append(all, page.Commits...)
		if !page.More {
			break
		}
		if len(page.Commits) == 0 {
			t.Fatal("an empty page says that there is more")
		}
		if last := all[len(all)-1]; q.Backward {
			q.To = neighbour(last.Position, -1)
		} else {
			q.From = neighbour(last.LastPosition(), 1)
		}
	}
	inOrder := slices.IsSortedFunc(all, func(a, b store.Commit) int {
		order := a.Position.Compare(b.Position)
		if q.Backward {
			order = -order
		}
		return order
	})
	if !inOrder {
		t.Fatalf("slice %d, backward %v: out of order", q.Slice, q.Backward)
	}
	return all
}

// neighbour is the position next to p, in the direction of by.
func neighbour(p store.Position, by int) store.Position {
	carried := map[int]byte{1: 0, -1: 0xff}[by]
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] += byte(by); p[i] != carried {
			break
		}
	}
	return p
}

// only leaves out what isn't in want: others use the index, too.
func only(got []store.Commit, want []*store.Commit) []store.Commit {
	return slices.DeleteFunc(got, func(c store.Commit) bool {
		return !slices.ContainsFunc(want, func(w *store.Commit) bool { return w.Key == c.Key && w.Revision == c.Revision })
	})
}

func sameCommits(t *testing.T, got []store.Commit, want []*store.Commit) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d commits by position, want %d", len(got), len(want))
	}
	for i := range got {
		sameCommit(t, "by position", &got[i], want[i])
	}
}
