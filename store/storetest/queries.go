package storetest

import (
	"math"
	"slices"
	"testing"

	"github.com/aeon-es/aeon/store"
)

// twelve puts commits of 1, 2 and 3 events, so that their revisions sort differently as numbers and as text.
func twelve(t *testing.T, e *env) []*store.Commit {
	t.Helper()
	var all []*store.Commit
	next := store.Revision(1)
	for i := range 12 {
		c := commit(t, e.key, next, 1+i%3)
		mustPut(t, e.backend, c, nil)
		all = append(all, c)
		next += store.Revision(c.Count)
	}
	return all
}

// within is the model: the commits that begin between from and to, to 0 standing for no end.
func within(all []*store.Commit, q store.CommitQuery) []store.Revision {
	var in []store.Revision
	for _, c := range all {
		if c.Revision >= q.From && (q.To == 0 || c.Revision <= q.To) {
			in = append(in, c.Revision)
		}
	}
	if q.Backward {
		slices.Reverse(in)
	}
	return in
}

func revisions(commits []store.Commit) []store.Revision {
	var all []store.Revision
	for _, c := range commits {
		all = append(all, c.Revision)
	}
	return all
}

func commitsInEveryRange(t *testing.T, e *env) {
	all := twelve(t, e)
	bounds := []store.Revision{0, 1, 2, 3, 9, 10, 11, 23, 24, 25, 1000, math.MaxInt64, math.MaxUint64}
	for _, from := range bounds {
		for _, to := range bounds {
			if to > 0 && from > to {
				continue
			}
			for _, backward := range []bool{false, true} {
				q := store.CommitQuery{Key: e.key, From: from, To: to, Backward: backward}
				if got, want := revisions(commits(t, e.backend, q)), within(all, q); !slices.Equal(got, want) {
					t.Errorf("%+v: commits at %v, want %v", q, got, want)
				}
			}
		}
	}
}

func pagesAsAskedFor(t *testing.T, e *env) {
	all := twelve(t, e)
	for limit := 1; limit <= 13; limit++ {
		for _, backward := range []bool{false, true} {
			q := store.CommitQuery{Key: e.key, Limit: limit, Backward: backward}
			page, err := e.backend.Commits(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			want := within(all, q)
			// a page may end before the limit, but not before its first commit
			if got := revisions(page.Commits); len(got) == 0 || len(got) > limit || !slices.Equal(got, want[:len(got)]) {
				t.Errorf("limit %d, backward %v: commits at %v", limit, backward, got)
			}
			if left := len(want) - len(page.Commits); left > 0 && !page.More {
				t.Errorf("limit %d, backward %v: %d commits are left, and the page says there is no more", limit, backward, left)
			}
			if got := revisions(commits(t, e.backend, q)); !slices.Equal(got, want) {
				t.Errorf("limit %d, backward %v: all pages together have commits at %v", limit, backward, got)
			}
		}
	}
}

func commitsWithoutEvents(t *testing.T, e *env) {
	all := twelve(t, e)
	for _, backward := range []bool{false, true} {
		got := commits(t, e.backend, store.CommitQuery{Key: e.key, WithoutEvents: true, Backward: backward})
		if backward {
			slices.Reverse(got)
		}
		if len(got) != len(all) {
			t.Fatalf("%d commits, want %d", len(got), len(all))
		}
		for i := range got {
			samePlace(t, "without events", &got[i], all[i])
			if len(got[i].Events) != 0 {
				t.Errorf("asked for no events, got %d", len(got[i].Events))
			}
		}
	}
}

func commitsOfNoKey(t *testing.T, e *env) {
	mustPut(t, e.backend, commit(t, e.key+"/x", 1, 1), nil)
	for _, q := range []store.CommitQuery{{}, {Backward: true, Limit: 1, WithoutEvents: true}, {From: 3, To: 9}} {
		q.Key = e.key
		page, err := e.backend.Commits(t.Context(), q)
		if err != nil || len(page.Commits) != 0 || page.More {
			t.Errorf("%+v: %+v, %v", q, page, err)
		}
	}
}
