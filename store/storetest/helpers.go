package storetest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/aeon-es/aeon/store"
)

// some is n events, each with data that tells it from the others.
func some(n int) []store.Pending {
	events := make([]store.Pending, n)
	for i := range events {
		events[i] = store.Pending{Type: "happened", Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))}
	}
	return events
}

// one is a single event with the given data.
func one(data string) []store.Pending {
	return []store.Pending{{Type: "happened", Data: json.RawMessage(data)}}
}

func mustAppend(t *testing.T, s *store.Store, key string, x store.Expected, events []store.Pending) store.Appended {
	t.Helper()
	return mustAppendWith(t, s, key, x, events, nil)
}

func mustAppendWith(t *testing.T, s *store.Store, key string, x store.Expected, events []store.Pending, o *store.AppendOptions) store.Appended {
	t.Helper()
	a, err := s.Append(t.Context(), key, x, events, o)
	if err != nil {
		t.Fatalf("append to %q expecting %v: %v", key, x, err)
	}
	return a
}

// mustRead reads what r asks for and makes sure that it is in order.
func mustRead(t *testing.T, s *store.Store, key string, r store.Range) []store.Committed {
	t.Helper()
	var events []store.Committed
	for e, err := range s.Read(t.Context(), key, r) {
		if err != nil {
			t.Fatalf("read %q: %v", key, err)
		}
		events = append(events, e)
	}
	inOrder(t, key, events, r.Backward)
	return events
}

// inOrder makes sure of what holds for every answer, whatever was asked for.
func inOrder(t *testing.T, key string, events []store.Committed, backward bool) {
	t.Helper()
	for i, e := range events {
		if e.Key != key {
			t.Fatalf("an event of key %q in an answer for %q", e.Key, key)
		}
		if i == 0 {
			continue
		}
		lower, upper := events[i-1], e
		if backward {
			lower, upper = upper, lower
		}
		if lower.Revision >= upper.Revision || lower.Position.Compare(upper.Position) >= 0 {
			t.Fatalf("key %q: revision %d at %v and revision %d at %v are out of order",
				key, lower.Revision, lower.Position, upper.Revision, upper.Position)
		}
	}
}

// mustHold makes sure that key holds exactly these events, densely from revision 1 on.
func mustHold(t *testing.T, s *store.Store, key string, want ...store.Pending) []store.Committed {
	t.Helper()
	got := mustRead(t, s, key, store.Range{})
	if len(got) != len(want) {
		t.Fatalf("key %q has %d events, want %d", key, len(got), len(want))
	}
	for i, w := range want {
		e := got[i]
		if e.Revision != store.Revision(i+1) {
			t.Fatalf("key %q: event %d has revision %d", key, i+1, e.Revision)
		}
		if !sameEvent(e.Pending, w) {
			t.Fatalf("key %q revision %d: got %s, want %s", key, e.Revision, describe(e.Pending), describe(w))
		}
	}
	return got
}

func sameEvent(a, b store.Pending) bool {
	return a.Type == b.Type && a.CorrelationID == b.CorrelationID &&
		maps.Equal(a.Metadata, b.Metadata) && string(a.Data) == string(b.Data)
}

func describe(e store.Pending) string {
	const most = 200
	text := fmt.Sprintf("%q %q %v %s", e.Type, e.CorrelationID, e.Metadata, e.Data)
	if len(text) > most {
		text = fmt.Sprintf("%s… (%d bytes)", text[:most], len(text))
	}
	return text
}

// commits is what the backend has of key, read page by page.
func commits(t *testing.T, b store.Backend, q store.CommitQuery) []store.Commit {
	t.Helper()
	var all []store.Commit
	for {
		page, err := b.Commits(t.Context(), q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		all = append(all, page.Commits...)
		if !page.More {
			return all
		}
		if len(page.Commits) == 0 {
			t.Fatalf("%+v: an empty page says that there is more", q)
		}
		last := page.Commits[len(page.Commits)-1]
		if q.Backward {
			q.To = last.Revision - 1
		} else {
			q.From = last.Revision + 1
		}
		if q.Backward && q.To == 0 {
			return all
		}
	}
}

// flat is the events of several appends in one.
func flat(commits ...[]store.Pending) []store.Pending { return slices.Concat(commits...) }
