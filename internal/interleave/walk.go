package interleave

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Odds are how likely each thing is in a [Walk], from 0 to 1.
type Odds struct {
	// Lose, Refuse and Crash befall a step of a process that isn't reliable: its answer is lost; it isn't done, and answered
	// Refusal; its process crashes.
	Lose, Refuse, Crash float64
	Refusal             error
	// Land is how likely, before each step, one of the writes that nobody waits for takes effect, and Never that it never does.
	Land, Never float64
	// Pause is how likely, before each step, time passes. Otherwise none does.
	Pause float64
}

// Jump is how much time passes at once in a [Walk], or a multiple of it. A task that backs off, or waits for a time, for less than
// that comes to its next step in one jump, whatever the back-off's length: so a run depends on its seed only.
const Jump = 1100 * time.Millisecond

// Trail is what happened in a [Walk].
type Trail struct {
	Steps   int
	Hash    uint64   // of all that happened, in order
	Account []string // where asked for
}

// ErrUnending says that a walk had not ended after very many steps.
var ErrUnending = errors.New("interleave: no end")

// Walk runs a scenario once, in an order that is drawn from the seed: for scenarios that are too large to be explored. Now these
// tasks are faster, and now those. Tasks may add processes and tasks; names must be unique. The same seed gives the same run.
//
// It ends when all tasks have, and answers what check says then; or after atMost steps, with [ErrUnending].
func Walk(t *testing.T, seed uint64, odds Odds, atMost int, verbose bool, scenario Scenario) (Trail, error) {
	t.Helper()
	w := &walk{seed: seed, random: rand.New(rand.NewPCG(seed, 0)), atMost: atMost} //nolint:gosec // a test, that is to be repeated
	var err error
	synctest.Test(t, func(*testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		w.run = &Run{ctx: ctx, verbose: verbose, walking: true, odds: odds}
		check := scenario(w.run)
		err = w.walk()
		if err == nil {
			err = check()
		}
		cancel()
		time.Sleep(patience) // whoever is left unwinds
		synctest.Wait()
	})
	w.trail.Account = w.run.account
	return w.trail, err
}

// begin has the tasks begin that there are; others begin when they are added.
func (r *Run) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun = true
	for _, t := range r.tasks {
		t.start()
	}
}

// Fail ends a [Walk] with an error.
func (r *Run) Fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed == nil {
		r.failed = err
	}
}

// SetOdds changes what is likely from now on.
func (r *Run) SetOdds(odds Odds) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.odds = odds
}

// walk is one Walk.
type walk struct {
	run    *Run
	seed   uint64
	random *rand.Rand
	atMost int
	trail  Trail
}

// stuckAfter is how many jumps, without a step that could be done, are the end.
const stuckAfter = 10_000

func (w *walk) walk() error {
	w.run.begin()
	hash := fnv.New64a()
	for idle := 0; ; {
		synctest.Wait()
		o, odds, live := w.next()
		switch {
		case w.run.failed != nil:
			return w.run.failed
		case !live:
			return nil
		case idle > stuckAfter:
			return w.run.stuck()
		case o.step == nil || w.random.Float64() < odds.Pause:
			if o.step == nil {
				idle++
			}
			time.Sleep(w.jump())
			continue
		}
		idle = 0
		if w.trail.Steps++; w.trail.Steps > w.atMost {
			return fmt.Errorf("%w after %d steps: %w", ErrUnending, w.atMost, w.run.stuck())
		}
		_, _ = hash.Write([]byte(o.String()))
		w.trail.Hash = hash.Sum64()
		w.run.happen(o)
	}
}

// jump is how much time passes: mostly one Jump, rarely more.
func (w *walk) jump() time.Duration {
	if w.random.IntN(20) == 0 {
		return time.Duration(1+w.random.IntN(10)) * Jump
	}
	return Jump
}

// next draws what happens next; an option without a step if nothing can. live: not all tasks have ended.
func (w *walk) next() (o option, odds Odds, live bool) {
	r := w.run
	r.mu.Lock()
	defer r.mu.Unlock()
	odds, live = r.odds, len(r.tasks) > 0
	byLabel(r.waiting)
	byLabel(r.adrift)
	if n := len(r.adrift); n > 0 {
		i := w.random.IntN(n)
		switch p := w.random.Float64(); {
		case p < odds.Land:
			return option{kind: land, step: r.adrift[i]}, odds, live
		case p < odds.Land+odds.Never:
			r.adrift = slices.Delete(r.adrift, i, i+1)
		}
	}
	if len(r.waiting) == 0 {
		return option{}, odds, live
	}
	return w.befall(w.pick(r.waiting), odds), odds, live
}

// For so many steps some processes are faster than others, by up to 2 to the power of so much.
const (
	epoch    = 20
	speedups = 6
)

// pick draws one of the steps.
func (w *walk) pick(waiting []*step) *step {
	total := 0
	for _, s := range waiting {
		total += w.speed(s.task)
	}
	at := w.random.IntN(total)
	for _, s := range waiting {
		if at -= w.speed(s.task); at < 0 {
			return s
		}
	}
	return nil // never
}

// speed is how likely a task's steps are picked, as compared with others.
func (w *walk) speed(t *Task) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(t.name))
	r := rand.NewPCG(w.seed^h.Sum64(), uint64(w.trail.Steps/epoch))
	return 1 << (r.Uint64() % speedups)
}

// befall draws what becomes of a step.
func (w *walk) befall(s *step, odds Odds) option {
	o := option{kind: do, step: s, process: s.task.process}
	if s.task.process.reliable || s.local {
		return o
	}
	switch p := w.random.Float64(); {
	case p < odds.Lose:
		o.kind = lose
	case p < odds.Lose+odds.Refuse:
		o.kind = refuse
	case p < odds.Lose+odds.Refuse+odds.Crash:
		o.kind = crash
	}
	return o
}

// byLabel brings steps in an order that is always the same, whoever came first.
func byLabel(steps []*step) {
	slices.SortFunc(steps, func(a, b *step) int {
		return cmp.Or(strings.Compare(a.task.name, b.task.name), strings.Compare(a.name, b.name))
	})
}
