package projector

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aeon-es/aeon/store"
)

func commitOf(key string, revision store.Revision, count int) *store.Commit {
	return &store.Commit{Key: key, Revision: revision, Count: count, Events: make([]store.Pending, count)}
}

func TestNewsByKey(t *testing.T) {
	t.Parallel()
	keys := newsByKey([]Doorbell{
		{Key: "a", Revision: 4, Commit: commitOf("a", 3, 2)},
		{Key: "b", Revision: 1, Commit: commitOf("b", 1, 1)},
		{Key: "a", Revision: 2, Commit: commitOf("a", 1, 2)},
		{Key: "a", Revision: 4, Commit: commitOf("a", 3, 2)},
		{Key: "a", Revision: 9},
		{Key: "c", Revision: 1}, {Key: "c"}, {Key: "c", Revision: 7},
		{View: "mine", Key: "d", Revision: 1}, {View: "other", Key: "d", Revision: 5}, {View: "other", Key: "e", Revision: 5},
	}, "mine")
	type summary struct {
		Key      string
		Bells    []int
		Revision store.Revision
		Open     bool
		Carried  []store.Revision
	}
	var got []summary
	for _, k := range keys {
		s := summary{Key: k.key, Bells: k.bells, Revision: k.revision, Open: k.open}
		for _, c := range k.commits {
			s.Carried = append(s.Carried, c.Revision)
		}
		got = append(got, s)
	}
	want := []summary{
		{"a", []int{0, 2, 3, 4}, 9, false, []store.Revision{1, 3}}, {"b", []int{1}, 1, false, []store.Revision{1}},
		{"c", []int{5, 6, 7}, 7, true, nil}, {"d", []int{8}, 1, false, nil},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFollowing(t *testing.T) {
	t.Parallel()
	n := news{commits: []*store.Commit{commitOf("a", 1, 2), commitOf("a", 3, 1), commitOf("a", 6, 2)}}
	for seen, want := range map[store.Revision][]store.Revision{
		0: {1, 2, 3}, 1: {2, 3}, 2: {3}, 3: nil, 4: nil, 5: {6, 7}, 6: {7}, 7: nil,
	} {
		var got []store.Revision
		for _, e := range n.following(seen) {
			got = append(got, e.Revision)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("behind %d, -want +got:\n%s", seen, diff)
		}
	}
	if got := n.firstBehind(3); got != 6 {
		t.Errorf("first behind 3: %d", got)
	}
	if got := n.firstBehind(6); got != 0 {
		t.Errorf("first behind 6: %d", got)
	}
}

func TestViewsThatCannotBe(t *testing.T) {
	t.Parallel()
	apply := func(row *int, _ store.Committed) (*int, error) { return row, nil }
	for name, views := range map[string][]Definition{
		"no name":            {View[int]{Apply: apply}},
		"a bad name":         {View[int]{Name: "Counters", Apply: apply}},
		"a negative version": {View[int]{Name: "a", Version: -1, Apply: apply}},
		"no Apply":           {View[int]{Name: "a"}},
		"a name twice":       {View[int]{Name: "a", Apply: apply}, View[string]{Name: "a", Apply: func(row *string, _ store.Committed) (*string, error) { return row, nil }}},
	} {
		if _, err := New(nil, nil, nil, views...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
