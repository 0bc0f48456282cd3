package trial

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/projector"
	projectorsqlite "github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

// setup makes a store, a projector with the default views, and one whose views are other than they should be.
func setup(t *testing.T) (l *Load, right, wrong *projector.Projector) {
	t.Helper()
	events, err := sqlite.Open(sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = events.Close() })
	rows, err := projectorsqlite.New(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(events)
	streams := defaultapp.Streams()
	summarize := streams.Apply
	streams.Apply = func(row *defaultapp.Stream, e store.Committed) (*defaultapp.Stream, error) {
		e.Type += "!"
		return summarize(row, e)
	}
	if right, err = projector.New(s, rows, nil, defaultapp.Views()...); err != nil {
		t.Fatal(err)
	}
	if wrong, err = projector.New(s, rows, nil, defaultapp.Counters(), streams); err != nil {
		t.Fatal(err)
	}
	return NewLoad(s, "here/"), right, wrong
}

func project(t *testing.T, l *Load, p *projector.Projector) {
	t.Helper()
	var bells []projector.Doorbell
	for _, key := range l.Keys() {
		bells = append(bells, projector.Doorbell{Key: key})
	}
	if err := p.Ring(t.Context(), bells); err != nil {
		t.Fatal(err)
	}
}

func check(ctx context.Context, t *testing.T, l *Load, p *projector.Projector) Report {
	t.Helper()
	r, err := l.Check(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// It tells views that are exact from views that lag behind, are wrong, or have parked what they shouldn't.
func TestCheck(t *testing.T) {
	t.Parallel()
	l, right, _ := setup(t)
	if err := l.Append(t.Context(), 100, 10, 1); err != nil {
		t.Fatal(err)
	}
	if l.Commits() != 100 || len(l.Keys()) != 10 || !strings.HasPrefix(l.Keys()[0], "here/counter/") {
		t.Errorf("%d commits, keys %q", l.Commits(), l.Keys())
	}
	if r := check(t.Context(), t, l, right); len(r.Differences) != 20 {
		t.Errorf("nothing is projected: %q", r.Differences)
	}
	project(t, l, right)
	if r := check(t.Context(), t, l, right); len(r.Differences) > 0 {
		t.Errorf("all is projected: %q", r.Differences)
	}
	poison := []store.Pending{{Type: "incremented"}, {Type: "incremented", Data: json.RawMessage(`{"by":0}`)}, {Type: "incremented"}}
	if err := l.AppendCommits(t.Context(), Commit{Key: "counter/3", Events: poison}, Commit{Key: "new", Events: poison}); err != nil {
		t.Fatal(err)
	}
	if r := check(t.Context(), t, l, right); len(r.Differences) != 5 || len(r.Poisoned) != 2 { // four rows, and nothing is parked
		t.Errorf("behind, and to be parked: %q, %q", r.Differences, r.Poisoned)
	}
	project(t, l, right)
	if r := check(t.Context(), t, l, right); len(r.Differences) > 0 || strings.Join(r.Poisoned, " ") != "here/counter/3 here/new" {
		t.Errorf("parked: %q, %q", r.Differences, r.Poisoned)
	}
	r := Report{}
	if err := l.Parked(t.Context(), right, &r, "counters", nil); err != nil || len(r.Differences) != 1 {
		t.Errorf("what is parked and shouldn't be: %q, %v", r.Differences, err)
	}
}

// A store that has other events than were appended is an error, not a difference of its views.
func TestEventsThatAreLost(t *testing.T) {
	t.Parallel()
	l, right, _ := setup(t)
	if err := l.Append(t.Context(), 10, 2, 1); err != nil {
		t.Fatal(err)
	}
	l.events[l.Keys()[0]]++
	if r, err := l.Check(t.Context(), right); err == nil {
		t.Errorf("got %+v", r)
	}
}

func TestWrongRows(t *testing.T) {
	t.Parallel()
	l, _, wrong := setup(t)
	if err := l.Append(t.Context(), 10, 2, 1); err != nil {
		t.Fatal(err)
	}
	project(t, l, wrong)
	if r := check(t.Context(), t, l, wrong); len(r.Differences) != 2 {
		t.Errorf("got %q", r.Differences)
	}
}
