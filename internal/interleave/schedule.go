package interleave

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing/synctest"
	"time"
)

// How long, by the bubble's clock, is waited before each choice: a moment, in which short back-offs end within a task that is at a
// step besides; and where a task is at none, longer than any back-off.
const (
	moment   = 100 * time.Millisecond
	patience = time.Minute
)

// chooser picks the next of the options; negative to break off the run.
type chooser func([]option) int

// schedule runs the tasks until all have ended and nothing can happen any more. It says whether that was reached, and
// fails when some task waits for what never comes.
func (r *Run) schedule(faults int, choose chooser) (bool, error) {
	for _, t := range r.tasks {
		t.start()
	}
	for {
		r.settle()
		all := r.options(faults)
		if len(all) == 0 {
			return true, r.stuck()
		}
		i := choose(all)
		if i < 0 {
			return false, nil
		}
		if all[i].kind == stop {
			return true, r.stuck()
		}
		if all[i].kind == lose || all[i].kind == crash {
			faults--
		}
		r.happen(all[i])
	}
}

// settle waits until all that tasks do is at a step, has ended, or waits for another.
func (r *Run) settle() {
	time.Sleep(moment)
	synctest.Wait()
	if !r.settled() {
		time.Sleep(patience)
		synctest.Wait()
	}
}

// settled says whether every task is at a step or has ended.
func (r *Run) settled() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !slices.ContainsFunc(r.tasks, func(t *Task) bool { return !t.ended && t.waits == 0 })
}

// happen makes o happen.
func (r *Run) happen(o option) {
	if r.verbose || !r.walking {
		r.account = append(r.account, o.String())
	}
	r.mu.Lock()
	switch o.kind {
	case do:
		r.remove(o.step)
		for _, s := range r.waiting {
			s.fresh = false
		}
	case refuse:
		r.remove(o.step)
	case lose:
		r.remove(o.step)
		if o.step.write {
			r.adrift = append(r.adrift, o.step)
		}
	case land:
		r.adrift = slices.DeleteFunc(r.adrift, func(s *step) bool { return s == o.step })
		for _, s := range r.waiting {
			s.fresh = false
		}
	case crash:
		o.process.crashed = true
	case stop:
	}
	r.mu.Unlock()
	switch o.kind {
	case do, land:
		o.step.do()
	case lose:
		close(o.step.lost)
	case refuse:
		o.step.refuse(r.odds.Refusal)
	case crash:
		o.process.crash()
	case stop:
	}
}

// stuck names the tasks that have not ended.
func (r *Run) stuck() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for _, t := range r.tasks {
		if !t.ended {
			names = append(names, t.name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("stuck: waiting for something that no step brings: %s", strings.Join(names, ", "))
}

// once runs the scenario in the order that choose says. complete: it was run to its end and checked.
func once(scenario Scenario, faults int, verbose bool, choose chooser) (r *Run, complete bool, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	r = &Run{ctx: ctx, verbose: verbose}
	check := scenario(r)
	complete, err = r.schedule(faults, choose)
	if complete && err == nil {
		err = check()
	}
	cancel()
	r.settle() // whoever is left unwinds
	if left := r.stuck(); left != nil {
		panic(fmt.Sprintf("interleave: the context is over, but still %v", left))
	}
	return r, complete, err
}
