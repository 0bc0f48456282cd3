package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/aeon-es/aeon/store"
)

var restoreStories = []story{
	{"a copy is stored as it is", copyIsStoredAsItIs},
	{"restoring again stores nothing", restoringAgain},
	{"a restore goes on where another was cut off", restoreGoesOn},
	{"what is restored can be copied and appended to", restoredIsAsAppended},
	{"an idempotency key goes on to hold", restoredIdempotencyKey},
	{"a key that holds other events is left as it is", restoreMeetsOthers},
	{"checking stores nothing", restoreOnlyChecks},
	{"copies that can't be", copiesThatCantBe},
	{"lost answers are settled", restoreWithLostAnswers},
	{"an append in another process is no part of it", restoreAgainstAppends},
}

// copies makes commits of so many events each, as another store might have them, committed in the year 2020.
func copies(t *testing.T, key string, counts ...int) []store.Copy {
	t.Helper()
	at := time.Date(2020, 2, 29, 12, 0, 0, 123_000_000, time.UTC)
	revision := store.Revision(1)
	var all []store.Copy
	for i, n := range counts {
		at = at.Add(time.Duration(i) * time.Hour)
		p := store.Position(ulid.MustNew(ulid.Timestamp(at), ulid.DefaultEntropy()))
		p[14], p[15] = 0, 0 // these count the events
		c := store.Commit{Key: key, Revision: revision, Position: p, CommittedAt: at, AppendID: newAppendID(), Events: some(n), Count: n}
		c.Events[0] = full()
		all = append(all, store.Copy{Commit: c})
		revision += store.Revision(n)
	}
	return all
}

func newAppendID() string { return ulid.Make().String() }

// each iterates over copies, and ends with err if that isn't nil.
func each(all []store.Copy, err error) iter.Seq2[store.Copy, error] {
	return func(yield func(store.Copy, error) bool) {
		for _, c := range all {
			if !yield(c, nil) {
				return
			}
		}
		if err != nil {
			yield(store.Copy{}, err)
		}
	}
}

func mustRestore(t *testing.T, s *store.Store, key string, all []store.Copy, want store.Restored) {
	t.Helper()
	done, err := s.Restore(t.Context(), key, each(all, nil), nil)
	if err != nil || done != want {
		t.Fatalf("restore %q: %+v, %v; want %+v", key, done, err, want)
	}
}

// mustCopy makes sure that a key's copies are these.
func mustCopy(t *testing.T, s *store.Store, key string, want []store.Copy) {
	t.Helper()
	n := 0
	for c, err := range s.Copies(t.Context(), key, 1) {
		if err != nil {
			t.Fatal(err)
		}
		if n == len(want) || !identical(&c.Commit, &want[n].Commit) || c.Marked != want[n].Marked || !c.Expires.Equal(want[n].Expires) {
			t.Fatalf("copy %d of %q is %+v, want %+v", n, key, c, want[min(n, len(want)-1)])
		}
		n++
	}
	if n != len(want) {
		t.Errorf("key %q has %d commits, want %d", key, n, len(want))
	}
}

func identical(a, b *store.Commit) bool {
	return a.Key == b.Key && a.Revision == b.Revision && a.Count == b.Count && a.Position == b.Position &&
		a.CommittedAt.Equal(b.CommittedAt) && a.AppendID == b.AppendID && a.IdempotencyKey == b.IdempotencyKey &&
		slices.EqualFunc(a.Events, b.Events, sameEvent)
}

func copyIsStoredAsItIs(t *testing.T, e *env) {
	all := copies(t, e.key, 1, 3, 1)
	mustRestore(t, e.store, e.key, all, store.Restored{Stored: 3})
	mustCopy(t, e.another(), e.key, all)
	events := mustRead(t, e.another(), e.key, store.Range{})
	if len(events) != 5 || !events[2].CommittedAt.Equal(all[1].CommittedAt) {
		t.Errorf("it reads as %+v", events)
	}
	// Where there is an index, they are where their positions say.
	index, ok := e.backend.(store.PositionIndex)
	if _, err := index.Slices(t.Context()); !ok || errors.Is(err, store.ErrNoPositionIndex) {
		return
	}
	found := 0
	for got, err := range e.another().ReadAll(t.Context(), store.AllRange{Start: all[0].Position, End: all[2].Position, KeyPrefix: e.key}) {
		if err != nil {
			t.Fatal(err)
		}
		if got.Position != events[found].Position {
			t.Errorf("event %d has position %s, want %s", found, got.Position, events[found].Position)
		}
		found++
	}
	if found != 5 {
		t.Errorf("%d events are found by position, want 5", found)
	}
}

