package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aeon-es/aeon/store"
)

var faultStories = []story{
	{"a lost answer is found again", lostAnswer},
	{"a lost answer, and another append behind it", lostAnswerThenAnother},
	{"a lost put that never came, and another append in its place", lostPutThenAnother},
	{"a put that arrives after its retry", lateAfterRetry},
	{"a put that arrives when its place is taken", latePlaceTaken},
	{"a put that gets there twice", putTwice},
	{"throttling is waited out", throttledForAWhile},
	{"throttled for good", throttledForGood},
	{"unavailable is told at once", unavailable},
	{"an unknown outcome is called unknown", unknownOutcome},
	{"a conflict is not reported by guess", conflictNeedsAnswers},
	{"a page by position that fails loses nothing", pageByPositionFails},
	{"a snapshot that can't be read", snapshotUnread},
	{"a snapshot whose writing fails, or comes late", snapshotUnwritten},
	{"any faults at all", anyFaults},
}

// faulty is a store that knows nothing yet, over a backend with faults.
func (e *env) faulty(p Plan) (*store.Store, *Faulty) {
	f := NewFaulty(e.backend, p)
	return newStore(f), f
}

// whatever runs test with each expectation that a key at base meets, and with and without an idempotency key.
func whatever(t *testing.T, e *env, test func(t *testing.T, e *env, expected func(*store.Store, string) store.Expected, o *store.AppendOptions)) {
	for name, expected := range map[string]func(*store.Store, string) store.Expected{
		"any":     func(*store.Store, string) store.Expected { return store.Any() },
		"exactly": func(*store.Store, string) store.Expected { return store.Exactly(2) },
		"at": func(s *store.Store, key string) store.Expected {
			head, err := s.Head(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			return store.At(head)
		},
	} {
		for _, o := range []*store.AppendOptions{nil, with("a")} {
			t.Run(fmt.Sprintf("%s, idempotent %v", name, o != nil), func(t *testing.T) {
				own := newEnv(t, e.backend)
				mustAppend(t, own.another(), own.key, store.NoStream(), some(2))
				test(t, own, expected, o)
			})
		}
	}
}

// mustStand makes sure that an answer tells of this writer's event, and where it stands.
func mustStand(t *testing.T, e *env, a store.Appended) {
	t.Helper()
	got := mustRead(t, e.another(), e.key, store.Range{Start: a.First, End: a.Revision()})
	if len(got) != a.Count || a.Count != 1 || string(got[0].Data) != `"mine"` {
		t.Fatalf("told to have %d events from %d on, where there are %v", a.Count, a.First, got)
	}
	if got[0].Position != a.Position() || !got[0].CommittedAt.Equal(a.CommittedAt) {
		t.Errorf("answered position %v and time %v, stored are %v and %v", a.Position(), a.CommittedAt, got[0].Position, got[0].CommittedAt)
	}
}

func lostAnswer(t *testing.T, e *env) {
	whatever(t, e, func(t *testing.T, e *env, x func(*store.Store, string) store.Expected, o *store.AppendOptions) {
		s, f := e.faulty(Puts(Fault{Lose: true}, Fault{Lose: true}))
		a := mustAppendWith(t, s, e.key, x(s, e.key), one(`"mine"`), o)
		if a.Duplicate || a.First != 3 || f.Calls(Put) != 3 {
			t.Errorf("at %d after %d puts, duplicate %v", a.First, f.Calls(Put), a.Duplicate)
		}
		mustStand(t, e, a)
		mustHold(t, e.another(), e.key, flat(some(2), one(`"mine"`))...)
		mustAppend(t, s, e.key, store.At(a.Head), some(1))
	})
}

func lostAnswerThenAnother(t *testing.T, e *env) {
	whatever(t, e, func(t *testing.T, e *env, x func(*store.Store, string) store.Expected, o *store.AppendOptions) {
		s, _ := e.faulty(Puts(Fault{Lose: true}, Fault{Before: func() {
			mustAppend(t, e.another(), e.key, store.Any(), one(`"theirs"`))
		}}))
		a := mustAppendWith(t, s, e.key, x(s, e.key), one(`"mine"`), o)
		mustStand(t, e, a)
		mustHold(t, e.another(), e.key, flat(some(2), one(`"mine"`), one(`"theirs"`))...)
		mustAppend(t, s, e.key, store.Any(), some(1))
	})
}

// lostPutThenAnother makes an append meet somebody else's commit where it doesn't know whether its own is.
func lostPutThenAnother(t *testing.T, e *env) {
	whatever(t, e, func(t *testing.T, e *env, x func(*store.Store, string) store.Expected, o *store.AppendOptions) {
		s, f := e.faulty(Puts(Fault{Late: true}, Fault{Before: func() {
			mustAppend(t, e.another(), e.key, store.Any(), one(`"theirs"`))
		}}))
		a, err := s.Append(t.Context(), e.key, x(s, e.key), one(`"mine"`), o)
		f.Land()
		want := flat(some(2), one(`"theirs"`))
		if _, specific := x(s, e.key).Revision(); specific {
			if !errors.Is(err, store.ErrConflict) {
				t.Errorf("got %v, want a conflict", err)
			}
		} else {
			if err != nil {
				t.Fatal(err)
			}
			mustStand(t, e, a)
			want = append(want, one(`"mine"`)...)
		}
		mustHold(t, e.another(), e.key, want...)
	})
}

func lateAfterRetry(t *testing.T, e *env) {
	whatever(t, e, func(t *testing.T, e *env, x func(*store.Store, string) store.Expected, o *store.AppendOptions) {
		s, f := e.faulty(Puts(Fault{Late: true}, Fault{Late: true}))
		a := mustAppendWith(t, s, e.key, x(s, e.key), one(`"mine"`), o)
		f.Land()
		mustStand(t, e, a)
		mustHold(t, e.another(), e.key, flat(some(2), one(`"mine"`))...)
		mustAppend(t, s, e.key, store.At(a.Head), some(1))
	})
}

// latePlaceTaken has a put arrive before its own retry, which must take it for its own.
func latePlaceTaken(t *testing.T, e *env) {
	whatever(t, e, func(t *testing.T, e *env, x func(*store.Store, string) store.Expected, o *store.AppendOptions) {
		s, _ := e.faulty(Puts(Fault{Late: true}, Fault{Fail: store.ErrThrottled}, Fault{Land: true}))
		a := mustAppendWith(t, s, e.key, x(s, e.key), one(`"mine"`), o)
		if a.Duplicate {
			t.Error("its own commit is taken for a duplicate")
		}
		mustStand(t, e, a)
		mustHold(t, e.another(), e.key, flat(some(2), one(`"mine"`))...)
	})
}

// putTwice has the database get a put twice, and tell of the second one: that its place is taken, by itself.
func putTwice(t *testing.T, e *env) {
	whatever(t, e, func(t *testing.T, e *env, x func(*store.Store, string) store.Expected, o *store.AppendOptions) {
		s, f := e.faulty(Puts(Fault{Repeat: true}))
		a := mustAppendWith(t, s, e.key, x(s, e.key), one(`"mine"`), o)
		if a.Duplicate || a.First != 3 || f.Calls(Put) != 1 {
			t.Errorf("at %d after %d puts, duplicate %v", a.First, f.Calls(Put), a.Duplicate)
		}
		mustStand(t, e, a)
		mustHold(t, e.another(), e.key, flat(some(2), one(`"mine"`))...)
	})
}

func throttledForAWhile(t *testing.T, e *env) {
	whatever(t, e, func(t *testing.T, e *env, x func(*store.Store, string) store.Expected, o *store.AppendOptions) {
		throttled := Fault{Fail: fmt.Errorf("busy: %w", store.ErrThrottled)}
		s, _ := e.faulty(Puts(throttled, throttled, throttled))
		a := mustAppendWith(t, s, e.key, x(s, e.key), one(`"mine"`), o)
		mustStand(t, e, a)
		mustHold(t, e.another(), e.key, flat(some(2), one(`"mine"`))...)
	})
}

// threeTries has every put meet with fault, and a context that ends with the third.
func threeTries(t *testing.T, e *env, fault Fault) (context.Context, *store.Store, *Faulty) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	s, f := e.faulty(func(s Step) Fault {
		if s.Method != Put {
			return Fault{}
		}
		if s.N == 3 {
			cancel()
		}
		return fault
	})
	return ctx, s, f
}

