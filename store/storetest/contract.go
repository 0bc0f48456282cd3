package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
)

var contractStories = []story{
	{"put stores all of a commit", putStoresAll},
	{"put refuses a revision that is taken", putRefusesTaken},
	{"put refuses a marker that is there", putRefusesMarker},
	{"put refuses for both reasons", putRefusesBoth},
	{"put keeps nothing it was given", putKeepsNothing},
	{"of many puts at one revision one is stored", oneOfManyPuts},
	{"of many puts with one marker one is stored", oneOfManyMarkers},
	{"put with a context that is over", putWithContextOver},
	{"commits in every range", commitsInEveryRange},
	{"a page as large as asked for", pagesAsAskedFor},
	{"commits without events", commitsWithoutEvents},
	{"commits of no key", commitsOfNoKey},
	{"by position", byPosition},
}

// commit is one as a store would put it, with n events.
func commit(t *testing.T, key string, revision store.Revision, n int) *store.Commit {
	t.Helper()
	at := runs.Add(1)
	position, err := store.ParsePosition(fmt.Sprintf("01JZ%018d0000", at))
	if err != nil {
		t.Fatal(err)
	}
	return &store.Commit{
		Key: key, Revision: revision, Position: position, CommittedAt: time.UnixMilli(1_700_000_000_000 + at).UTC(),
		AppendID: fmt.Sprint("append-", at), Events: some(n), Count: n,
	}
}

// marker is the one that goes with c.
func marker(c *store.Commit, idempotencyKey string) *store.Marker {
	c.IdempotencyKey = idempotencyKey
	return &store.Marker{
		Key: c.Key, IdempotencyKey: idempotencyKey, Revision: c.Revision, Count: c.Count, Position: c.Position,
		CommittedAt: c.CommittedAt, AppendID: c.AppendID, Fingerprint: "fingerprint of " + c.AppendID,
		Expires: c.CommittedAt.AddDate(100, 0, 0).Truncate(time.Second),
	}
}

func mustPut(t *testing.T, b store.Backend, c *store.Commit, m *store.Marker) {
	t.Helper()
	if refusal, err := b.Put(t.Context(), c, m); refusal != nil || err != nil {
		t.Fatalf("put %q @ %d: refusal %+v, %v", c.Key, c.Revision, refusal, err)
	}
}

// samePlace compares all but the events.
func samePlace(t *testing.T, what string, got *store.Commit, want *store.Commit) {
	t.Helper()
	if got == nil {
		t.Fatalf("%s: no commit, want that at %d", what, want.Revision)
	}
	if got.Key != want.Key || got.Revision != want.Revision || got.Position != want.Position || got.Count != want.Count ||
		!got.CommittedAt.Equal(want.CommittedAt) || got.CommittedAt.Location() != time.UTC ||
		got.AppendID != want.AppendID || got.IdempotencyKey != want.IdempotencyKey {
		t.Fatalf("%s: got %+v, want %+v", what, *got, *want)
	}
}

// mustHaveCommits makes sure that the backend has these commits of key and no others.
func mustHaveCommits(t *testing.T, b store.Backend, key string, want ...*store.Commit) {
	t.Helper()
	got := commits(t, b, store.CommitQuery{Key: key})
	if len(got) != len(want) {
		t.Fatalf("%q has %d commits, want %d", key, len(got), len(want))
	}
	for i, c := range want {
		sameCommit(t, key, &got[i], c)
	}
}

// sameCommit compares all.
func sameCommit(t *testing.T, what string, got, want *store.Commit) {
	t.Helper()
	samePlace(t, what, got, want)
	if len(got.Events) != len(want.Events) {
		t.Fatalf("%s: %q @ %d: %d events, want %d", what, got.Key, got.Revision, len(got.Events), len(want.Events))
	}
	for i, event := range got.Events {
		if !sameEvent(event, want.Events[i]) {
			t.Errorf("%s: %q @ %d: got %s, want %s", what, got.Key, got.Revision, describe(event), describe(want.Events[i]))
		}
	}
}

// mustHaveMarker makes sure of the marker of an idempotency key; nil for none.
func mustHaveMarker(t *testing.T, b store.Backend, key, idempotencyKey string, want *store.Marker) {
	t.Helper()
	got, err := b.Marker(t.Context(), key, idempotencyKey)
	if err != nil {
		t.Fatal(err)
	}
	sameMarker(t, got, want)
}

