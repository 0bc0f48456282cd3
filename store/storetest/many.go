package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/store"
)

var manyStories = []story{
	{"very many events of one key", manyEvents},
	{"very many keys", manyKeys},
}

// mostKept is how many bytes of data may be kept while 14 megabytes or more are read: a few pages.
const mostKept = 8 << 20

func manyEvents(t *testing.T, e *env) {
	const each, size = 1000, 352
	commits := long.Or(100, 40)
	event := store.Pending{Type: "happened", Data: fill(size)}
	for range commits {
		mustAppend(t, e.store, e.key, store.Any(), slices.Repeat([]store.Pending{event}, each))
	}
	for _, backward := range []bool{false, true} {
		b := &watched{Backend: e.backend}
		n := 0
		for c, err := range newStore(b).Read(t.Context(), e.key, store.Range{Backward: backward}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if want := store.Revision(n); !backward && c.Revision != want {
				t.Fatalf("event %d has revision %d", n, c.Revision)
			}
			if n%10_000 == 0 {
				if kept := b.kept() * size; kept > mostKept {
					t.Errorf("behind %d events %d MB of them are kept", n, kept>>20)
				}
			}
		}
		if n != commits*each || b.given() != n {
			t.Errorf("read %d events of %d given, want %d", n, b.given(), commits*each)
		}
	}
	middle := mustRead(t, e.store, e.key, store.Range{Start: 20_123, Limit: 1})
	if len(middle) != 1 || middle[0].Revision != 20_123 {
		t.Errorf("one event in the middle: %v", places(middle))
	}
}

func manyKeys(t *testing.T, e *env) {
	keys := long.Or(100_000, 500)
	event := []store.Pending{{Type: "happened", Data: fill(32)}}
	var writers sync.WaitGroup
	const atOnce = 16
	for writer := range atOnce {
		writers.Go(func() {
			for i := writer; i < keys; i += atOnce {
				if _, err := e.store.Append(t.Context(), fmt.Sprintf("%s/%d", e.key, i), store.NoStream(), event, nil); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writers.Wait()
	b := &watched{Backend: e.backend, page: keys / 125}
	met := map[string]bool{}
	var last store.Position
	for c, err := range newStore(b).ReadAll(t.Context(), store.AllRange{KeyPrefix: e.key}) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Position.Compare(last) <= 0 {
			t.Fatalf("position %s follows %s", c.Position, last)
		}
		last, met[c.Key] = c.Position, true
		if len(met)%(keys/5) == 0 {
			b.atMost(t, 3*b.page) // of each slice: the page in use, the next one, and the one just left
		}
	}
	if len(met) != keys {
		t.Errorf("read %d keys, want %d", len(met), keys)
	}
}
