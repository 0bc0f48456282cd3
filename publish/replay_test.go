package publish_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

// history is a store in memory whose events are settled but for those of the key "fresh".
func history(t *testing.T, events int) (*store.Store, *commits) {
	t.Helper()
	backend, err := sqlite.Open(sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := backend.Close(); err != nil {
			t.Error(err)
		}
	})
	now := time.Now()
	s := store.New(backend, store.WithClock(func() time.Time { return now }))
	random := rand.New(rand.NewPCG(1, 2))
	for left := events; left > 0; {
		commit := make([]store.Pending, min(left, 1+random.IntN(5)))
		for i := range commit {
			commit[i] = store.Pending{Type: fmt.Sprint("type-", random.IntN(3)), Data: json.RawMessage(`{"x":1}`)}
		}
		if _, err := s.Append(t.Context(), fmt.Sprint("key-", random.IntN(8)), store.Any(), commit, nil); err != nil {
			t.Fatal(err)
		}
		left -= len(commit)
	}
	now = now.Add(time.Hour)
	if _, err := s.Append(t.Context(), "fresh", store.NoStream(), []store.Pending{{Type: "type-0"}}, nil); err != nil {
		t.Fatal(err)
	}
	var c commits
	for e, err := range s.ReadAll(t.Context(), store.AllRange{Settled: true}) {
		if err != nil {
			t.Fatal(err)
		}
		c.events = append(c.events, e)
	}
	if len(c.events) != events {
		t.Fatalf("%d events are settled, want %d", len(c.events), events)
	}
	return s, &c
}

// A replay publishes every event up to the horizon, each key's in order, and says how far it got.
func TestReplay(t *testing.T) {
	t.Parallel()
	s, c := history(t, 1300)
	b := &bus{t: t}
	var told []store.Position
	err := publisher(t, b, io.Discard).Replay(t.Context(), s, store.AllRange{}, func(p store.Position) error {
		told = append(told, p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b.expect(t, c.names()...)
	if len(told) != 3 || told[0] != c.events[499].Position || told[2] != c.events[1299].Position {
		t.Errorf("told of %v", told)
	}
}

// A part of the events, by position, key prefix and type.
func TestReplayOfAPart(t *testing.T) {
	t.Parallel()
	s, c := history(t, 300)
	from := c.events[100].Position
	b := &bus{t: t}
	r := store.AllRange{Start: from, StartExclusive: true, KeyPrefix: "key-3", Types: []string{"type-1"}}
	if err := publisher(t, b, io.Discard).Replay(t.Context(), s, r, nil); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, e := range c.events[101:] {
		if e.Key == "key-3" && e.Type == "type-1" {
			want = append(want, fmt.Sprintf("%s@%d", e.Key, e.Revision))
		}
	}
	if len(want) == 0 {
		t.Fatal("none to expect")
	}
	b.expect(t, want...)
}

// A replay that was stopped, whatever for, goes on where it got to: no event is left out, few are published again.
func TestReplayGoesOn(t *testing.T) {
	t.Parallel()
	s, c := history(t, 1700)
	for _, stop := range []string{"reached", "denied", "context"} {
		t.Run(stop, func(t *testing.T) {
			t.Parallel()
			b := &bus{t: t}
			count := 0
			if stop == "denied" {
				b.fails = func([]sent) (int, string) {
					if count++; count == 70 {
						return 403, "AccessDeniedException"
					}
					return 0, ""
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if stop == "context" {
				b.refuses = func(sent) string {
					if count++; count >= 700 && count < 750 {
						cancel()
						return "ThrottlingException"
					}
					return ""
				}
			}
			var last store.Position
			errStop := errors.New("stop")
			p := publisher(t, b, io.Discard)
			reached := func(at store.Position) error {
				if last = at; stop == "reached" && len(b.taken) == 500 {
					return errStop
				}
				return nil
			}
			err := p.Replay(ctx, s, store.AllRange{}, reached)
			if err == nil || stop == "reached" && !errors.Is(err, errStop) {
				t.Fatalf("got %v", err)
			}
			if last != c.events[499].Position {
				t.Fatalf("stopped at %s", last)
			}
			before := len(b.taken)
			if err := p.Replay(t.Context(), s, store.AllRange{Start: last, StartExclusive: true}, reached); err != nil {
				t.Fatal(err)
			}
			expectAll(t, b, c)
			if again := len(b.taken) - len(c.events); again != before-500 || last != c.events[1699].Position {
				t.Errorf("%d published again of %d, reached %s", again, before, last)
			}
		})
	}
}

// A replay goes through what passes.
func TestReplayThroughFaults(t *testing.T) {
	t.Parallel()
	s, c := history(t, 600)
	synctest.Test(t, func(t *testing.T) {
		b := &bus{t: t}
		way := faults.New(b, 5, faults.Odds{LoseRequest: 0.1, LoseAnswer: 0.1, Throttle: 0.2, Partial: 0.3, Break: 0.1})
		if err := publisher(t, way, io.Discard).Replay(t.Context(), s, store.AllRange{}, nil); err != nil {
			t.Fatal(err)
		}
		expectAll(t, b, c)
	})
}

func TestReplayOfWhatCannotBe(t *testing.T) {
	t.Parallel()
	s, c := history(t, 3)
	p := publisher(t, &bus{t: t}, io.Discard)
	if err := p.Replay(t.Context(), s, store.AllRange{Backward: true}, nil); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("backward: %v", err)
	}
	r := store.AllRange{Start: c.events[2].Position, End: c.events[0].Position}
	if err := p.Replay(t.Context(), s, r, nil); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("an end before the start: %v", err)
	}
}
