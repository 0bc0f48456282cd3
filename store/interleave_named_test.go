package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/store"
)

// The interleavings that break the usual designs, each in every order there is.

// outcomes are what came of a scenario, by description; each with how many runs it came of.
type outcomes map[string]int

// mustBe makes sure that these outcomes, and no others, came.
func (o outcomes) mustBe(t *testing.T, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(o)); !slices.Equal(got, want) {
		t.Errorf("outcomes\n%q, want\n%q", got, want)
	}
	total := 0
	for _, n := range o {
		total += n
	}
	t.Logf("%d interleavings, %v", total, o)
}

// impatient gives up a call as soon as an answer is lost.
type impatient struct {
	store.Backend
	giveUp context.CancelFunc
}

func (b *impatient) Put(ctx context.Context, c *store.Commit, m *store.Marker) (*store.Refusal, error) {
	r, err := b.Backend.Put(ctx, c, m)
	if errors.Is(err, interleave.ErrLost) {
		b.giveUp()
	}
	return r, err
}

// TestAnswerLostThenDecidedAnew has a caller lose the answer, give up, read the key, and decide anew on what it finds
// there, with the same idempotency key, while another appends. Whether the first try is there, comes late, or never does.
func TestAnswerLostThenDecidedAnew(t *testing.T) {
	t.Parallel()
	for name, variant := range map[string]int{"the same events": 0, "other events": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := outcomes{}
			interleave.Explore(t, interleave.Options{Faults: 1}, func(r *interleave.Run) func() error {
				w := newWorld(r, 2)
				b := &impatient{Backend: memstore.Scheduled(w.backend)}
				s := w.storeOver(b)
				first := &call{name: "first", idempotencyKey: "i", events: tagged("first", 1, 0), expected: store.At(head(s))}
				anew := &call{name: "anew", idempotencyKey: "i", events: tagged("anew", 1, variant)}
				other := &call{name: "other", events: tagged("other", 1, 0), expected: store.Any()}
				w.calls = append(w.calls, first, anew)
				r.Go("caller", func(ctx context.Context) {
					patience, giveUp := context.WithCancel(ctx)
					b.giveUp = giveUp
					if w.do(patience, s, first); first.err == nil || ctx.Err() != nil {
						return
					}
					h, err := s.Head(ctx, worldKey)
					if err == nil {
						anew.expected = store.At(h)
						w.do(ctx, s, anew)
					}
				})
				w.add(r.Process("other"), w.store(), other)
				return func() error {
					got[anewOutcome(first, anew)]++
					return w.check()
				}
			})
			if variant == 0 {
				got.mustBe(t, "", "stored", "duplicate", "conflict")
			} else {
				got.mustBe(t, "", "stored", "reused", "conflict")
			}
		})
	}
}

// anewOutcome describes what the caller was told the second time, empty where there was none.
func anewOutcome(first, anew *call) string {
	switch {
	case !anew.answered || !errors.Is(first.err, store.ErrUnknownOutcome):
		return ""
	case errors.Is(anew.err, store.ErrConflict):
		return "conflict"
	case errors.Is(anew.err, store.ErrIdempotencyKeyReused):
		return "reused"
	case anew.err != nil:
		return anew.err.Error()
	case anew.answer.Duplicate:
		return "duplicate"
	}
	return "stored"
}

// TestDecideAnew runs the same decision in two processes, as a caller does that isn't sure whether the first one
// lives, while another appends. What is decided depends on what is there.
func TestDecideAnew(t *testing.T) {
	t.Parallel()
	count := store.Decider[int]{Evolve: func(n int, _ store.Committed) (int, error) { return n + 1, nil }}
	got := outcomes{}
	interleave.Explore(t, interleave.Options{Faults: 1}, func(r *interleave.Run) func() error {
		w := newWorld(r, 2)
		for i := range 2 {
			name, s := fmt.Sprint("decider", i), w.store()
			r.Go(name, func(ctx context.Context) {
				decide := func(n int) ([]store.Pending, error) { return tagged(name, 1, n), nil }
				_, _ = store.Decide(ctx, s, worldKey, count, decide, &store.AppendOptions{IdempotencyKey: "i"})
			})
		}
		w.add(r.Process("other"), w.store(), &call{name: "other", events: tagged("other", 1, 0), expected: store.Any()})
		return func() error {
			decided := ""
			for _, c := range w.commits() {
				if before := fmt.Sprint(c.Revision - 1); c.IdempotencyKey != "" {
					decided += "on " + before
					if string(c.Events[0].Data) != before {
						return fmt.Errorf("decided on %s events, but appended behind %s", c.Events[0].Data, before)
					}
				}
			}
			got[decided]++
			return w.check()
		}
	})
	got.mustBe(t, "on 2", "on 3")
}

