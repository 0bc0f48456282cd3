package sqlite_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/projectortest"
	"github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

func openAt(t *testing.T, path string) (*storesqlite.Backend, *sqlite.Backend) {
	t.Helper()
	events, err := storesqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := events.Close(); err != nil {
			t.Error(err)
		}
	})
	rows, err := sqlite.New(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	return events, rows
}

func TestBackendInMemory(t *testing.T) {
	t.Parallel()
	projectortest.Run(t, func(t *testing.T) (store.Backend, projector.Backend) { return openAt(t, storesqlite.Memory) })
}

func TestBackendInAFile(t *testing.T) {
	t.Parallel()
	projectortest.Run(t, func(t *testing.T) (store.Backend, projector.Backend) {
		return openAt(t, filepath.Join(t.TempDir(), "aeon.db"))
	})
}

type counter struct {
	Count int `json:"count"`
}

// counting counts events, and in applied how often Apply was called.
func counting(applied *atomic.Int64) projector.View[counter] {
	return projector.View[counter]{Name: "counting", Apply: func(row *counter, _ store.Committed) (*counter, error) {
		applied.Add(1)
		if row == nil {
			row = &counter{}
		}
		row.Count++
		return row, nil
	}}
}

// follow follows with a view until the row of "a" has seen revision.
func follow(t *testing.T, events *storesqlite.Backend, rows *sqlite.Backend, v projector.View[counter], revision store.Revision) {
	t.Helper()
	p, err := projector.New(store.New(events), rows, nil, v)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- rows.Follow(ctx, p, nil) }()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		r, err := p.Query(t.Context(), v.Name, "a")
		if err != nil {
			t.Fatal(err)
		}
		if r.Revision >= revision {
			if want, _ := json.Marshal(counter{Count: int(revision)}); string(r.Row) != string(want) {
				t.Errorf("row %s, want %s", r.Row, want)
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("revision %d not seen", revision)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func appendTo(t *testing.T, s *store.Store, key string) {
	t.Helper()
	if _, err := s.Append(t.Context(), key, store.Any(), []store.Pending{{Type: "happened"}}, nil); err != nil {
		t.Fatal(err)
	}
}

func TestFollowGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "aeon.db")
	var applied atomic.Int64

	events, rows := openAt(t, path)
	s := store.New(events)
	appendTo(t, s, "a")
	appendTo(t, s, "b")
	appendTo(t, s, "a")
	follow(t, events, rows, counting(&applied), 2)
	appendTo(t, s, "a") // nobody follows now

	events, rows = openAt(t, path)
	follow(t, events, rows, counting(&applied), 3)
	if n := applied.Load(); n != 4 {
		t.Errorf("applied %d events, want each of 4 once", n)
	}
}

func TestFollowBeginsAnewForANewView(t *testing.T) {
	t.Parallel()
	var applied atomic.Int64
	events, rows := openAt(t, storesqlite.Memory)
	s := store.New(events)
	appendTo(t, s, "a")
	appendTo(t, s, "a")
	follow(t, events, rows, counting(&applied), 2)
	another := counting(&applied)
	another.Name = "another"
	follow(t, events, rows, another, 2)
	if n := applied.Load(); n != 4 {
		t.Errorf("applied %d events, want both for each view", n)
	}
}
