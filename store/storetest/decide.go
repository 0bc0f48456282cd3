package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/store"
)

var decideStories = []story{
	{"a decision sees every event", decisionSeesEverything},
	{"decisions at once lose nothing", decisionsAtOnce},
	{"nothing decided is nothing done", nothingDecided},
	{"a refusal stores nothing", decisionRefused},
	{"a repeat is the first answer, whatever would be decided now", decisionRepeated},
	{"a snapshot saves reading", snapshotSavesReading},
	{"a snapshot of another schema is not read", snapshotOfAnotherSchema},
	{"a snapshot that does not fit is not read", snapshotThatDoesNotFit},
	{"a snapshot ahead of the events is not read", snapshotAhead},
	{"a snapshot of no events is not read", snapshotOfNothing},
	{"an older snapshot replaces no newer one", olderSnapshot},
}

// tally is a state that counts events and remembers the last revision.
type tally struct {
	Events int            `json:"events"`
	Last   store.Revision `json:"last"`
}

// summing evolves a tally, and counts in read the events it was evolved by.
func summing(read *int) store.Decider[tally] {
	return store.Decider[tally]{Evolve: func(s tally, e store.Committed) (tally, error) {
		if e.Revision != s.Last+1 {
			return s, fmt.Errorf("revision %d follows %d", e.Revision, s.Last)
		}
		*read++
		return tally{Events: s.Events + 1, Last: e.Revision}, nil
	}}
}

func withSnapshots(read *int, every int) store.Decider[tally] {
	d := summing(read)
	d.Snapshots = &store.Snapshots[tally]{Name: "sum", Schema: 1, Every: every}
	return d
}

// always decides on n events.
func always(n int) func(tally) ([]store.Pending, error) {
	return func(tally) ([]store.Pending, error) { return some(n), nil }
}

func mustDecide(t *testing.T, e *env, d store.Decider[tally], decide func(tally) ([]store.Pending, error), o *store.AppendOptions) store.Decision[tally] {
	t.Helper()
	decision, err := store.Decide(t.Context(), e.store, e.key, d, decide, o)
	if err != nil {
		t.Fatal(err)
	}
	return decision
}

func decisionSeesEverything(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.Any(), some(3))
	mustAppend(t, e.another(), e.key, store.Any(), some(2))
	read := 0
	decision := mustDecide(t, e, summing(&read), func(s tally) ([]store.Pending, error) {
		if s != (tally{Events: 5, Last: 5}) {
			t.Errorf("decided on %+v", s)
		}
		return some(2), nil
	}, nil)
	if decision.First != 6 || decision.Revision() != 7 || decision.State != (tally{Events: 7, Last: 7}) || decision.Duplicate {
		t.Errorf("decision: %+v", decision)
	}
	mustHold(t, e.store, e.key, flat(some(3), some(2), some(2))...)
}

// decisionsAtOnce counts to 64 by decisions of eight goroutines, half of them in a process of their own. Each
// writes the count that it decided on: a lost or doubled one shows.
func decisionsAtOnce(t *testing.T, e *env) {
	stores := []*store.Store{e.store, e.another()}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 8 {
				read := 0
				d := summing(&read)
				d.MaxTries = 1000
				_, err := store.Decide(t.Context(), stores[i%2], e.key, d, func(s tally) ([]store.Pending, error) {
					return one(fmt.Sprint(s.Events)), nil
				}, nil)
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var want []store.Pending
	for i := range 64 {
		want = append(want, one(fmt.Sprint(i))...)
	}
	mustHold(t, e.store, e.key, want...)
}

func nothingDecided(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.Any(), some(2))
	read := 0
	decision := mustDecide(t, e, summing(&read), always(0), nil)
	if decision.Count != 0 || decision.Revision() != 2 || decision.State.Events != 2 {
		t.Errorf("decision: %+v", decision)
	}
	mustAppend(t, e.store, e.key, store.At(decision.Head), some(1)) // it is the head
}

func decisionRefused(t *testing.T, e *env) {
	no := errors.New("no")
	read := 0
	_, err := store.Decide(t.Context(), e.store, e.key, summing(&read), func(tally) ([]store.Pending, error) { return some(1), no }, nil)
	if !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	mustHold(t, e.store, e.key)
}

func decisionRepeated(t *testing.T, e *env) {
	read := 0
	o := &store.AppendOptions{IdempotencyKey: "request"}
	first := mustDecide(t, e, summing(&read), always(2), o)
	mustAppend(t, e.store, e.key, store.Any(), some(1))
	again := mustDecide(t, e, summing(&read), always(5), o)
	if !again.Duplicate || again.First != first.First || again.Revision() != first.Revision() || again.Count != 2 {
		t.Errorf("first %+v, again %+v", first, again)
	}
	mustHold(t, e.store, e.key, flat(some(2), some(1))...)
}

