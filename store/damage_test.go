package store_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/store"
)

// five is a key of five commits with two events each, on a backend that a test may damage.
func five(t *testing.T) (*memory, string) {
	t.Helper()
	m := newMemory()
	for range 5 {
		if _, err := store.New(m).Append(t.Context(), "key", store.Any(), []store.Pending{{Type: "a"}, {Type: "b"}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	return m, "key"
}

// read gives the revisions that come before the first error, and that error.
func read(t *testing.T, b store.Backend, key string, r store.Range) (revisions []store.Revision, err error) {
	t.Helper()
	for e, err := range store.New(b).Read(t.Context(), key, r) {
		if err != nil {
			return revisions, err
		}
		revisions = append(revisions, e.Revision)
	}
	return revisions, nil
}

func TestAGapIsNeverRead(t *testing.T) {
	for _, c := range []struct {
		name  string
		gone  store.Revision // the commit that is missing
		r     store.Range
		want  []store.Revision // what comes before the gap
		whole bool             // which is all that was asked for
	}{
		{"forward", 5, store.Range{}, []store.Revision{1, 2, 3, 4}, false},
		{"backward", 5, store.Range{Backward: true}, []store.Revision{10, 9, 8, 7}, false},
		{"the first, forward", 1, store.Range{}, nil, false},
		{"the first, backward", 1, store.Range{Backward: true}, []store.Revision{10, 9, 8, 7, 6, 5, 4, 3}, false},
		{"where it starts", 5, store.Range{Start: 5}, nil, false},
		{"where it starts, backward", 5, store.Range{Start: 6, Backward: true}, []store.Revision{10, 9, 8, 7}, false},
		{"inside of where it starts", 5, store.Range{Start: 6}, nil, false},
		{"not asked for", 5, store.Range{Start: 7}, []store.Revision{7, 8, 9, 10}, true},
		{"not asked for, backward", 5, store.Range{Start: 7, Backward: true}, []store.Revision{10, 9, 8, 7}, true},
		{"beyond the limit", 5, store.Range{Limit: 4}, []store.Revision{1, 2, 3, 4}, true},
		{"beyond the limit, backward", 5, store.Range{Limit: 4, Backward: true}, []store.Revision{10, 9, 8, 7}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, key := five(t)
			delete(m.commits[key], c.gone)
			got, err := read(t, m, key, c.r)
			if errors.Is(err, store.ErrDamaged) == c.whole {
				t.Errorf("the error is %v, all that was asked for is there: %v", err, c.whole)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("read %v, want %v", got, c.want)
			}
		})
	}
}

func TestOverlapIsDamage(t *testing.T) {
	m, key := five(t)
	inside := m.commits[key][5]
	inside.Revision = 6
	m.commits[key][6] = inside
	for _, backward := range []bool{false, true} {
		if got, err := read(t, m, key, store.Range{Backward: backward}); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("backward %v: read %v, %v", backward, got, err)
		}
	}
}

func TestAPositionThatNoneCanFollow(t *testing.T) {
	m, key := five(t)
	last, err := store.ParsePosition("7ZZZZZZZZZZZZZZZZZZZZZZZZY")
	if err != nil {
		t.Fatal(err)
	}
	broken := m.commits[key][9]
	broken.Position = last
	m.commits[key][9] = broken
	s := store.New(m)
	_, err = s.Append(t.Context(), key, store.Any(), []store.Pending{{Type: "a"}}, nil)
	if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Append(t.Context(), "other", store.Any(), []store.Pending{{Type: "a"}}, nil); err != nil {
		t.Errorf("another key: %v", err)
	}
}

// short leaves out what is stored from a revision on, but for the head: of reads with events.
type short struct {
	*memory
	from store.Revision
}

func (b short) Commits(ctx context.Context, q store.CommitQuery) (store.CommitPage, error) {
	if !q.WithoutEvents && (q.To == 0 || q.To >= b.from) {
		q.To = b.from - 1
	}
	if q.Limit == 0 || q.Limit > 2 {
		q.Limit = 2
	}
	return b.memory.Commits(ctx, q)
}

// Whoever is told of a head gets all the events that lead there, or an error.
func TestEventsReachTheHead(t *testing.T) {
	for _, r := range []store.Range{{}, {Start: 4}, {Backward: true, End: 9}, {Backward: true, Start: 4, End: 10}, {Start: 9}, {Limit: 9}, {End: 9}} {
		m, key := five(t)
		head, events, err := store.New(short{m, 9}).ReadForAppend(t.Context(), key, r)
		if err != nil && !errors.Is(err, store.ErrDamaged) {
			t.Fatal(err)
		}
		var last error
		if err == nil {
			for _, last = range events {
			}
		}
		if err == nil && head.Revision() == 10 && !errors.Is(last, store.ErrDamaged) {
			t.Errorf("%+v: the head is %d, and the events ended with %v", r, head.Revision(), last)
		}
	}
}

// replicas answers eventual reads in turn from a copy that is up to date and from one that is far behind.
type replicas struct {
	*memory
	behind *memory
	reads  int
}

func (r *replicas) Commits(ctx context.Context, q store.CommitQuery) (store.CommitPage, error) {
	if q.Limit == 0 || q.Limit > 2 {
		q.Limit = 2
	}
	if r.reads++; q.Eventual && r.reads%2 == 0 {
		return r.behind.Commits(ctx, q)
	}
	return r.memory.Commits(ctx, q)
}

// What is behind is no damage.
func TestEventualReadsMayBeBehind(t *testing.T) {
	for _, r := range []store.Range{{}, {Backward: true}, {Start: 4}, {Start: 4, Backward: true}, {Start: 2, End: 9, Backward: true}} {
		m, key := five(t)
		behind, _ := five(t)
		for first := store.Revision(5); first < 10; first += 2 {
			delete(behind.commits[key], first)
		}
		r.Eventual = true
		got, err := read(t, &replicas{memory: m, behind: behind}, key, r)
		if err != nil {
			t.Errorf("%+v: after %v: %v", r, got, err)
		}
	}
}

// unreadable keeps snapshots that can't be read.
type unreadable struct{ *memory }

func (unreadable) Snapshot(context.Context, string, string) (*store.Snapshot, error) {
	return nil, &store.DamagedError{Item: `snapshot "sum" of key "key"`, Problem: "revision is missing"}
}

// A snapshot may be lost, and so it may be damaged: the events are there.
func TestADamagedSnapshotIsPassedOver(t *testing.T) {
	m, key := five(t)
	var said bytes.Buffer
	s := store.New(unreadable{m}, store.WithLogger(slog.New(slog.NewTextHandler(&said, nil))))
	count := store.Decider[int]{
		Evolve:    func(n int, _ store.Committed) (int, error) { return n + 1, nil },
		Snapshots: &store.Snapshots[int]{Name: "sum", Schema: 1, Every: 1},
	}
	n, head, err := store.Load(t.Context(), s, key, count)
	if err != nil || n != 10 || head.Revision() != 10 {
		t.Errorf("loaded %d at %d, %v", n, head.Revision(), err)
	}
	if !strings.Contains(said.String(), "revision is missing") {
		t.Errorf("logged %q", said.String())
	}
}