func sameMarker(t *testing.T, got, want *store.Marker) {
	t.Helper()
	if got == nil || want == nil {
		if got != want {
			t.Fatalf("the marker is %+v, want %+v", got, want)
		}
		return
	}
	if !got.CommittedAt.Equal(want.CommittedAt) || !got.Expires.Equal(want.Expires) {
		t.Errorf("the marker is of %v and expires at %v, want %v and %v", got.CommittedAt, got.Expires, want.CommittedAt, want.Expires)
	}
	plain, wanted := *got, *want
	plain.CommittedAt, plain.Expires, wanted.CommittedAt, wanted.Expires = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	if plain != wanted {
		t.Errorf("the marker is %+v, want %+v", plain, wanted)
	}
}

func putStoresAll(t *testing.T, e *env) {
	first, second, third := commit(t, e.key, 1, 1), commit(t, e.key, 2, 3), commit(t, e.key, 5, 1)
	second.Events[0], second.Events[2] = full(), store.Pending{Type: "bare"}
	m, forever := marker(second, "a"), marker(third, "b")
	forever.Expires = time.Time{}
	mustPut(t, e.backend, first, nil)
	mustPut(t, e.backend, second, m)
	mustPut(t, e.backend, third, forever)
	mustHaveCommits(t, e.backend, e.key, first, second, third)
	mustHaveMarker(t, e.backend, e.key, "a", m)
	mustHaveMarker(t, e.backend, e.key, "b", forever)
	mustHaveMarker(t, e.backend, e.key, "c", nil)
	mustHaveMarker(t, e.backend, e.key+"/", "a", nil)
}

// mustRefuse puts and wants to be told of what is in the way.
func mustRefuse(t *testing.T, b store.Backend, c *store.Commit, m *store.Marker, there *store.Commit, its *store.Marker) {
	t.Helper()
	refusal, err := b.Put(t.Context(), c, m)
	if err != nil || refusal == nil {
		t.Fatalf("put %q @ %d: refusal %+v, %v", c.Key, c.Revision, refusal, err)
	}
	if there == nil {
		if refusal.Commit != nil {
			t.Errorf("refused for commit %+v", refusal.Commit)
		}
	} else {
		samePlace(t, "the refusal", refusal.Commit, there)
	}
	sameMarker(t, refusal.Marker, its)
}

func putRefusesTaken(t *testing.T, e *env) {
	there := commit(t, e.key, 1, 2)
	mustPut(t, e.backend, there, nil)
	mustRefuse(t, e.backend, commit(t, e.key, 1, 1), nil, there, nil)
	mustRefuse(t, e.backend, there, nil, there, nil) // its own repeat, too
	withMarker := commit(t, e.key, 1, 1)
	mustRefuse(t, e.backend, withMarker, marker(withMarker, "a"), there, nil)
	mustHaveMarker(t, e.backend, e.key, "a", nil)
	mustHaveCommits(t, e.backend, e.key, there)
}

func putRefusesMarker(t *testing.T, e *env) {
	first, second := commit(t, e.key, 1, 2), commit(t, e.key, 3, 1)
	its := marker(first, "a")
	mustPut(t, e.backend, first, its)
	mustRefuse(t, e.backend, second, marker(second, "a"), nil, its)
	mustHaveCommits(t, e.backend, e.key, first)
	mustHaveMarker(t, e.backend, e.key, "a", its)
	mustPut(t, e.backend, second, marker(second, "b"))
}

func putRefusesBoth(t *testing.T, e *env) {
	first, second := commit(t, e.key, 1, 2), commit(t, e.key, 3, 1)
	its := marker(first, "a")
	mustPut(t, e.backend, first, its)
	mustPut(t, e.backend, second, nil)
	other := commit(t, e.key, 3, 5)
	mustRefuse(t, e.backend, other, marker(other, "a"), second, its)
	mustRefuse(t, e.backend, first, its, first, its)
	mustHaveCommits(t, e.backend, e.key, first, second)
}

