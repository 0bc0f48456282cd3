package sqlite_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// counted takes note of what is written: how many items in each step.
type counted struct {
	*sqlite.Backend
	mu    sync.Mutex
	steps []int
}

func (c *counted) add(writes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.steps = append(c.steps, writes)
}

// Save implements [projector.Backend].
func (c *counted) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	c.add(len(writes))
	return c.Backend.Save(ctx, writes...)
}

// SaveEach implements [projector.EachSaver].
func (c *counted) SaveEach(ctx context.Context, writes ...projector.Write) ([]bool, error) {
	c.add(len(writes))
	return c.Backend.SaveEach(ctx, writes...)
}

// A batch of 100 commits of 10 keys, of which a process manager reacts to one event: the other nine keys are written in one step,
// and their events folded once.
func TestKeysThatArentReactedToAreWrittenTogether(t *testing.T) {
	t.Parallel()
	events, backend := openAt(t, storesqlite.Memory)
	s, rows := store.New(events), &counted{Backend: backend}
	var mu sync.Mutex
	applied := map[string]int{}
	p, err := projector.New(s, rows, nil, projector.React[counter]{
		Name: "watching", Keys: []string{"key"}, Apply: func(row *counter, e store.Committed) (*counter, []projector.Reaction, error) {
			mu.Lock()
			defer mu.Unlock()
			applied[e.Key]++
			if row == nil {
				row = &counter{}
			}
			if row.Count++; row.Count == 10 && e.Key == "key3" {
				return row, []projector.Reaction{{Key: "done", Events: []store.Pending{{Type: "done"}}}}, nil
			}
			return row, nil, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Registrations(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows.steps = nil
	var bells []projector.Doorbell
	for i := range 100 {
		some := []store.Pending{{Type: "happened"}}
		a, err := s.Append(t.Context(), fmt.Sprint("key", i%10), store.Any(), some, nil)
		if err != nil {
			t.Fatal(err)
		}
		bells = append(bells, projector.Doorbell{
			Key: a.Key(), Revision: a.Revision(), Commit: &store.Commit{Key: a.Key(), Revision: a.First, Count: 1, Events: some},
		})
	}
	if err := p.Ring(t.Context(), bells); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows.steps, []int{9, 1}) {
		t.Errorf("items written, step by step: %v; want 9 keys in one, and the one that is reacted to", rows.steps)
	}
	for key, n := range applied {
		if want := map[bool]int{true: 20, false: 10}[key == "key3"]; n != want {
			t.Errorf("Apply ran %d times for %q, want %d", n, key, want)
		}
	}
	if h, err := s.Head(t.Context(), "done"); err != nil || h.Revision() != 1 {
		t.Errorf("reacted %d times, %v", h.Revision(), err)
	}
}
