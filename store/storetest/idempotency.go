package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
)

var idempotencyStories = []story{
	{"a repeat stores nothing", repeatStoresNothing},
	{"a repeat after other appends", repeatAfterOthers},
	{"a repeat beats any conflict", repeatBeatsConflict},
	{"repeats at the same time", repeatsAtOnce},
	{"what counts as the same events", sameEvents},
	{"other events are refused", otherEventsAreRefused},
	{"another key is another matter", idempotencyIsPerKey},
	{"a refused append leaves no marker", refusedLeavesNoMarker},
	{"a marker says when it expires", markerExpires},
	{"what a store says of expiry", storesExpiry},
	{"idempotency keys of every kind", idempotencyKeysOfEveryKind},
}

// with are the options of an append with an idempotency key.
func with(idempotencyKey string) *store.AppendOptions {
	return &store.AppendOptions{IdempotencyKey: idempotencyKey}
}

// mustRepeat makes sure that an append is answered as first was.
func mustRepeat(t *testing.T, s *store.Store, first store.Appended, x store.Expected, events []store.Pending, idempotencyKey string) {
	t.Helper()
	again := mustAppendWith(t, s, first.Key(), x, events, with(idempotencyKey))
	if !again.Duplicate {
		t.Errorf("expecting %v: the repeat isn't called a duplicate", x)
	}
	if again.First != first.First || again.Revision() != first.Revision() || again.Count != first.Count ||
		again.Position() != first.Position() || !again.CommittedAt.Equal(first.CommittedAt) {
		t.Errorf("expecting %v: the repeat answered %+v, the first %+v", x, again, first)
	}
}

func repeatStoresNothing(t *testing.T, e *env) {
	first := mustAppendWith(t, e.store, e.key, store.Any(), some(2), with("a"))
	if first.Duplicate {
		t.Error("the first is called a duplicate")
	}
	mustRepeat(t, e.store, first, store.Any(), some(2), "a")
	mustRepeat(t, e.another(), first, store.Any(), some(2), "a")
	mustHold(t, e.store, e.key, some(2)...)
	mustAppendWith(t, e.store, e.key, store.Any(), some(2), with("b"))
	mustHold(t, e.store, e.key, flat(some(2), some(2))...)
}

func repeatAfterOthers(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.Any(), some(1))
	first := mustAppendWith(t, e.store, e.key, store.Any(), some(3), with("a"))
	mustAppend(t, e.store, e.key, store.Any(), some(2))
	mustAppendWith(t, e.another(), e.key, store.Any(), some(1), with("b"))
	mustRepeat(t, e.store, first, store.Any(), some(3), "a")
	mustRepeat(t, e.another(), first, store.Any(), some(3), "a")
	mustHold(t, e.store, e.key, flat(some(1), some(3), some(2), some(1))...)
	// what a repeat answers is an old head: it must not be taken for the latest
	mustAppend(t, e.store, e.key, store.Any(), some(1))
}

func repeatBeatsConflict(t *testing.T, e *env) {
	before := mustAppend(t, e.store, e.key, store.NoStream(), some(1))
	first := mustAppendWith(t, e.store, e.key, store.At(before.Head), some(2), with("a"))
	after := mustAppend(t, e.store, e.key, store.At(first.Head), some(1))
	for _, x := range []store.Expected{
		store.Any(), store.NoStream(), store.Exactly(1), store.Exactly(2), store.Exactly(3), store.Exactly(4), store.Exactly(99),
	} {
		mustRepeat(t, e.store, first, x, some(2), "a")
		mustRepeat(t, e.another(), first, x, some(2), "a")
	}
	for _, head := range []store.Head{before.Head, first.Head, after.Head} {
		mustRepeat(t, e.store, first, store.At(head), some(2), "a")
	}
	mustHold(t, e.store, e.key, flat(some(1), some(2), some(1))...)
}