func throttledForGood(t *testing.T, e *env) {
	mustAppend(t, e.store, e.key, store.NoStream(), some(2))
	for _, x := range []store.Expected{store.Any(), store.Exactly(2)} {
		ctx, s, _ := threeTries(t, e, Fault{Fail: store.ErrThrottled})
		_, err := s.Append(ctx, e.key, x, some(1), with("a"))
		if !errors.Is(err, store.ErrThrottled) || errors.Is(err, store.ErrUnknownOutcome) || !errors.Is(err, context.Canceled) {
			t.Errorf("expecting %v: %v", x, err)
		}
	}
	mustHold(t, e.store, e.key, some(2)...)
}

func unavailable(t *testing.T, e *env) {
	gone := fmt.Errorf("no such table: %w", store.ErrUnavailable)
	for _, p := range []Plan{Always(Put, Fault{Fail: gone}), Always(Commits, Fault{Fail: gone})} {
		s, f := e.faulty(p)
		_, err := s.Append(t.Context(), e.key, store.Any(), some(1), nil)
		if !errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrUnknownOutcome) {
			t.Errorf("got %v", err)
		}
		if n := f.Calls(Put); n > 1 {
			t.Errorf("%d puts", n)
		}
	}
	s, _ := e.faulty(Puts(Fault{Lose: true}, Fault{Fail: gone}))
	if _, err := s.Append(t.Context(), e.key, store.Any(), one(`"open"`), nil); !errors.Is(err, store.ErrUnknownOutcome) {
		t.Errorf("unavailable after a lost answer: got %v, want an unknown outcome", err)
	}
	mustHold(t, e.store, e.key, one(`"open"`)...)
}

