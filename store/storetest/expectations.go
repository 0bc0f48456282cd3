package storetest

import (
	"errors"
	"testing"

	"github.com/aeon-es/aeon/store"
)

var expectationStories = []story{
	{"any", expectAny},
	{"no stream", expectNoStream},
	{"at the head that an append left", expectAtAppended},
	{"at the head that was read", expectAtRead},
	{"at a head of no events", expectAtEmpty},
	{"exactly", expectExactly},
	{"exactly zero is no stream", expectExactlyZero},
	{"another process appended meanwhile", expectAfterAnother},
	{"heads that prove nothing", headsThatProveNothing},
}

// mustConflict makes sure that an append conflicts, tells the truth about it, and stores nothing.
func mustConflict(t *testing.T, e *env, s *store.Store, x store.Expected, actual store.Revision) {
	t.Helper()
	_, err := s.Append(t.Context(), e.key, x, one(`"unwanted"`), nil)
	conflict, ok := errors.AsType[*store.ConflictError](err)
	if !ok || !errors.Is(err, store.ErrConflict) {
		t.Fatalf("expecting %v of a key at revision %d: got %v, want a conflict", x, actual, err)
	}
	if conflict.Key != e.key || conflict.Expected != x || conflict.Actual != actual {
		t.Errorf("the conflict tells of key %q, expected %v, actual %d; want %q, %v, %d",
			conflict.Key, conflict.Expected, conflict.Actual, e.key, x, actual)
	}
	head, err := e.another().Head(t.Context(), e.key)
	if err != nil || head.Revision() != actual {
		t.Fatalf("after the conflict the head is %d (%v), want %d", head.Revision(), err, actual)
	}
}

// everyStore runs test for a store that has seen the key, and for one that knows nothing of it.
func everyStore(t *testing.T, e *env, test func(t *testing.T, s *store.Store)) {
	t.Run("by who knows the head", func(t *testing.T) { test(t, e.store) })
	t.Run("by who does not", func(t *testing.T) { test(t, e.another()) })
}

func expectAny(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.Any(), some(1))
	mustAppend(t, e.store, e.key, store.Any(), some(2))
	mustAppend(t, e.another(), e.key, store.Any(), some(1))
	mustAppend(t, e.store, e.key, store.Any(), some(2)) // what it knows is no longer so
	mustHold(t, e.store, e.key, flat(some(1), some(2), some(1), some(2))...)
}

func expectNoStream(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.NoStream(), some(2))
	everyStore(t, e, func(t *testing.T, s *store.Store) { mustConflict(t, e, s, store.NoStream(), 2) })
}

func expectAtAppended(t *testing.T, e *env) {
	first := mustAppend(t, e.store, e.key, store.NoStream(), some(2))
	second := mustAppend(t, e.store, e.key, store.At(first.Head), some(1))
	mustConflict(t, e, e.store, store.At(first.Head), 3)
	mustAppend(t, e.store, e.key, store.At(second.Head), some(1))
	mustConflict(t, e, e.store, store.At(second.Head), 4)
}

func expectAtRead(t *testing.T, e *env) {
	mustAppend(t, e.another(), e.key, store.NoStream(), some(3))
	head, err := e.store.Head(t.Context(), e.key)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, e.another(), e.key, store.Any(), some(1))
	mustConflict(t, e, e.store, store.At(head), 4)
	head, err = e.store.Head(t.Context(), e.key)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, e.store, e.key, store.At(head), some(1))
	mustHold(t, e.store, e.key, flat(some(3), some(1), some(1))...)
}

func expectAtEmpty(t *testing.T, e *env) {
	head, err := e.store.Head(t.Context(), e.key)
	if err != nil || head.Revision() != 0 || !head.Position().IsZero() {
		t.Fatalf("the head of a key without events: %+v, %v", head, err)
	}
	mustAppend(t, e.store, e.key, store.At(head), some(1))
	mustConflict(t, e, e.store, store.At(head), 1)
}

func expectExactly(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.NoStream(), some(1))
	mustAppend(t, e.store, e.key, store.Any(), some(4)) // revisions 2 to 5
	everyStore(t, e, func(t *testing.T, s *store.Store) {
		mustConflict(t, e, s, store.Exactly(1), 5)                  // where a commit ended
		mustConflict(t, e, s, store.Exactly(3), 5)                  // inside a commit
		mustConflict(t, e, s, store.Exactly(4), 5)                  // likewise, right before its end
		mustConflict(t, e, s, store.Exactly(6), 5)                  // past the head
		mustConflict(t, e, s, store.Exactly(1_000), 5)              // far past it
		mustConflict(t, e, s, store.Exactly(^store.Revision(0)), 5) // as far as can be
	})
	mustAppend(t, e.another(), e.key, store.Exactly(5), some(1))
	mustAppend(t, e.store, e.key, store.Exactly(6), some(1))
	mustHold(t, e.store, e.key, flat(some(1), some(4), some(1), some(1))...)

	empty := newEnv(t, e.backend)
	mustConflict(t, empty, empty.store, store.Exactly(1), 0)
}

func expectExactlyZero(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.Exactly(0), some(1))
	everyStore(t, e, func(t *testing.T, s *store.Store) { mustConflict(t, e, s, store.Exactly(0), 1) })
}

func expectAfterAnother(t *testing.T, e *env) {
	mine := mustAppend(t, e.store, e.key, store.NoStream(), some(1))
	theirs := mustAppend(t, e.another(), e.key, store.Exactly(1), some(2))
	mustConflict(t, e, e.store, store.At(mine.Head), 3)
	mustConflict(t, e, e.another(), store.Exactly(1), 3)
	mustAppend(t, e.store, e.key, store.Exactly(theirs.Revision()), some(1))
}

func headsThatProveNothing(t *testing.T, e *env) {
	there := mustAppend(t, e.store, e.key, store.NoStream(), some(1))
	otherKey := mustAppend(t, e.store, newKey(t), store.NoStream(), some(1))
	otherStore, err := e.another().Head(t.Context(), e.key)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]store.Expected{
		"the zero Expected": {}, "the zero Head": store.At(store.Head{}),
		"another key's": store.At(otherKey.Head), "another store's": store.At(otherStore),
	} {
		if _, err := e.store.Append(t.Context(), e.key, x, some(1), nil); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	mustHold(t, e.store, e.key, some(1)...)
	mustAppend(t, e.store, e.key, store.At(there.Head), some(1))
}