// TestAnswerLostWithoutAKey looks at an append without an idempotency key whose put's answer is lost, while another
// appends: a conflict where the other was first, and never two of its own.
func TestAnswerLostWithoutAKey(t *testing.T) {
	t.Parallel()
	for _, way := range pick(ways, "any", "at", "exactly") {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			got := outcomes{}
			interleave.Explore(t, interleave.Options{Faults: 1}, func(r *interleave.Run) func() error {
				w := newWorld(r, 2)
				lost := 0
				s := w.storeOver(countLost{memstore.Scheduled(w.backend), &lost})
				mine := &call{name: "mine", events: tagged("mine", 1, 0), expected: way.expected(s)}
				w.add(r.Process("mine"), s, mine)
				w.add(r.Process("other"), w.store(), &call{name: "other", events: tagged("other", 1, 0), expected: store.Any()})
				return func() error {
					if lost > 0 && mine.answered {
						got[fmt.Sprintf("at %d, conflict %v", mine.answer.First, errors.Is(mine.err, store.ErrConflict))]++
					}
					return w.check()
				}
			})
			if way.name == "any" {
				got.mustBe(t, "at 3, conflict false", "at 4, conflict false")
			} else {
				got.mustBe(t, "at 3, conflict false", "at 0, conflict true")
			}
		})
	}
}

// countLost counts the puts whose answer was lost.
type countLost struct {
	store.Backend
	lost *int
}

func (b countLost) Put(ctx context.Context, c *store.Commit, m *store.Marker) (*store.Refusal, error) {
	r, err := b.Backend.Put(ctx, c, m)
	if errors.Is(err, interleave.ErrLost) {
		*b.lost++
	}
	return r, err
}

// TestExactlyFarBehind reports the head, not the commit that it met, and not what it knew.
func TestExactlyFarBehind(t *testing.T) {
	t.Parallel()
	got := outcomes{}
	interleave.Explore(t, interleave.Options{}, func(r *interleave.Run) func() error {
		w := newWorld(r, 2, 1, 3, 1)
		behind := &call{name: "behind", events: tagged("behind", 1, 0), expected: store.Exactly(2)}
		w.add(r.Process("behind"), w.store(), behind)
		w.add(r.Process("other"), w.store(), &call{name: "other", events: tagged("other", 2, 0), expected: store.Any()})
		return func() error {
			conflict, ok := errors.AsType[*store.ConflictError](behind.err)
			if !ok {
				return fmt.Errorf("got %w", behind.err)
			}
			got[fmt.Sprint(conflict.Actual)]++
			return w.check()
		}
	})
	got.mustBe(t, "7", "9")
}

// TestPositionsOfTwoBehind has two processes whose clocks are behind what both have read write to two keys at once.
func TestPositionsOfTwoBehind(t *testing.T) {
	t.Parallel()
	for range 100 {
		b := memstore.New()
		process := func(ahead time.Duration) *store.Store {
			return store.New(b, store.WithClock(func() time.Time { return begun.Add(ahead) }))
		}
		seen, err := process(30*time.Second).Append(t.Context(), "seen", store.Any(), tagged("seen", 3, 0), nil)
		if err != nil {
			t.Fatal(err)
		}
		var positions []store.Position
		for _, key := range []string{"a", "b"} {
			s := process(0)
			if _, _, err := s.ReadLatest(t.Context(), "seen"); err != nil {
				t.Fatal(err)
			}
			a, err := s.Append(t.Context(), key, store.Any(), tagged(key, 1, 0), nil)
			if err != nil {
				t.Fatal(err)
			}
			positions = append(positions, a.Position())
		}
		if positions[0] == positions[1] || slices.ContainsFunc(positions, func(p store.Position) bool { return p.Compare(seen.Position()) <= 0 }) {
			t.Fatalf("positions %v behind %v", positions, seen.Position())
		}
	}
}
