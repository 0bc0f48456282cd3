package interleave

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
)

// Run is a scenario, run once in one order.
type Run struct {
	ctx       context.Context
	processes []*Process
	tasks     []*Task
	verbose   bool
	account   []string // what happened, in order

	walking bool // by [Walk]: tasks may be added on the way
	odds    Odds
	begun   bool
	failed  error

	mu      sync.Mutex
	waiting []*step // asked for
	adrift  []*step // writes that nobody waits for, but that may still take effect
}

// Process is tasks that crash together and may share memory.
type Process struct {
	run     *Run
	name    string
	ctx     context.Context
	crash   context.CancelFunc
	tasks   int
	crashed bool
	// reliable: nothing befalls its steps in a [Walk].
	reliable bool
}

// Task is a function that takes steps.
type Task struct {
	process *Process
	name    string
	place   int
	f       func(context.Context)
	steps   map[string]int // how often a step of that name was asked for
	waits   int            // its steps on their way
	ended   bool
	// answered: ended, and its process was there to see it.
	answered bool
}

type taskKey struct{}

// Process adds a process to the scenario.
func (r *Run) Process(name string) *Process {
	p := &Process{run: r, name: name}
	p.ctx, p.crash = context.WithCancel(r.ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.walking {
		r.processes = append(r.processes, p)
	}
	return p
}

// Reliable adds a process whose steps are always done and answered in a [Walk].
func (r *Run) Reliable(name string) *Process {
	p := r.Process(name)
	p.reliable = true
	return p
}

// Go adds a process with one task, of the same name.
func (r *Run) Go(name string, f func(ctx context.Context)) *Task {
	return r.Process(name).Go(name, f)
}

// Go adds a task, which begins when the scenario is described. Tasks of one process begin in any order. f must
// pass on ctx to its steps, and end when ctx is over. A task that is added during a [Walk] begins at once.
func (p *Process) Go(name string, f func(ctx context.Context)) *Task {
	r := p.run
	r.mu.Lock()
	defer r.mu.Unlock()
	t := &Task{process: p, name: name, place: len(r.tasks), f: f, steps: map[string]int{}}
	p.tasks++
	r.tasks = append(r.tasks, t)
	if r.begun {
		t.start()
	}
	return t
}

// Answered says whether the task ended without a crash of its process: if not, whatever it left behind is
// nothing that anybody was told.
func (t *Task) Answered() bool {
	t.process.run.mu.Lock()
	defer t.process.run.mu.Unlock()
	return t.answered
}

// start has the task begin. Where there are others in its process it is a step which of them is first.
func (t *Task) start() {
	ctx := context.WithValue(t.process.ctx, taskKey{}, t)
	alone := t.process.tasks == 1
	go func() {
		defer t.end()
		if !alone {
			begin := func(context.Context) (struct{}, bool, error) { return struct{}{}, false, nil }
			if _, err := take(ctx, &step{name: "begin", local: true}, begin); err != nil {
				return
			}
		}
		t.f(ctx)
	}()
}

func (t *Task) end() {
	r := t.process.run
	r.mu.Lock()
	defer r.mu.Unlock()
	t.ended = true
	t.answered = !t.process.crashed && r.ctx.Err() == nil
	if r.walking {
		r.tasks = slices.DeleteFunc(r.tasks, func(other *Task) bool { return other == t })
	}
}

// ask lets a step wait until it is chosen.
func (r *Run) ask(s *step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.task.waits++
	s.task.steps[s.name]++
	if n := s.task.steps[s.name]; n > 1 {
		s.name = fmt.Sprint(s.name, " (", n, ")")
	}
	s.fresh = true
	r.waiting = append(r.waiting, s)
}

// abandon is for the caller that gives up a step which may be on its way.
func (r *Run) abandon(s *step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.remove(s) && s.write {
		r.adrift = append(r.adrift, s)
	}
}

// remove takes a step from those that wait, if it does.
func (r *Run) remove(s *step) bool {
	i := slices.Index(r.waiting, s)
	if i < 0 {
		return false
	}
	r.waiting = slices.Delete(r.waiting, i, i+1)
	s.task.waits--
	return true
}

// sorted brings steps that came up at the same time in an order that is always the same.
func sorted(steps []*step) {
	slices.SortFunc(steps, func(a, b *step) int {
		return cmp.Or(cmp.Compare(a.task.place, b.task.place), cmp.Compare(a.name, b.name))
	})
}