func restoringAgain(t *testing.T, e *env) {
	all := copies(t, e.key, 2, 1)
	all[1].IdempotencyKey, all[1].Marked = "once", true
	mustRestore(t, e.store, e.key, all, store.Restored{Stored: 2})
	mustRestore(t, e.store, e.key, all, store.Restored{Present: 2})
	mustRestore(t, e.another(), e.key, all[1:], store.Restored{Present: 1})
	mustAppend(t, e.another(), e.key, store.Exactly(3), some(1)) // the key has gone on since
	mustRestore(t, e.another(), e.key, all, store.Restored{Present: 2})
}

func restoreGoesOn(t *testing.T, e *env) {
	all := copies(t, e.key, 1, 2, 1, 1)
	cut := errors.New("the file ends here")
	if done, err := e.store.Restore(t.Context(), e.key, each(all[:2], cut), nil); !errors.Is(err, cut) || done.Stored != 2 {
		t.Fatalf("restore: %+v, %v", done, err)
	}
	mustHold(t, e.another(), e.key, flat(all[0].Events, all[1].Events)...)
	early := all[2]
	early.Position = all[0].Position
	if _, err := e.another().Restore(t.Context(), e.key, each([]store.Copy{early}, nil), nil); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("a position before that of the head: %v", err)
	}
	mustRestore(t, e.another(), e.key, all[2:3], store.Restored{Stored: 1}) // right behind what is there
	mustRestore(t, e.another(), e.key, all, store.Restored{Present: 3, Stored: 1})
	mustCopy(t, e.another(), e.key, all)
}

func restoredIsAsAppended(t *testing.T, e *env) {
	all := copies(t, e.key, 1, 1)
	mustRestore(t, e.store, e.key, all, store.Restored{Stored: 2})
	for _, s := range []*store.Store{e.store, e.another()} {
		a := mustAppend(t, s, e.key, store.Any(), some(1))
		if a.Revision() < 3 || a.Position().Compare(all[1].Position) <= 0 {
			t.Errorf("an append behind a restore is at revision %d, position %s", a.Revision(), a.Position())
		}
	}
	inOrder(t, e.key, mustRead(t, e.another(), e.key, store.Range{}), false)
}

func restoredIdempotencyKey(t *testing.T, e *env) {
	all := copies(t, e.key, 1, 1, 1)
	all[0].IdempotencyKey, all[0].Marked = "for good", true
	all[1].IdempotencyKey, all[1].Marked, all[1].Expires = "until", true, time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)
	all[2].IdempotencyKey = "over" // its marker is gone
	mustRestore(t, e.store, e.key, all, store.Restored{Stored: 3})
	mustCopy(t, e.another(), e.key, all)
	for i, c := range all {
		o := &store.AppendOptions{IdempotencyKey: c.IdempotencyKey}
		a := mustAppendWith(t, e.another(), e.key, store.Any(), c.Events, o)
		if a.Duplicate != c.Marked || c.Marked && a.First != c.Revision {
			t.Errorf("repeat %d: %+v, marked %v", i, a, c.Marked)
		}
	}
}

func restoreMeetsOthers(t *testing.T, e *env) {
	all := copies(t, e.key, 1, 2, 1)
	mustRestore(t, e.store, e.key, all, store.Restored{Stored: 3})
	for name, change := range map[string]func(c *store.Copy){
		"data":        func(c *store.Copy) { c.Events = some(2) },
		"position":    func(c *store.Copy) { c.Position[13]++ },
		"append id":   func(c *store.Copy) { c.AppendID = newAppendID() },
		"time":        func(c *store.Copy) { c.CommittedAt = c.CommittedAt.Add(time.Millisecond) },
		"idempotency": func(c *store.Copy) { c.IdempotencyKey = "other" },
		"boundaries":  func(c *store.Copy) { c.Events, c.Count = c.Events[:1], 1 },
	} {
		other := slices.Clone(all)
		change(&other[1])
		if name == "boundaries" {
			other = other[:2]
		}
		done, err := e.another().Restore(t.Context(), e.key, each(other, nil), nil)
		var differ *store.OtherEventsError
		if !errors.As(err, &differ) || !errors.Is(err, store.ErrConflict) || differ.Revision != 2 || done.Stored != 0 {
			t.Errorf("%s: %+v, %v", name, done, err)
		}
	}
	mustCopy(t, e.another(), e.key, all)
}

