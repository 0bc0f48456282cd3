package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/store"
)

var limitStories = []story{
	{"one event as large as can be", oneLargeEvent},
	{"many tiny events", manyTinyEvents},
	{"large metadata", largeMetadata},
	{"a longest key and a longest idempotency key", longestKeys},
}

// fill is a JSON string of n bytes.
func fill(n int) json.RawMessage {
	return json.RawMessage(`"` + strings.Repeat("x", n-2) + `"`)
}

// largest appends the largest commit of those that events makes, where events(n+1) is one byte larger than
// events(n), and sees the next larger one refused.
func largest(t *testing.T, e *env, o *store.AppendOptions, events func(n int) []store.Pending) {
	t.Helper()
	_, err := e.store.Append(t.Context(), e.key, store.NoStream(), events(store.MaxCommit), o)
	large, ok := errors.AsType[*store.TooLargeError](err)
	if !ok || !errors.Is(err, store.ErrTooLarge) {
		t.Fatalf("over the limit: got %v", err)
	}
	if large.Key != e.key || large.Limit != store.MaxCommit || large.Size <= store.MaxCommit {
		t.Errorf("the error tells %+v", large)
	}
	fits := store.MaxCommit - (large.Size - large.Limit)
	if _, err := e.store.Append(t.Context(), e.key, store.NoStream(), events(fits+1), o); !errors.Is(err, store.ErrTooLarge) {
		t.Fatalf("a byte over the limit: got %v", err)
	}
	mustHold(t, e.store, e.key)
	mustAppendWith(t, e.store, e.key, store.NoStream(), events(fits), o)
	mustHold(t, e.another(), e.key, events(fits)...)
}

func oneLargeEvent(t *testing.T, e *env) {
	largest(t, e, nil, func(n int) []store.Pending { return []store.Pending{{Type: "large", Data: fill(n)}} })
}

func manyTinyEvents(t *testing.T, e *env) {
	tiny := make([]store.Pending, 30_000)
	for i := range tiny {
		tiny[i] = store.Pending{Type: fmt.Sprint(i % 10)}
	}
	largest(t, e, nil, func(n int) []store.Pending {
		return append(tiny[:len(tiny):len(tiny)], store.Pending{Type: "rest", Data: fill(n)})
	})
	got := mustRead(t, e.store, e.key, store.Range{Start: 29_999, Limit: 1})
	if len(got) != 1 || got[0].Revision != 29_999 || !sameEvent(got[0].Pending, tiny[29_998]) {
		t.Errorf("read from inside: %+v", got)
	}
}

func largeMetadata(t *testing.T, e *env) {
	many := map[string]string{}
	for i := range 1_000 {
		many[fmt.Sprint("name", i)] = strings.Repeat("v", 100)
	}
	largest(t, e, nil, func(n int) []store.Pending {
		return []store.Pending{{Type: "large", Metadata: many}, {Type: "rest", Data: fill(n)}}
	})
}

func longestKeys(t *testing.T, e *env) {
	e.key += strings.Repeat("k", store.MaxKey-len(e.key))
	o := with(strings.Repeat("i", store.MaxName))
	largest(t, e, o, func(n int) []store.Pending {
		return []store.Pending{{Type: "large", CorrelationID: "c", Data: fill(n)}, {Type: "small", Data: json.RawMessage(bytes.Repeat([]byte("1"), 100))}}
	})
}
