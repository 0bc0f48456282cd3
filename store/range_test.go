package store

import (
	"errors"
	"math"
	"testing"
)

func TestBoundsOfARange(t *testing.T) {
	for _, c := range []struct {
		r           Range
		first, last Revision
		empty       bool
	}{
		{Range{}, 1, 0, false},
		{Range{Start: 1}, 1, 0, false},
		{Range{Start: 5}, 5, 0, false},
		{Range{Start: 5, StartExclusive: true}, 6, 0, false},
		{Range{StartExclusive: true}, 1, 0, false}, // there is no revision 0 to leave out
		{Range{End: 5}, 1, 5, false},
		{Range{End: 5, EndExclusive: true}, 1, 4, false},
		{Range{End: 1, EndExclusive: true}, 1, 0, true},
		{Range{Start: 3, End: 3}, 3, 3, false},
		{Range{Start: 3, End: 3, StartExclusive: true}, 4, 3, true},
		{Range{Start: 3, End: 3, EndExclusive: true}, 3, 2, true},
		{Range{Start: 3, End: 4, StartExclusive: true}, 4, 4, false},
		{Range{Start: 3, End: 4, StartExclusive: true, EndExclusive: true}, 4, 3, true},
		{Range{Start: math.MaxUint64}, math.MaxUint64, 0, false},
		{Range{End: math.MaxUint64}, 1, math.MaxUint64, false},
	} {
		first, last, empty, err := c.r.bounds()
		if first != c.first || last != c.last || empty != c.empty || err != nil {
			t.Errorf("%+v: %d to %d, empty %v, %v; want %d to %d, empty %v", c.r, first, last, empty, err, c.first, c.last, c.empty)
		}
	}
	if _, _, empty, err := (Range{Start: math.MaxUint64, StartExclusive: true}).bounds(); !empty || err != nil {
		t.Errorf("behind the last revision: empty %v, %v", empty, err)
	}
	for _, r := range []Range{{Limit: -1}, {EndExclusive: true}, {Start: 2, End: 1}} {
		if _, _, _, err := r.bounds(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

func TestNoMoreCommitsAreAskedForThanNeeded(t *testing.T) {
	for _, c := range []struct {
		r    Range
		want int // the limit of the first page
	}{
		{Range{}, 0},
		{Range{Limit: 3}, 3},
		{Range{Limit: 3, Backward: true}, 3},
		{Range{Start: 4, End: 9}, 6},
		{Range{Start: 4, End: 9, Limit: 2}, 2},
		{Range{Start: 4, End: 9, Limit: 20}, 6},
		{Range{Limit: 3, Types: []string{"a"}}, 0}, // how many will pass is not known
		{Range{Limit: 3, Where: func(Committed) bool { return true }}, 0},
		{Range{Start: 4, End: 9, Limit: 3, Types: []string{"a"}}, 6},
		{Range{End: math.MaxUint64}, maxPage},
		{Range{Limit: math.MaxInt}, maxPage},
	} {
		sc, err := New(nil).newScan(t.Context(), "key", c.r)
		if err != nil {
			t.Fatal(err)
		}
		if got := sc.query().Limit; got != c.want {
			t.Errorf("%+v: asks for %d commits, want %d", c.r, got, c.want)
		}
	}
}