func putKeepsNothing(t *testing.T, e *env) {
	given, want := commit(t, e.key, 1, 1), commit(t, e.key, 1, 1)
	given.Events, want.Events = []store.Pending{full()}, []store.Pending{full()}
	m := marker(given, "a")
	*want = store.Commit{
		Key: given.Key, Revision: 1, Position: given.Position, CommittedAt: given.CommittedAt, AppendID: given.AppendID,
		IdempotencyKey: "a", Events: want.Events, Count: 1,
	}
	wantMarker := *m
	mustPut(t, e.backend, given, m)
	copy(given.Events[0].Data, `{"a":9`)
	given.Events[0].Metadata["by"] = "lee"
	given.Events[0].Type, given.AppendID, given.Count, m.AppendID = "changed", "changed", 7, "changed"
	mustHaveCommits(t, e.backend, e.key, want)
	mustHaveMarker(t, e.backend, e.key, "a", &wantMarker)
}

// puts puts all at once and gives the one that was stored; the others must be refused.
func puts(t *testing.T, b store.Backend, all []*store.Commit, markers []*store.Marker) (winner *store.Commit, refusals []*store.Refusal) {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i, c := range all {
		wg.Go(func() {
			var m *store.Marker
			if markers != nil {
				m = markers[i]
			}
			refusal, err := b.Put(t.Context(), c, m)
			for errors.Is(err, store.ErrThrottled) { // two transactions at once may be in each other's way
				refusal, err = b.Put(t.Context(), c, m)
			}
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				t.Error(err)
			case refusal != nil:
				refusals = append(refusals, refusal)
			case winner != nil:
				t.Errorf("both %s and %s were stored", winner.AppendID, c.AppendID)
			default:
				winner = c
			}
		})
	}
	wg.Wait()
	if winner == nil {
		t.Fatal("none was stored")
	}
	return winner, refusals
}

func oneOfManyPuts(t *testing.T, e *env) {
	for revision := range store.Revision(10) {
		var all []*store.Commit
		for range 8 {
			all = append(all, commit(t, e.key, revision+1, 1))
		}
		winner, refusals := puts(t, e.backend, all, nil)
		for _, r := range refusals {
			samePlace(t, "the refusal", r.Commit, winner)
		}
	}
}

// oneOfManyMarkers has the same idempotency key come with different revisions.
func oneOfManyMarkers(t *testing.T, e *env) {
	for round := range 5 {
		var all []*store.Commit
		var markers []*store.Marker
		key := fmt.Sprint(e.key, round)
		for revision := range store.Revision(6) {
			c := commit(t, key, revision+1, 1)
			all, markers = append(all, c), append(markers, marker(c, "a"))
		}
		winner, refusals := puts(t, e.backend, all, markers)
		for _, r := range refusals {
			if r.Marker == nil || r.Marker.AppendID != winner.AppendID {
				t.Errorf("refused for %+v, want the marker of %s", r.Marker, winner.AppendID)
			}
		}
		mustHaveCommits(t, e.backend, key, winner)
	}
}

// putWithContextOver may or may not store; what it says must be so.
func putWithContextOver(t *testing.T, e *env) {
	var stored atomic.Int32
	for i := range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		c := commit(t, fmt.Sprint(e.key, i), 1, 1)
		go func() {
			time.Sleep(time.Duration(i) * 100 * time.Microsecond)
			cancel()
		}()
		_, err := e.backend.Put(ctx, c, nil)
		there := len(commits(t, e.backend, store.CommitQuery{Key: c.Key})) > 0
		if there {
			stored.Add(1)
		}
		definite := errors.Is(err, store.ErrThrottled) || errors.Is(err, store.ErrUnavailable)
		if err == nil && !there || there && definite {
			t.Errorf("stored: %v, answered %v", there, err)
		}
	}
}

func byPosition(t *testing.T, e *env) {
	index, ok := e.backend.(store.PositionIndex)
	if !ok {
		t.Log("the backend has no index of positions")
		return
	}
	slices, err := index.Slices(t.Context())
	if errors.Is(err, store.ErrNoPositionIndex) {
		t.Log("the backend was made without an index of positions")
		return
	}
	if err != nil || slices < 1 {
		t.Fatal(slices, err)
	}
	var want []*store.Commit
	for round := range store.Revision(4) {
		for k := range 5 {
			c := commit(t, fmt.Sprint(e.key, "/", k), 2*round+1, 2)
			c.Events[1] = store.Pending{Type: "second", Data: json.RawMessage(`[1.10]`)}
			mustPut(t, e.backend, c, nil)
			want = append(want, c)
		}
	}
	indexHolds(t, index, slices, want)
}
