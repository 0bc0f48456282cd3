package storetest

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/store"
)

var manyStories = []story{
	{"very many events of one key", manyEvents},
	{"very many keys", manyKeys},
}

// mostHeap is how much the heap may grow while 14 megabytes or more are read: a few pages.
const mostHeap = 8 << 20

// heap is how many bytes are in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func manyEvents(t *testing.T, e *env) {
	const each = 1000
	commits := long.Or(100, 40)
	events := make([]store.Pending, each)
	for i := range events {
		events[i] = store.Pending{Type: "happened", Data: json.RawMessage(`"` + strings.Repeat("x", 350) + `"`)}
	}
	for range commits {
		mustAppend(t, e.store, e.key, store.Any(), events)
	}
	for _, backward := range []bool{false, true} {
		before := heap()
		n := 0
		for c, err := range e.store.Read(t.Context(), e.key, store.Range{Backward: backward}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			if want := store.Revision(n); !backward && c.Revision != want {
				t.Fatalf("event %d has revision %d", n, c.Revision)
			}
			if n%10_000 == 0 {
				if now := heap(); now > before+mostHeap {
					t.Errorf("behind %d events the heap has grown by %d MB", n, (now-before)>>20)
				}
			}
		}
		if n != commits*each {
			t.Errorf("read %d events, want %d", n, commits*each)
		}
	}
	middle := mustRead(t, e.store, e.key, store.Range{Start: 20_123, Limit: 1})
	if len(middle) != 1 || middle[0].Revision != 20_123 {
		t.Errorf("one event in the middle: %v", places(middle))
	}
}

func manyKeys(t *testing.T, e *env) {
	keys := long.Or(100_000, 500)
	var writers sync.WaitGroup
	const atOnce = 16
	for writer := range atOnce {
		writers.Go(func() {
			for i := writer; i < keys; i += atOnce {
				if _, err := e.store.Append(t.Context(), fmt.Sprintf("%s/%d", e.key, i), store.NoStream(), some(1), nil); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writers.Wait()
	before := heap()
	met := map[string]bool{}
	var last store.Position
	for c, err := range e.store.ReadAll(t.Context(), store.AllRange{KeyPrefix: e.key}) {
		if err != nil {
			t.Fatal(err)
		}
		if c.Position.Compare(last) <= 0 {
			t.Fatalf("position %s follows %s", c.Position, last)
		}
		last, met[c.Key] = c.Position, true
	}
	if len(met) != keys {
		t.Errorf("read %d keys, want %d", len(met), keys)
	}
	clear(met)
	if now := heap(); now > before+mostHeap+uint64(keys)*200 { // the map's own
		t.Errorf("the heap has grown by %d MB", (now-before)>>20)
	}
}
