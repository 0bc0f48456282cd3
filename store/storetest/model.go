package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aeon-es/aeon/store"
)

var modelStories = []story{
	{"any sequence of appends is what a slice would give", appendsAsToASlice},
}

// model is what a store of a few keys should be, and the processes that work on it, whose clocks disagree.
type model struct {
	t      *testing.T
	env    *env
	stores []*store.Store
	keys   map[string]*modelKey
	met    map[store.Position]bool
}

// modelKey is what should be in a key.
type modelKey struct {
	events []store.Pending
	once   map[string]store.Appended // by idempotency key
	first  map[string][]store.Pending
	heads  map[*store.Store][]store.Head // that each process has got to know
}

func appendsAsToASlice(t *testing.T, e *env) {
	rapid.Check(t, func(r *rapid.T) {
		m := &model{t: t, env: e, keys: map[string]*modelKey{}, met: map[store.Position]bool{}}
		for _, off := range []time.Duration{0, -7 * time.Second, 4 * time.Second} {
			m.stores = append(m.stores, e.another(store.WithClock(func() time.Time { return time.Now().Add(off) })))
		}
		keys := []string{newKey(t), newKey(t)}
		for _, k := range keys {
			m.keys[k] = &modelKey{once: map[string]store.Appended{}, first: map[string][]store.Pending{}, heads: map[*store.Store][]store.Head{}}
		}
		for range rapid.IntRange(1, 12).Draw(r, "appends") {
			m.append(r, rapid.SampledFrom(keys).Draw(r, "key"), rapid.SampledFrom(m.stores).Draw(r, "process"))
		}
		for _, k := range keys {
			m.compare(r, k)
		}
	})
}

// append appends in some way, and holds the answer against the model.
func (m *model) append(r *rapid.T, key string, s *store.Store) {
	k := m.keys[key]
	head := store.Revision(len(k.events))
	x, meets := m.expectation(r, k, s, head)
	events := one(fmt.Sprint(rapid.IntRange(0, 2).Draw(r, "data")))
	for range rapid.IntRange(0, 2).Draw(r, "more events") {
		events = append(events, store.Pending{Type: "other"})
	}
	o := &store.AppendOptions{IdempotencyKey: rapid.SampledFrom([]string{"", "", "x", "y"}).Draw(r, "idempotency key")}
	got, err := s.Append(m.t.Context(), key, x, events, o)

	earlier, repeated := k.once[o.IdempotencyKey]
	conflict, _ := errors.AsType[*store.ConflictError](err)
	switch {
	case repeated && slices.EqualFunc(k.first[o.IdempotencyKey], events, sameEvent):
		if err != nil || !got.Duplicate || got.First != earlier.First || got.Revision() != earlier.Revision() || got.Position() != earlier.Position() {
			r.Fatalf("repeated with %v: %+v, %v, want the answer of the first, %+v", x, got, err, earlier)
		}
	case repeated:
		if !errors.Is(err, store.ErrIdempotencyKeyReused) {
			r.Fatalf("other events with the same idempotency key, %v: %v", x, err)
		}
	case !meets:
		if conflict == nil || conflict.Actual != head {
			r.Fatalf("%v at head %d: %+v, %v", x, head, got, err)
		}
	case err != nil || got.Duplicate || got.First != head+1 || got.Revision() != head+store.Revision(len(events)):
		r.Fatalf("%v at head %d: %+v, %v", x, head, got, err)
	default:
		k.events = append(k.events, events...)
		k.heads[s] = append(k.heads[s], got.Head)
		if o.IdempotencyKey != "" {
			k.once[o.IdempotencyKey], k.first[o.IdempotencyKey] = got, events
		}
	}
}

// expectation draws one, and says whether the key meets it.
func (m *model) expectation(r *rapid.T, k *modelKey, s *store.Store, head store.Revision) (x store.Expected, meets bool) {
	switch rapid.IntRange(0, 3).Draw(r, "expectation") {
	case 0:
		return store.NoStream(), head == 0
	case 1:
		n := store.Revision(rapid.IntRange(max(0, int(head)-2), int(head)+2).Draw(r, "exactly"))
		return store.Exactly(n), n == head
	case 2:
		if heads := k.heads[s]; len(heads) > 0 {
			h := rapid.SampledFrom(heads).Draw(r, "head")
			return store.At(h), h.Revision() == head
		}
	}
	return store.Any(), true
}

// compare reads the key and holds it against the model.
func (m *model) compare(r *rapid.T, key string) {
	var last store.Position
	n := 0
	for e, err := range m.env.another().Read(m.t.Context(), key, store.Range{}) {
		switch {
		case err != nil:
			r.Fatal(err)
		case n >= len(m.keys[key].events), !sameEvent(e.Pending, m.keys[key].events[n]):
			r.Fatalf("revision %d is %s, want %d events %v", e.Revision, describe(e.Pending), len(m.keys[key].events), m.keys[key].events)
		case e.Position.Compare(last) <= 0, m.met[e.Position]:
			r.Fatalf("revision %d has position %s, behind %s", e.Revision, e.Position, last)
		}
		last, m.met[e.Position] = e.Position, true
		n++
	}
	if n != len(m.keys[key].events) {
		r.Fatalf("%d events, want %d", n, len(m.keys[key].events))
	}
}
