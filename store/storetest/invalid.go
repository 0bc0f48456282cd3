package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/store"
)

var invalidStories = []story{
	{"keys", invalidKeys},
	{"events", invalidEvents},
	{"idempotency keys", invalidIdempotencyKeys},
	{"ranges", invalidRanges},
	{"a context that is over", contextIsOver},
}

// unfit is text that neither keys nor names may be.
var unfit = map[string]string{
	"new line": "a\nb", "zero": "a\x00b", "delete": "a\x7f", "C1 control": "a\u0085", "not UTF-8": "a\xff", "half a character": "\xc3",
}

func mustBeInvalid(t *testing.T, what string, err error) {
	t.Helper()
	if _, ok := errors.AsType[*store.InvalidError](err); !ok || !errors.Is(err, store.ErrInvalid) {
		t.Errorf("%s: got %v, want it to be invalid", what, err)
	}
}

func invalidKeys(t *testing.T, e *env) {
	keys := map[string]string{"empty": "", "too long": strings.Repeat("k", store.MaxKey+1)}
	for name, k := range unfit {
		keys[name] = k
	}
	for name, k := range keys {
		_, err := e.store.Append(t.Context(), k, store.Any(), some(1), nil)
		mustBeInvalid(t, "append to a key that is "+name, err)
		_, err = e.store.Head(t.Context(), k)
		mustBeInvalid(t, "the head of a key that is "+name, err)
		_, _, err = e.store.ReadLatest(t.Context(), k)
		mustBeInvalid(t, "the latest of a key that is "+name, err)
		_, _, err = e.store.ReadForAppend(t.Context(), k, store.Range{})
		mustBeInvalid(t, "read for append a key that is "+name, err)
	}
}

func invalidEvents(t *testing.T, e *env) {
	long := strings.Repeat("x", store.MaxName+1)
	events := map[string]store.Pending{
		"no type": {}, "long type": {Type: long}, "long correlation id": {Type: "t", CorrelationID: long},
		"long metadata name":  {Type: "t", Metadata: map[string]string{long: ""}},
		"empty metadata name": {Type: "t", Metadata: map[string]string{"": "x"}},
		"metadata not UTF-8":  {Type: "t", Metadata: map[string]string{"a": "\xff"}},
		"data not UTF-8":      {Type: "t", Data: json.RawMessage("\"\xff\"")},
	}
	for name, text := range unfit {
		events["type: "+name] = store.Pending{Type: text}
		events["correlation id: "+name] = store.Pending{Type: "t", CorrelationID: text}
		events["metadata name: "+name] = store.Pending{Type: "t", Metadata: map[string]string{text: ""}}
	}
	for _, data := range []string{" ", "{", "{}}", "{} {}", "nan", "01", "'a'", `"a`, "[1,]", `{"a"}`, "\x00", `"` + "\n" + `"`} {
		events["data: "+data] = store.Pending{Type: "t", Data: json.RawMessage(data)}
	}
	for name, event := range events {
		_, err := e.store.Append(t.Context(), e.key, store.Any(), []store.Pending{some(1)[0], event}, nil)
		mustBeInvalid(t, name, err)
	}
	mustHold(t, e.store, e.key)
}

func invalidIdempotencyKeys(t *testing.T, e *env) {
	keys := map[string]string{"too long": strings.Repeat("k", store.MaxName+1)}
	for name, k := range unfit {
		keys[name] = k
	}
	for name, k := range keys {
		_, err := e.store.Append(t.Context(), e.key, store.Any(), some(1), with(k))
		mustBeInvalid(t, name, err)
	}
	mustHold(t, e.store, e.key)
}

func invalidRanges(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.Any(), some(3))
	for name, r := range map[string]store.Range{
		"negative limit": {Limit: -1}, "start behind end": {Start: 3, End: 2}, "exclusive end without end": {EndExclusive: true},
	} {
		n := 0
		for _, err := range e.store.Read(t.Context(), e.key, r) {
			mustBeInvalid(t, name, err)
			n++
		}
		if n != 1 {
			t.Errorf("%s: %d answers, want the error and no more", name, n)
		}
		_, _, err := e.store.ReadForAppend(t.Context(), e.key, r)
		mustBeInvalid(t, name, err)
	}
}

func contextIsOver(t *testing.T, e *env) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	knowing := e.another()
	mustAppend(t, knowing, e.key, store.Any(), some(1))
	for _, s := range []*store.Store{e.store, knowing} {
		for _, x := range []store.Expected{store.Any(), store.NoStream(), store.Exactly(1), store.Exactly(7)} {
			for _, o := range []*store.AppendOptions{nil, with("a")} {
				_, err := s.Append(ctx, e.key, x, some(1), o)
				if !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrUnknownOutcome) {
					t.Errorf("append expecting %v: got %v, want %v and nothing unknown", x, err, context.Canceled)
				}
			}
		}
		if _, err := s.Head(ctx, e.key); !errors.Is(err, context.Canceled) {
			t.Errorf("head: %v", err)
		}
		if _, _, err := s.ReadLatest(ctx, e.key); !errors.Is(err, context.Canceled) {
			t.Errorf("read: %v", err)
		}
	}
	mustHold(t, e.another(), e.key, some(1)...)
	if m, err := e.backend.Marker(t.Context(), e.key, "a"); m != nil || err != nil {
		t.Errorf("the marker is %+v, %v", m, err)
	}
}
