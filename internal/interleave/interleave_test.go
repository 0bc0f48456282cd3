package interleave

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// cell is a number that tasks read and write; the code between is theirs.
type cell struct {
	name string
	n    int
}

func (c *cell) read(ctx context.Context) (int, error) {
	return Read(ctx, On(c.name), "read "+c.name, func(context.Context) (int, error) { return c.n, nil })
}

func (c *cell) write(ctx context.Context, n int) error {
	_, err := Write(ctx, On(c.name), fmt.Sprintf("write %s=%d", c.name, n), func(context.Context) (int, bool, error) {
		c.n = n
		return n, true, nil
	})
	return err
}

// begin writes where nobody has.
func (c *cell) begin(ctx context.Context, n int) (int, error) {
	return Write(ctx, On(c.name), fmt.Sprintf("begin %s=%d", c.name, n), func(context.Context) (int, bool, error) {
		if c.n != 0 {
			return c.n, false, nil
		}
		c.n = n
		return n, true, nil
	})
}

// increment is not atomic.
func increment(ctx context.Context, c *cell) error {
	n, err := c.read(ctx)
	if err != nil {
		return err
	}
	return c.write(ctx, n+1)
}

func fine() error { return nil }

func TestEveryOrderIsRun(t *testing.T) {
	t.Parallel()
	writes := func(cells ...string) Scenario {
		return func(r *Run) func() error {
			for i, name := range cells {
				c := &cell{name: name}
				r.Go(fmt.Sprint(i), func(ctx context.Context) {
					_, _ = c.write(ctx, 1), c.write(ctx, 2)
				})
			}
			return fine
		}
	}
	for _, tc := range []struct {
		name     string
		scenario Scenario
		options  Options
		want     int
	}{
		{"one task", writes("x"), Options{}, 1},
		{"two tasks of two steps", writes("x", "x"), Options{}, 6},
		{"three tasks of two steps", writes("x", "x", "x"), Options{}, 90},
		{"on different things", writes("x", "y", "z"), Options{}, 1},
		{"on different things, all orders", writes("x", "y", "z"), Options{All: true}, 90},
		// Without a fault; the first write lost: lands before the second, after it, never; the second lost: lands or
		// not; a crash at either: lands or not.
		{"one task and a fault", writes("x"), Options{Faults: 1}, 1 + 3 + 2 + 2*2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if runs := Explore(t, tc.options, tc.scenario); runs != tc.want {
				t.Errorf("%d runs, want %d", runs, tc.want)
			}
		})
	}
}

// TestStepsMeet has steps on two things meet those on one of them, and no others.
func TestStepsMeet(t *testing.T) {
	t.Parallel()
	touch := func(things ...Things) Scenario {
		return func(r *Run) func() error {
			for i, on := range things {
				r.Go(fmt.Sprint(i), func(ctx context.Context) {
					_, _ = Write(ctx, on, "write", func(context.Context) (int, bool, error) { return 0, true, nil })
				})
			}
			return fine
		}
	}
	for want, scenario := range map[int]Scenario{
		1: touch(On("x", "y"), On("z")),
		2: touch(On("x", "y"), On("y", "z")),
		4: touch(On("x"), On("x", "y"), On("y")),
	} {
		if runs := Explore(t, Options{}, scenario); runs != want {
			t.Errorf("%d runs, want %d", runs, want)
		}
	}
}

// TestBackOffOverAtAnyTime has one half of a task back off: its next step may come before or after the other half's.
func TestBackOffOverAtAnyTime(t *testing.T) {
	t.Parallel()
	outcomes := map[int]bool{}
	Explore(t, Options{}, func(r *Run) func() error {
		c := &cell{name: "x"}
		r.Go("a", func(ctx context.Context) {
			var other sync.WaitGroup
			other.Go(func() { _ = c.write(ctx, 1) })
			time.Sleep(moment / 2)
			_ = c.write(ctx, 2)
			other.Wait()
		})
		return func() error {
			outcomes[c.n] = true
			return nil
		}
	})
	if len(outcomes) != 2 {
		t.Errorf("outcomes %v", outcomes)
	}
}

func TestLostUpdateIsFound(t *testing.T) {
	t.Parallel()
	_, choices, err := explore(t, Options{}, func(r *Run) func() error {
		c := &cell{name: "x"}
		for i := range 2 {
			r.Go(fmt.Sprint("p", i), func(ctx context.Context) { _ = increment(ctx, c) })
		}
		return func() error {
			if c.n != 2 {
				return fmt.Errorf("the cell has %d", c.n)
			}
			return nil
		}
	})
	if err == nil || err.Error() != "the cell has 1" {
		t.Fatalf("got %v", err)
	}
	got := command("TestA/b c", choices)
	if want := "AEON_REPLAY=0,1,0,0 go test -v -run '^TestA$/^b c$' ."; got != want {
		t.Errorf("to repeat it: %s, want %s", got, want)
	}
}

