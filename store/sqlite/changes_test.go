package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

var event = []store.Pending{{Type: "happened", Data: []byte(`{"n":1}`)}}

func mustAppend(t testing.TB, s *store.Store, events []store.Pending) store.Appended {
	t.Helper()
	a, err := s.Append(t.Context(), "key", store.Any(), events, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func mustChanges(t *testing.T, b *sqlite.Backend, after int64, limit int) []sqlite.Change {
	t.Helper()
	changes, err := b.Changes(t.Context(), after, limit)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// A reader that follows along sees every commit once, in the order of each key, however many writers there are.
func TestChangesMissNothing(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "test.db"))
	const writers, each = 8, 50
	var all sync.WaitGroup
	s := store.New(b)
	for w := range writers {
		all.Go(func() {
			for range each {
				if _, err := s.Append(t.Context(), fmt.Sprint("key", w%3), store.Any(), event, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
	next := map[string]store.Revision{}
	after, seen := int64(0), 0
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for seen < writers*each {
		if err := b.WaitForChange(ctx, after); err != nil {
			t.Fatalf("after %d of %d: %v", seen, writers*each, err)
		}
		changes := mustChanges(t, b, after, 7)
		if len(changes) == 0 || len(changes) > 7 {
			t.Fatalf("%d changes, asked for 7", len(changes))
		}
		for _, c := range changes {
			if c.Sequence <= after {
				t.Fatalf("sequence %d after %d", c.Sequence, after)
			}
			after = c.Sequence
			if next[c.Commit.Key]++; c.Commit.Revision != next[c.Commit.Key] || len(c.Commit.Events) != 1 {
				t.Fatalf("%q @ %d with %d events, want revision %d", c.Commit.Key, c.Commit.Revision, len(c.Commit.Events), next[c.Commit.Key])
			}
			seen++
		}
	}
	all.Wait()
	if more := mustChanges(t, b, after, 7); len(more) != 0 {
		t.Errorf("%d changes too many", len(more))
	}
}

func TestLargeChangesComeInSmallPages(t *testing.T) {
	b := open(t, sqlite.Memory)
	s := store.New(b)
	large := []store.Pending{{Type: "large", Data: []byte(`"` + strings.Repeat("x", 300_000) + `"`)}}
	for range 3 {
		mustAppend(t, s, large)
	}
	after := int64(0)
	for n := range 3 {
		changes := mustChanges(t, b, after, 100)
		if len(changes) != 1 || changes[0].Commit.Revision != store.Revision(n+1) {
			t.Fatalf("%d changes, want one large one", len(changes))
		}
		after = changes[0].Sequence
	}
}

func TestWaitForChange(t *testing.T) {
	b := open(t, sqlite.Memory)
	s := store.New(b)
	mustAppend(t, s, event)
	if err := b.WaitForChange(t.Context(), 0); err != nil {
		t.Errorf("for what is there: %v", err)
	}
	last := mustChanges(t, b, 0, 10)[0].Sequence
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := b.WaitForChange(ctx, last); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("for what does not come: %v", err)
	}
}