func unknownOutcome(t *testing.T, e *env) {
	mustAppend(t, e.another(), e.key, store.NoStream(), some(2))
	for name, c := range map[string]struct {
		fault  Fault
		stored bool
	}{
		"never came": {Fault{Fail: ErrLost}, false}, "came": {Fault{Lose: true}, true}, "comes late": {Fault{Late: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEnv(t, e.backend)
			mustAppend(t, e.another(), e.key, store.NoStream(), some(2))
			ctx, s, f := threeTries(t, e, c.fault)
			_, err := s.Append(ctx, e.key, store.Any(), one(`"mine"`), with("a"))
			unknown, ok := errors.AsType[*store.UnknownOutcomeError](err)
			if !ok || !errors.Is(err, store.ErrUnknownOutcome) || !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrThrottled) {
				t.Fatalf("got %v", err)
			}
			if unknown.Key != e.key || unknown.Revision != 3 {
				t.Errorf("unknown is whether %q has it at %d", unknown.Key, unknown.Revision)
			}
			f.Land()
			a := mustAppendWith(t, e.another(), e.key, store.Any(), one(`"mine"`), with("a"))
			if a.Duplicate != c.stored || a.First != 3 {
				t.Errorf("the repeat: duplicate %v at %d", a.Duplicate, a.First)
			}
			mustHold(t, e.another(), e.key, flat(some(2), one(`"mine"`))...)
		})
	}
}

// conflictNeedsAnswers makes what an append has to read fail when it is about to report a conflict.
func conflictNeedsAnswers(t *testing.T, e *env) {
	first := mustAppendWith(t, e.store, e.key, store.NoStream(), one(`"mine"`), with("a"))
	for _, m := range []Method{Marker, Commits} {
		s, _ := e.faulty(Always(m, Fault{Fail: errors.New("broken")}))
		a, err := s.Append(t.Context(), e.key, store.NoStream(), one(`"mine"`), with("a"))
		if err == nil && a.First != first.First || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrUnknownOutcome) {
			t.Errorf("without %s: %+v, %v", m, a, err)
		}
		_, err = s.Append(t.Context(), e.key, store.NoStream(), one(`"other"`), nil)
		if m == Commits && (err == nil || errors.Is(err, store.ErrConflict)) {
			t.Errorf("a conflict without having read the head: %v", err)
		}
	}
}