func snapshotSavesReading(t *testing.T, e *env) {
	read := 0
	for range 25 {
		mustDecide(t, e, withSnapshots(&read, 10), always(1), nil)
	}
	read = 0
	state, head, err := store.Load(t.Context(), e.another(), e.key, withSnapshots(&read, 10))
	if err != nil || state != (tally{Events: 25, Last: 25}) || head.Revision() != 25 {
		t.Errorf("loaded %+v at %d, %v", state, head.Revision(), err)
	}
	if read != 5 {
		t.Errorf("read %d events behind the snapshot, want 5", read)
	}
}

func snapshotOfAnotherSchema(t *testing.T, e *env) {
	read := 0
	mustDecide(t, e, withSnapshots(&read, 1), always(3), nil)
	read = 0
	newer := withSnapshots(&read, 1)
	newer.Snapshots.Schema = 2
	if decision := mustDecide(t, e, newer, always(1), nil); decision.State.Events != 4 || read != 4 {
		t.Errorf("%+v, having read %d events", decision.State, read)
	}
	// It has replaced the older one, which code of the older schema does not put back.
	mustDecide(t, e, withSnapshots(&read, 1), always(1), nil)
	mustHaveSnapshot(t, e, 2, 4)
}

func snapshots(t *testing.T, e *env) store.SnapshotBackend {
	t.Helper()
	b, ok := e.backend.(store.SnapshotBackend)
	if !ok {
		t.Fatal("the backend keeps no snapshots")
	}
	return b
}

func mustHaveSnapshot(t *testing.T, e *env, schema int, revision store.Revision) {
	t.Helper()
	s, err := snapshots(t, e).Snapshot(t.Context(), e.key, "sum")
	if err != nil || s == nil || s.Schema != schema || s.Revision != revision {
		t.Errorf("snapshot: %+v, %v, want schema %d at revision %d", s, err, schema, revision)
	}
}

func mustPutSnapshot(t *testing.T, e *env, s store.Snapshot) {
	t.Helper()
	s.Key, s.Name = e.key, "sum"
	if err := snapshots(t, e).PutSnapshot(t.Context(), &s); err != nil {
		t.Fatal(err)
	}
}

func snapshotThatDoesNotFit(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.Any(), some(3))
	mustPutSnapshot(t, e, store.Snapshot{Schema: 1, Revision: 2, State: json.RawMessage(`{"events":2,"last":"two"}`)})
	read := 0
	if decision := mustDecide(t, e, withSnapshots(&read, 100), always(1), nil); decision.State.Events != 4 {
		t.Errorf("%+v", decision.State)
	}
}

// snapshotAhead is what a restore of the events alone to an earlier time leaves behind.
func snapshotAhead(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.Any(), some(3))
	mustPutSnapshot(t, e, store.Snapshot{Schema: 1, Revision: 9, State: json.RawMessage(`{"events":9,"last":9}`)})
	read := 0
	if decision := mustDecide(t, e, withSnapshots(&read, 100), always(1), nil); decision.State != (tally{Events: 4, Last: 4}) {
		t.Errorf("%+v", decision.State)
	}
}

func snapshotOfNothing(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.Any(), some(2))
	mustPutSnapshot(t, e, store.Snapshot{Schema: 1, Revision: 0, State: json.RawMessage(`{"events":7}`)})
	read := 0
	if decision := mustDecide(t, e, withSnapshots(&read, 100), always(1), nil); decision.State != (tally{Events: 3, Last: 3}) {
		t.Errorf("%+v", decision.State)
	}
}

func olderSnapshot(t *testing.T, e *env) {
	mustPutSnapshot(t, e, store.Snapshot{Schema: 1, Revision: 5, State: json.RawMessage(`{}`)})
	mustPutSnapshot(t, e, store.Snapshot{Schema: 1, Revision: 4, State: json.RawMessage(`{}`)})
	mustHaveSnapshot(t, e, 1, 5)
	mustPutSnapshot(t, e, store.Snapshot{Schema: 2, Revision: 1, State: json.RawMessage(`{}`)})
	mustPutSnapshot(t, e, store.Snapshot{Schema: 1, Revision: 7, State: json.RawMessage(`{}`)})
	mustHaveSnapshot(t, e, 2, 1)
}