// mixed has all there is: processes of one and two tasks, reads, writes and conditional writes on two things, back-off.
func mixed(outcomes map[string]bool) Scenario {
	return func(r *Run) func() error {
		x, y := &cell{name: "x"}, &cell{name: "y"}
		var told [4]string
		var shared atomic.Int64 // memory of p
		p := r.Process("p")
		a := p.Go("a", func(ctx context.Context) {
			told[0] = fmt.Sprint(x.write(ctx, 5))
			shared.Add(1)
		})
		b := p.Go("b", func(ctx context.Context) {
			err := y.write(ctx, 10+int(shared.Load()))
			if err != nil {
				time.Sleep(time.Second)
				err = y.write(ctx, 20+int(shared.Load()))
			}
			told[1] = fmt.Sprint(err)
		})
		c := r.Go("c", func(ctx context.Context) {
			n, err := x.read(ctx)
			if err == nil {
				n, err = y.begin(ctx, 30+n)
			}
			told[2] = fmt.Sprint(n, err)
		})
		d := r.Go("d", func(ctx context.Context) { told[3] = fmt.Sprint(y.begin(ctx, 40)) })
		return func() error {
			outcome := fmt.Sprint(x.n, y.n)
			for i, task := range []*Task{a, b, c, d} {
				if task.Answered() {
					outcome += fmt.Sprint(" ", task.name, ":", told[i])
				}
			}
			outcomes[outcome] = true
			return nil
		}
	}
}

func TestLeavingOutOrdersLosesNoOutcome(t *testing.T) {
	t.Parallel()
	for faults := range 2 {
		t.Run(fmt.Sprint(faults, " faults"), func(t *testing.T) {
			t.Parallel()
			all, reduced := map[string]bool{}, map[string]bool{}
			every := Explore(t, Options{Faults: faults, All: true}, mixed(all))
			some := Explore(t, Options{Faults: faults}, mixed(reduced))
			t.Logf("%d runs instead of %d, %d outcomes", some, every, len(all))
			if some >= every || !maps.Equal(all, reduced) {
				t.Errorf("%d runs instead of %d, outcomes\n%s\ninstead of\n%s", some, every,
					strings.Join(slices.Sorted(maps.Keys(reduced)), "\n"), strings.Join(slices.Sorted(maps.Keys(all)), "\n"))
			}
		})
	}
}

func TestStuckIsFound(t *testing.T) {
	t.Parallel()
	_, _, err := explore(t, Options{}, func(r *Run) func() error {
		never := make(chan struct{})
		r.Go("waiter", func(ctx context.Context) {
			select {
			case <-never:
			case <-ctx.Done():
			}
		})
		return fine
	})
	if err == nil || !strings.Contains(err.Error(), "waiter") {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsNotDeterministicIsFound(t *testing.T) {
	t.Parallel()
	n := 0
	_, _, err := explore(t, Options{}, func(r *Run) func() error {
		n++
		for i := range 2 {
			r.Go(fmt.Sprint(i), func(ctx context.Context) { _ = (&cell{name: "x"}).write(ctx, n) })
		}
		return fine
	})
	if err == nil || !strings.Contains(err.Error(), "not deterministic") {
		t.Errorf("got %v", err)
	}
}

func TestTooLargeIsFound(t *testing.T) {
	t.Parallel()
	runs, _, err := explore(t, Options{AtMost: 10, All: true}, mixed(map[string]bool{}))
	if err == nil || runs != 11 {
		t.Errorf("%d runs, %v", runs, err)
	}
}

// TestFaults looks at what a fault leaves behind.
func TestFaults(t *testing.T) {
	t.Parallel()
	outcomes := map[string]bool{}
	Explore(t, Options{Faults: 1}, func(r *Run) func() error {
		c := &cell{name: "x"}
		var err error
		task := r.Go("a", func(ctx context.Context) {
			if err = c.write(ctx, 1); errors.Is(err, ErrLost) {
				err = c.write(ctx, 2)
			}
		})
		return func() error {
			outcomes[fmt.Sprint(c.n, err, task.Answered())] = true
			return nil
		}
	})
	want := map[string]bool{
		"1 <nil> true":             true, // no fault, or lost, landing behind the second write
		"2 <nil> true":             true, // lost, landing before it or never
		"0 context canceled false": true, // crashed, never landing
		"1 context canceled false": true, // crashed, landing
	}
	if !maps.Equal(outcomes, want) {
		t.Errorf("outcomes %v", slices.Sorted(maps.Keys(outcomes)))
	}
}

// TestOutsideOfARun does a step of no task.
func TestOutsideOfARun(t *testing.T) {
	t.Parallel()
	c := &cell{name: "x", n: 7}
	if n, err := c.read(t.Context()); n != 7 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}