func restoreOnlyChecks(t *testing.T, e *env) {
	all := copies(t, e.key, 1, 1)
	mustRestore(t, e.store, e.key, all[:1], store.Restored{Stored: 1})
	done, err := e.store.Restore(t.Context(), e.key, each(all, nil), &store.RestoreOptions{CheckOnly: true})
	if want := (store.Restored{Present: 1, Stored: 1}); err != nil || done != want {
		t.Errorf("got %+v, %v, want %+v", done, err, want)
	}
	mustCopy(t, e.another(), e.key, all[:1])
}

func copiesThatCantBe(t *testing.T, e *env) {
	for name, change := range map[string]func(all []store.Copy){
		"another key":        func(all []store.Copy) { all[0].Key += "x" },
		"revision 0":         func(all []store.Copy) { all[0].Revision = 0 },
		"a gap at the start": func(all []store.Copy) { all[0].Revision = 2 },
		"a gap":              func(all []store.Copy) { all[1].Revision++ },
		"twice":              func(all []store.Copy) { all[1] = all[0] },
		"no position":        func(all []store.Copy) { all[0].Position = store.Position{} },
		"inside a commit":    func(all []store.Copy) { all[0].Position[15] = 1 },
		"positions back":     func(all []store.Copy) { all[1].Position = all[0].Position },
		"count":              func(all []store.Copy) { all[0].Count++ },
		"no events":          func(all []store.Copy) { all[0].Count, all[0].Events = 0, nil },
		"time":               func(all []store.Copy) { all[0].CommittedAt = all[0].CommittedAt.Add(time.Microsecond) },
		"no time":            func(all []store.Copy) { all[0].CommittedAt = time.Time{} },
		"append id":          func(all []store.Copy) { all[0].AppendID = "" },
		"marked":             func(all []store.Copy) { all[0].Marked = true },
		"type":               func(all []store.Copy) { all[0].Events[0].Type = "" },
		"data":               func(all []store.Copy) { all[0].Events[0].Data = json.RawMessage("{") },
	} {
		key := e.key + "/" + name
		all := copies(t, key, 2, 1)
		change(all)
		if _, err := e.store.Restore(t.Context(), key, each(all, nil), nil); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Contains([]string{"a gap", "twice", "positions back"}, name) { // the first copy is right in these
			mustHold(t, e.another(), key)
		}
	}
	large := copies(t, e.key+"/large", 1)
	large[0].Events = one(`"` + string(slices.Repeat([]byte("x"), store.MaxCommit)) + `"`)
	if _, err := e.store.Restore(t.Context(), e.key+"/large", each(large, nil), nil); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	if _, err := e.store.Restore(t.Context(), "", each(nil, nil), nil); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("no key: %v", err)
	}
}

// losingAnswers does puts, and then says that it doesn't know; every other time.
type losingAnswers struct {
	store.Backend
	puts int
}

// Put implements [store.Backend].
func (b *losingAnswers) Put(ctx context.Context, c *store.Commit, m *store.Marker) (*store.Refusal, error) {
	refusal, err := b.Backend.Put(ctx, c, m)
	if b.puts++; b.puts%2 == 1 && err == nil {
		return nil, errors.New("the answer was lost")
	}
	return refusal, err
}

func restoreWithLostAnswers(t *testing.T, e *env) {
	all := copies(t, e.key, 1, 2, 1)
	all[1].IdempotencyKey, all[1].Marked = "once", true
	mustRestore(t, newStore(&losingAnswers{Backend: e.backend}), e.key, all, store.Restored{Stored: 3})
	mustCopy(t, e.another(), e.key, all)
}

func restoreAgainstAppends(t *testing.T, e *env) {
	all := copies(t, e.key, 1, 1, 1)
	appended := false
	given := func(yield func(store.Copy, error) bool) {
		for i, c := range all {
			if i == 2 { // when two of them are stored
				mustAppend(t, e.another(), e.key, store.Exactly(2), some(1))
				appended = true
			}
			if !yield(c, nil) {
				return
			}
		}
	}
	_, err := e.store.Restore(t.Context(), e.key, given, nil)
	var differ *store.OtherEventsError
	if !appended || !errors.As(err, &differ) || differ.Revision != 3 {
		t.Errorf("appended %v: %v", appended, err)
	}
	mustHold(t, e.another(), e.key, flat(all[0].Events, all[1].Events, some(1))...)
}
