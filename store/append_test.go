package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/storetest"
)

var happened = []store.Pending{{Type: "happened"}}

// nothing is a plan in which nothing goes wrong.
func nothing(storetest.Step) storetest.Fault { return storetest.Fault{} }

// An append asks the database for no more than it needs.
func TestRequestsOfAnAppend(t *testing.T) {
	keyed := &store.AppendOptions{IdempotencyKey: "a"}
	head := func(s *store.Store) store.Expected {
		h, err := s.Head(context.Background(), "key")
		if err != nil {
			panic(err)
		}
		return store.At(h)
	}
	for name, c := range map[string]struct {
		before                func(s *store.Store) store.Expected // done first by the same store, and not counted
		x                     store.Expected
		o                     *store.AppendOptions
		puts, commits, marker int
	}{
		"at the head":                   {before: head, puts: 1},
		"any, cold":                     {x: store.Any(), puts: 1, commits: 1},
		"any, knowing the head":         {before: head, x: store.Any(), puts: 1},
		"exactly, cold":                 {x: store.Exactly(3), puts: 1, commits: 1},
		"exactly, knowing the head":     {before: head, x: store.Exactly(3), puts: 1},
		"exactly below the known head":  {before: head, x: store.Exactly(1), commits: 1},
		"exactly inside a commit, cold": {x: store.Exactly(2), commits: 2},
		"exactly below the head, cold":  {x: store.Exactly(1), commits: 2},
		"no stream, cold":               {x: store.NoStream(), puts: 1, commits: 1},
		"no stream, knowing the head":   {before: head, x: store.NoStream(), commits: 1},
		"idempotent, any, cold":         {x: store.Any(), o: keyed, puts: 1, commits: 1},
		"idempotent, exactly, cold":     {x: store.Exactly(3), o: keyed, puts: 1, commits: 1},
		"idempotent, conflict":          {before: head, x: store.NoStream(), o: keyed, commits: 1, marker: 1},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			for n := 1; n <= 2; n++ { // revisions 1, and 2 to 3
				if _, err := store.New(m).Append(t.Context(), "key", store.Any(), slices.Repeat(happened, n), nil); err != nil {
					t.Fatal(err)
				}
			}
			f := storetest.NewFaulty(m, nothing)
			s := store.New(f)
			x, before := c.x, 0
			if c.before != nil {
				at := c.before(s)
				if x == (store.Expected{}) {
					x = at
				}
				before = f.Calls(storetest.Commits)
			}
			if _, err := s.Append(t.Context(), "key", x, happened, c.o); err != nil && !errors.Is(err, store.ErrConflict) {
				t.Fatal(err)
			}
			puts, commits, marker := f.Calls(storetest.Put), f.Calls(storetest.Commits)-before, f.Calls(storetest.Marker)
			if puts != c.puts || commits != c.commits || marker != c.marker {
				t.Errorf("%d puts, %d reads of commits, %d of markers; want %d, %d, %d", puts, commits, marker, c.puts, c.commits, c.marker)
			}
		})
	}
}

// alwaysAnother has another writer take the place before every put.
func alwaysAnother(t *testing.T, m *memory) storetest.Plan {
	return storetest.Always(storetest.Put, storetest.Fault{Before: func() {
		if _, err := store.New(m).Append(t.Context(), "key", store.Any(), happened, nil); err != nil {
			t.Error(err)
		}
	}})
}

// Every append ends, with an error that tells what is known, and in bounded time.
func TestTriesAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		plan func(t *testing.T, m *memory) storetest.Plan
		want error
		not  error
	}{
		"throttled": {
			func(*testing.T, *memory) storetest.Plan {
				return storetest.Always(storetest.Put, storetest.Fault{Fail: store.ErrThrottled})
			},
			store.ErrThrottled, store.ErrUnknownOutcome,
		},
		"answers lost": {
			func(*testing.T, *memory) storetest.Plan {
				return storetest.Always(storetest.Put, storetest.Fault{Lose: true})
			},
			store.ErrUnknownOutcome, store.ErrThrottled,
		},
		"others always first": {alwaysAnother, store.ErrThrottled, store.ErrUnknownOutcome},
		"lost once, its place taken, then throttled": { // so it is known not to be stored
			func(t *testing.T, m *memory) storetest.Plan {
				return storetest.Puts(append([]storetest.Fault{
					{Late: true},
					{Before: func() {
						if _, err := store.New(m).Append(t.Context(), "key", store.Any(), happened, nil); err != nil {
							t.Error(err)
						}
					}},
				}, slices.Repeat([]storetest.Fault{{Fail: store.ErrThrottled}}, 50)...)...)
			},
			store.ErrThrottled, store.ErrUnknownOutcome,
		},
		"lost once, then throttled": {
			func(*testing.T, *memory) storetest.Plan {
				return func(s storetest.Step) storetest.Fault {
					if s.Method != storetest.Put {
						return storetest.Fault{}
					}
					if s.N == 1 {
						return storetest.Fault{Late: true}
					}
					return storetest.Fault{Fail: store.ErrThrottled}
				}
			},
			store.ErrUnknownOutcome, store.ErrConflict,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				f := storetest.NewFaulty(m, c.plan(t, m))
				begun := time.Now()
				_, err := store.New(f).Append(t.Context(), "key", store.Any(), happened, nil)
				if !errors.Is(err, c.want) || errors.Is(err, c.not) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if tries := f.Calls(storetest.Put); tries < 10 || tries > 30 {
					t.Errorf("tried %d times", tries)
				}
				if took := time.Since(begun); took > 10*time.Second || took == 0 {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// Waiting for the turn at a key counts as nothing done.
func TestCancelledWhileWaitingForTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		f := storetest.NewFaulty(m, storetest.Puts(storetest.Fault{Delay: time.Hour}))
		s := store.New(f)
		first := make(chan error, 1)
		go func() {
			_, err := s.Append(t.Context(), "key", store.Any(), happened, nil)
			first <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := s.Append(ctx, "key", store.Any(), happened, nil); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, store.ErrUnknownOutcome) {
			t.Errorf("got %v", err)
		}
		if _, err := s.Append(t.Context(), "other", store.Any(), happened, nil); err != nil {
			t.Errorf("another key: %v", err)
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
		if n := len(m.commits["key"]); n != 1 {
			t.Errorf("%d commits, want 1", n)
		}
	})
}

// Each try has a stamp of its own: one from before a long wait would be older than what was read since.
func TestEveryTryIsStampedAnew(t *testing.T) {
	m := newMemory()
	var stamps []store.Position
	if _, err := store.New(stamped{m, &stamps}).Append(t.Context(), "key", store.Any(), happened, nil); err != nil {
		t.Fatal(err)
	}
	if len(stamps) != 4 || !slices.IsSortedFunc(stamps, store.Position.Compare) || len(slices.Compact(stamps)) != 4 {
		t.Errorf("the stamps are %v", stamps)
	}
}

// stamped is throttled three times, and notes the position of each put.
type stamped struct {
	*memory
	stamps *[]store.Position
}

func (b stamped) Put(ctx context.Context, c *store.Commit, m *store.Marker) (*store.Refusal, error) {
	if *b.stamps = append(*b.stamps, c.Position); len(*b.stamps) <= 3 {
		return nil, store.ErrThrottled
	}
	return b.memory.Put(ctx, c, m)
}
