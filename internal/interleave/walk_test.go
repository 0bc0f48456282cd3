package interleave

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWalksReachWhatThereIs has walks come to all outcomes that there are, and to no others; each seed to the same one again.
func TestWalksReachWhatThereIs(t *testing.T) {
	t.Parallel()
	all, walked := map[string]bool{}, map[string]bool{}
	Explore(t, Options{All: true}, mixed(all))
	for seed := range uint64(2000) {
		a, err := Walk(t, seed, Odds{Pause: 0.3}, 1000, false, mixed(walked))
		if seed > 50 && err == nil {
			continue
		}
		b, again := Walk(t, seed, Odds{Pause: 0.3}, 1000, true, mixed(walked))
		if err != nil || again != nil || a.Hash != b.Hash || a.Steps != b.Steps || len(a.Account) > 0 || len(b.Account) < b.Steps {
			t.Fatalf("seed %d: %+v, %v and then %+v, %v", seed, a, err, b, again)
		}
	}
	if !maps.Equal(all, walked) {
		t.Errorf("outcomes\n%v\nof\n%v", slices.Sorted(maps.Keys(walked)), slices.Sorted(maps.Keys(all)))
	}
}

// TestWalksMeetFaults looks at what can befall a write of a process, and not of a reliable one.
func TestWalksMeetFaults(t *testing.T) {
	t.Parallel()
	refusal := errors.New("refused")
	odds := Odds{Lose: 0.2, Refuse: 0.2, Crash: 0.2, Refusal: refusal, Land: 0.5, Never: 0.1}
	outcomes := func(process func(r *Run) *Process) []string {
		met := map[string]bool{}
		for seed := range uint64(200) {
			_, err := Walk(t, seed, odds, 1000, false, func(r *Run) func() error {
				c := &cell{name: "x"}
				var err error
				task := process(r).Go("a", func(ctx context.Context) { err = c.write(ctx, 1) })
				r.Reliable("b").Go("b", func(ctx context.Context) { // some time, in which the write may land
					for range 5 {
						_, _ = (&cell{name: "y"}).read(ctx)
					}
				})
				return func() error {
					met[fmt.Sprint(c.n, err, task.Answered())] = true
					return nil
				}
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		return slices.Sorted(maps.Keys(met))
	}
	want := []string{
		"0 context canceled false", "0 interleave: the answer was lost true", "0 refused true",
		"1 <nil> true", "1 context canceled false", "1 interleave: the answer was lost true",
	}
	if got := outcomes(func(r *Run) *Process { return r.Process("a") }); !slices.Equal(got, want) {
		t.Errorf("outcomes %q", got)
	}
	if got := outcomes(func(r *Run) *Process { return r.Reliable("a") }); !slices.Equal(got, []string{"1 <nil> true"}) {
		t.Errorf("outcomes of a reliable process %q", got)
	}
}

// TestWalksGoOn has a task add another on the way, which waits for a time.
func TestWalksGoOn(t *testing.T) {
	t.Parallel()
	c := &cell{name: "x"}
	_, err := Walk(t, 1, Odds{}, 1000, false, func(r *Run) func() error {
		r.Go("a", func(ctx context.Context) {
			_ = c.write(ctx, 1)
			r.Go("b", func(ctx context.Context) {
				time.Sleep(10 * Jump)
				_ = c.write(ctx, 2)
			})
		})
		return fine
	})
	if err != nil || c.n != 2 {
		t.Errorf("the cell has %d, %v", c.n, err)
	}
}

func TestWalksEnd(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	forever := func(ctx context.Context) {
		for ctx.Err() == nil {
			_ = (&cell{name: "x"}).write(ctx, 1)
		}
	}
	for name, tc := range map[string]struct {
		scenario Scenario
		is       func(error) bool
	}{
		"failed on the way": {func(r *Run) func() error {
			r.Go("a", func(ctx context.Context) {
				r.Fail(broken)
				forever(ctx)
			})
			return fine
		}, func(err error) bool { return errors.Is(err, broken) }},
		"failed in the end": {func(*Run) func() error { return func() error { return broken } }, func(err error) bool { return errors.Is(err, broken) }},
		"unending": {func(r *Run) func() error {
			r.Go("a", forever)
			return fine
		}, func(err error) bool { return errors.Is(err, ErrUnending) }},
		"stuck": {func(r *Run) func() error {
			r.Go("a", func(ctx context.Context) { <-ctx.Done() })
			return fine
		}, func(err error) bool { return err != nil && strings.Contains(err.Error(), "stuck") }},
	} {
		if _, err := Walk(t, 1, Odds{}, 100, false, tc.scenario); !tc.is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