func repeatsAtOnce(t *testing.T, e *env) {
	const rounds, writers = 8, 6
	for round := range rounds {
		var originals atomic.Int32
		var answers sync.Map
		var all sync.WaitGroup
		for w := range writers {
			s, x := e.another(), store.Any()
			if w%2 == 1 {
				x = store.Exactly(store.Revision(round))
			}
			all.Go(func() {
				a, err := s.Append(t.Context(), e.key, x, one(`"same"`), with(fmt.Sprint("round ", round)))
				if err != nil {
					t.Errorf("expecting %v: %v", x, err)
					return
				}
				if !a.Duplicate {
					originals.Add(1)
				}
				answers.Store(a.Position(), true)
			})
		}
		all.Wait()
		different := 0
		answers.Range(func(any, any) bool { different++; return true })
		if originals.Load() != 1 || different != 1 {
			t.Fatalf("round %d: %d originals, %d different answers", round, originals.Load(), different)
		}
	}
	mustHold(t, e.store, e.key, repeated(one(`"same"`), rounds)...)
}

// full is an event with everything that an event can have.
func full() store.Pending {
	return store.Pending{
		Type: "happened", CorrelationID: "request-1", Metadata: map[string]string{"by": "kim"},
		Data: json.RawMessage(`{"a":1,"b":[2]}`),
	}
}

func sameEvents(t *testing.T, e *env) {
	first := mustAppendWith(t, e.store, e.key, store.Any(), []store.Pending{full()}, with("a"))
	spaced, annotated := full(), full()
	spaced.Data = json.RawMessage(" { \"a\" : 1,\n\t\"b\" : [ 2 ] } ")
	annotated.Metadata = map[string]string{"attempt": "2"}
	mustRepeat(t, e.store, first, store.Any(), []store.Pending{spaced}, "a")
	mustRepeat(t, e.store, first, store.Any(), []store.Pending{annotated}, "a")
	mustHold(t, e.store, e.key, full())
}

func otherEventsAreRefused(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.Any(), some(1))
	mustAppendWith(t, e.store, e.key, store.Any(), []store.Pending{full(), full()}, with("a"))
	mustAppend(t, e.store, e.key, store.Any(), some(1))
	change := func(f func(*store.Pending)) []store.Pending {
		changed := full()
		f(&changed)
		return []store.Pending{full(), changed}
	}
	for name, events := range map[string][]store.Pending{
		"type":           change(func(p *store.Pending) { p.Type = "undone" }),
		"correlation id": change(func(p *store.Pending) { p.CorrelationID = "request-2" }),
		"data":           change(func(p *store.Pending) { p.Data = json.RawMessage(`{"a":1,"b":[3]}`) }),
		"no data":        change(func(p *store.Pending) { p.Data = nil }),
		"fewer":          {full()},
		"more":           {full(), full(), full()},
		// the same bytes, cut elsewhere
		"shifted": change(func(p *store.Pending) { p.Type, p.CorrelationID = "happenedrequest", "-1" }),
	} {
		for _, x := range []store.Expected{store.Any(), store.NoStream(), store.Exactly(4)} {
			_, err := e.another().Append(t.Context(), e.key, x, events, with("a"))
			reused, ok := errors.AsType[*store.IdempotencyKeyReusedError](err)
			if !ok || !errors.Is(err, store.ErrIdempotencyKeyReused) {
				t.Errorf("%s, expecting %v: got %v", name, x, err)
			} else if reused.Key != e.key || reused.IdempotencyKey != "a" || reused.Revision != 2 {
				t.Errorf("%s: the error tells %+v", name, reused)
			}
		}
	}
	mustHold(t, e.store, e.key, some(1)[0], full(), full(), some(1)[0])
}

func idempotencyIsPerKey(t *testing.T, e *env) {
	// neither may the two be mixed up where one ends and the other begins
	pairs := [][2]string{{e.key, "a"}, {e.key + "/x", "a"}, {e.key + "/", "xa"}, {e.key, "/xa"}, {e.key + "/a", "a"}}
	for i, p := range pairs {
		a := mustAppendWith(t, e.store, p[0], store.Any(), one(fmt.Sprint(i)), with(p[1]))
		if a.Duplicate {
			t.Errorf("idempotency key %q of key %q is taken for another", p[1], p[0])
		}
	}
}

