package storetest

import (
	"testing"

	"github.com/aeon-es/aeon/store"
)

var headStories = []story{
	{"head, latest and read for append agree", headsAgree},
	{"every head can be appended at", everyHeadIsGood},
	{"a head is not behind", headIsNotBehind},
	{"ping", func(t *testing.T, e *env) {
		if err := e.store.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	}},
}

func headsAgree(t *testing.T, e *env) {
	for n := range 5 {
		a := mustAppend(t, e.another(), e.key, store.Any(), some(1+n%3))
		reader := e.another()
		head, err := reader.Head(t.Context(), e.key)
		if err != nil {
			t.Fatal(err)
		}
		latest, found, err := reader.ReadLatest(t.Context(), e.key)
		if err != nil || !found {
			t.Fatal(found, err)
		}
		whole, seq, err := reader.ReadForAppend(t.Context(), e.key, store.Range{})
		if err != nil {
			t.Fatal(err)
		}
		var last store.Committed
		for c, err := range seq {
			if err != nil {
				t.Fatal(err)
			}
			last = c
		}
		for what, got := range map[string]store.Head{"Head": head, "ReadForAppend": whole} {
			if got.Revision() != a.Revision() || got.Position() != a.Position() || got.Key() != e.key {
				t.Errorf("%s: %q at %d, %v; the append left %d, %v", what, got.Key(), got.Revision(), got.Position(), a.Revision(), a.Position())
			}
		}
		if latest.Revision != a.Revision() || last.Revision != a.Revision() || latest.Position != a.Position() || last.Position != a.Position() {
			t.Errorf("the latest is %d, the last read %d, the append left %d", latest.Revision, last.Revision, a.Revision())
		}
	}
}

// everyHeadIsGood appends at the heads that come with reads of any part of the key.
func everyHeadIsGood(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.Any(), some(3))
	mustAppend(t, e.store, e.key, store.Any(), some(3))
	for _, r := range []store.Range{
		{}, {Backward: true}, {Limit: 1}, {Limit: 1, Backward: true}, {Start: 5}, {Start: 100}, {Start: 2, End: 4},
		{End: 1, EndExclusive: true}, {Start: 100, Backward: true}, {Types: []string{"none such"}}, {End: 4, Backward: true},
	} {
		for _, pages := range []int{1, 1000} {
			s := newStore(smallPages{e.backend, pages})
			head, _, err := s.ReadForAppend(t.Context(), e.key, r)
			if err != nil {
				t.Fatal(err)
			}
			mustAppend(t, s, e.key, store.At(head), some(2))
		}
	}
	empty := newEnv(t, e.backend)
	for _, r := range []store.Range{{}, {Start: 5}, {Backward: true}} {
		head, _, err := empty.store.ReadForAppend(t.Context(), empty.key, r)
		if err != nil || head.Revision() != 0 {
			t.Fatal(head.Revision(), err)
		}
		mustAppend(t, empty.store, empty.key, store.At(head), some(1))
		empty.key = newKey(t)
	}
}

// headIsNotBehind reads right after another process has appended.
func headIsNotBehind(t *testing.T, e *env) {
	reader, writer := e.another(), e.another()
	for n := range store.Revision(20) {
		mustAppend(t, writer, e.key, store.Any(), some(1))
		head, err := reader.Head(t.Context(), e.key)
		if err != nil || head.Revision() != n+1 {
			t.Fatalf("the head is %d (%v), want %d", head.Revision(), err, n+1)
		}
		if got := mustRead(t, reader, e.key, store.Range{}); len(got) != int(n)+1 {
			t.Fatalf("%d events, want %d", len(got), n+1)
		}
	}
}
