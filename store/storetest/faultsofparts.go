package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/aeon-es/aeon/store"
)

// pageByPositionFails has pages of the index fail now and then: who goes on behind the last event he got has them all, once each.
func pageByPositionFails(t *testing.T, e *env) {
	want := several(t, e, 3, 40)
	failing := []int{1, 2, 20, 40, 60}
	failures := 0
	s, f := e.faulty(func(s Step) Fault {
		if s.Method != ByPosition || !slices.Contains(failing, s.N) {
			return Fault{}
		}
		return Fault{Fail: errHalt}
	})
	var got []store.Committed
	for r := (store.AllRange{KeyPrefix: e.key, Limit: 7}); len(got) < len(want) && failures <= len(failing); {
		for c, err := range s.ReadAll(t.Context(), r) {
			if err != nil {
				if !errors.Is(err, errHalt) {
					t.Fatal(err)
				}
				failures++
				break
			}
			got = append(got, c)
			r.Start, r.StartExclusive = c.Position, true
		}
	}
	if failures < 2 {
		t.Fatalf("%d failures in %d pages: not enough was tried", failures, f.Calls(ByPosition))
	}
	if !slices.EqualFunc(got, want, func(a, b store.Committed) bool { return a.Key == b.Key && a.Revision == b.Revision }) {
		t.Errorf("got %d events, want %d", len(got), len(want))
	}
}

var errHalt = errors.New("halt")

// snapshotUnread: a decision is not made on less than there is, and nothing is stored.
func snapshotUnread(t *testing.T, e *env) {
	read := 0
	mustDecide(t, e, withSnapshots(&read, 1), always(3), nil)
	s, _ := e.faulty(Always(Snapshot, Fault{Fail: errHalt}))
	if _, err := store.Decide(t.Context(), s, e.key, withSnapshots(&read, 1), always(1), nil); !errors.Is(err, errHalt) {
		t.Errorf("decided without the snapshot: %v", err)
	}
	mustHold(t, e.another(), e.key, some(3)...)
}

// snapshotUnwritten: the events are stored whatever becomes of the snapshot, and one that comes late replaces no newer one.
func snapshotUnwritten(t *testing.T, e *env) {
	faults := map[int]Fault{1: {Fail: errHalt}, 2: {Lose: true}, 3: {Late: true}}
	s, f := e.faulty(func(s Step) Fault {
		if s.Method != PutSnapshot {
			return Fault{}
		}
		return faults[s.N]
	})
	read := 0
	for i, kept := range []store.Revision{0, 2, 2, 4} {
		decision, err := store.Decide(t.Context(), s, e.key, withSnapshots(&read, 1), always(1), nil)
		if err != nil || decision.State.Events != i+1 {
			t.Fatalf("decision %d: %+v, %v", i+1, decision, err)
		}
		if kept > 0 {
			mustHaveSnapshot(t, e, 1, kept)
		}
	}
	f.Land()
	mustHaveSnapshot(t, e, 1, 4)
	if f.Calls(PutSnapshot) != 4 {
		t.Errorf("%d snapshots were to be kept, want 4", f.Calls(PutSnapshot))
	}
}