func refusedLeavesNoMarker(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.NoStream(), some(1))
	for _, s := range []*store.Store{e.store, e.another()} {
		if _, err := s.Append(t.Context(), e.key, store.NoStream(), one(`"mine"`), with("a")); !errors.Is(err, store.ErrConflict) {
			t.Fatalf("got %v, want a conflict", err)
		}
		if m, err := e.backend.Marker(t.Context(), e.key, "a"); m != nil || err != nil {
			t.Fatalf("the marker is %+v, %v", m, err)
		}
	}
	if a := mustAppendWith(t, e.store, e.key, store.Exactly(1), one(`"mine"`), with("a")); a.Duplicate {
		t.Error("a duplicate of what was refused")
	}
}

func markerExpires(t *testing.T, e *env) {
	now := time.Date(2040, 1, 2, 3, 4, 5, 0, time.UTC)
	s := e.another(store.WithClock(func() time.Time { return now }), store.WithIdempotencyTTL(time.Hour))
	for name, c := range map[string]struct {
		ttl  time.Duration
		want time.Time
	}{
		"the store's":  {0, now.Add(time.Hour)},
		"of its own":   {2 * time.Hour, now.Add(2 * time.Hour)},
		"kept forever": {store.KeepForever, time.Time{}},
		"rounded up":   {1500 * time.Millisecond, now.Add(2 * time.Second)},
		"very short":   {1, now.Add(time.Second)},
	} {
		mustAppendWith(t, s, e.key, store.Any(), one(`1`), &store.AppendOptions{IdempotencyKey: name, IdempotencyTTL: c.ttl})
		m, err := e.backend.Marker(t.Context(), e.key, name)
		if err != nil || m == nil || !m.Expires.Equal(c.want) {
			t.Errorf("%s: the marker is %+v, %v; want it to expire at %v", name, m, err, c.want)
		}
	}
}

func storesExpiry(t *testing.T, e *env) {
	now := time.Date(2040, 1, 2, 3, 4, 5, 0, time.UTC)
	for ttl, want := range map[time.Duration]time.Time{
		0: now.Add(store.DefaultIdempotencyTTL), store.KeepForever: {}, time.Hour: now.Add(time.Hour),
	} {
		s := e.another(store.WithClock(func() time.Time { return now }), store.WithIdempotencyTTL(ttl))
		mustAppendWith(t, s, e.key, store.Any(), one(`1`), with(ttl.String()))
		m, err := e.backend.Marker(t.Context(), e.key, ttl.String())
		if err != nil || m == nil || !m.Expires.Equal(want) {
			t.Errorf("%v: the marker is %+v, %v; want it to expire at %v", ttl, m, err, want)
		}
	}
	mustHold(t, e.store, e.key, repeated(one(`1`), 3)...)
	_, err := e.another(store.WithIdempotencyTTL(-time.Hour)).Append(t.Context(), e.key, store.Any(), one(`1`), with("a"))
	mustBeInvalid(t, "the store's is negative", err)
	_, err = e.store.Append(t.Context(), e.key, store.Any(), one(`1`), &store.AppendOptions{IdempotencyKey: "a", IdempotencyTTL: -2})
	mustBeInvalid(t, "its own is negative", err)
	mustHold(t, e.store, e.key, repeated(one(`1`), 3)...)
}

func idempotencyKeysOfEveryKind(t *testing.T, e *env) {
	long := make([]byte, store.MaxName)
	for i := range long {
		long[i] = 'k'
	}
	for i, k := range []string{" ", "a b", "ü", "50%", "a/b", "#", "A", "a", "😀", string(long)} {
		first := mustAppendWith(t, e.store, e.key, store.Any(), one(fmt.Sprint(i)), with(k))
		if first.Duplicate {
			t.Errorf("%q is taken for another", k)
		}
		mustRepeat(t, e.another(), first, store.Any(), one(fmt.Sprint(i)), k)
	}
}
