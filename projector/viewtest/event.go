package viewtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/store"
)

// Event is an event of a key. data is its JSON: text, if it is a string, []byte or [json.RawMessage], or else a value to be encoded; nil
// is an event without data. What else an event may have can be set in what is answered. Revisions are assigned where it is
// given, from 1 on for each key, and so are positions, and times where there are none: a second apart, from 2000 on.
func Event(key, eventType string, data any) store.Committed {
	e := store.Committed{Key: key, Pending: store.Pending{Type: eventType}}
	switch d := data.(type) {
	case nil:
	case string:
		e.Data = json.RawMessage(d)
	case []byte:
		e.Data = d
	case json.RawMessage:
		e.Data = d
	default:
		encoded, err := json.Marshal(data)
		if err != nil {
			encoded = fmt.Append(nil, err) // no JSON: so whoever is given the event says
		}
		e.Data = encoded
	}
	return e
}

// given stores events, each in a commit of its own, and gives them as they are stored.
func given(t testing.TB, events []store.Committed) (*store.Store, []store.Committed) {
	t.Helper()
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	at := now
	s := store.New(memstore.New(), store.WithClock(func() time.Time { return at }), store.WithLogger(silent()))
	stored := make([]store.Committed, len(events))
	for i, e := range events {
		now = now.Add(time.Second)
		if at = e.CommittedAt; at.IsZero() {
			at = now
		}
		if len(e.Data) > 0 && !json.Valid(e.Data) {
			t.Fatalf("event %d, %q of key %q: its data is no JSON: %s", i+1, e.Type, e.Key, e.Data)
		}
		_, err := s.Append(t.Context(), e.Key, store.Any(), []store.Pending{e.Pending}, nil)
		if err == nil {
			stored[i], _, err = s.ReadLatest(t.Context(), e.Key)
		}
		if err != nil {
			t.Fatalf("event %d, %q of key %q: %v", i+1, e.Type, e.Key, err)
		}
	}
	return s, stored
}

func silent() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// commit is the one that an event is in.
func commit(e store.Committed) *store.Commit {
	return &store.Commit{
		Key: e.Key, Revision: e.Revision, Position: e.Position, CommittedAt: e.CommittedAt, Count: 1, Events: []store.Pending{e.Pending},
	}
}

// name names an event in messages.
func name(e store.Committed) string { return fmt.Sprintf("%s@%d %s", e.Key, e.Revision, e.Type) }

// clone is a copy that shares nothing with e.
func clone(e store.Committed) store.Committed {
	e.Data, e.Metadata = slices.Clone(e.Data), maps.Clone(e.Metadata)
	return e
}

// wipe makes what e points to useless.
func wipe(e store.Committed) {
	for i := range e.Data {
		e.Data[i] = 'x'
	}
	clear(e.Metadata)
}

// unchanged says whether nothing has happened to what an event points to.
func unchanged(a, b store.Committed) bool {
	return bytes.Equal(a.Data, b.Data) && maps.Equal(a.Metadata, b.Metadata)
}
