package interleave

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrLost is what the caller of a step gets whose answer was lost.
var ErrLost = errors.New("interleave: the answer was lost")

// Things are what a step touches, by name.
type Things []string

// On names what a step touches.
func On(things ...string) Things { return things }

// Read does a step that changes nothing. name is for reports, and tells apart the
// steps of one task that are on their way at the same time. Outside of a [Run] it does what do does.
func Read[T any](ctx context.Context, on Things, name string, do func(context.Context) (T, error)) (T, error) {
	return take(ctx, &step{on: on, name: name}, func(ctx context.Context) (T, bool, error) {
		value, err := do(ctx)
		return value, false, err
	})
}

// Write does a step that may change what it touches, and says whether it did: a write whose condition
// failed is no more than a read, which saves runs. Otherwise it is as [Read]. When the caller has given up, be it lost
// or its context over, the step may still be done, and do be called, later.
func Write[T any](ctx context.Context, on Things, name string, do func(context.Context) (value T, changed bool, err error)) (T, error) {
	return take(ctx, &step{on: on, name: name, write: true}, do)
}

// step is one that a task has asked for.
type step struct {
	task  *Task
	on    Things
	name  string // with a number where the task has taken steps of that name before
	write bool
	local bool // touches nothing, and so can't fail

	do      func()        // does it, and answers
	refuse  func(error)   // answers without doing it
	lost    chan struct{} // closed: no answer will come
	fresh   bool          // came up since the last step was done
	changed bool          // done, and something is different now
}

type answer[T any] struct {
	value T
	err   error
}

func take[T any](ctx context.Context, s *step, do func(context.Context) (T, bool, error)) (T, error) {
	var none T
	task, ok := ctx.Value(taskKey{}).(*Task)
	if !ok {
		value, _, err := do(ctx)
		return value, err
	}
	if err := errors.Join(ctx.Err(), task.process.ctx.Err()); err != nil {
		return none, err
	}
	answers := make(chan answer[T], 1) // nobody may be waiting when it is done
	s.task, s.lost = task, make(chan struct{})
	s.do = func() {
		value, changed, err := do(context.WithoutCancel(ctx))
		s.changed = changed
		s.report(value, err)
		answers <- answer[T]{value, err}
	}
	s.refuse = func(err error) { answers <- answer[T]{none, err} }
	task.process.run.ask(s)
	select {
	case a := <-answers:
		return a.value, a.err
	case <-s.lost:
		return none, ErrLost
	case <-ctx.Done():
		task.process.run.abandon(s)
		return none, ctx.Err()
	case <-task.process.ctx.Done(): // ctx may have been detached from it
		task.process.run.abandon(s)
		return none, task.process.ctx.Err()
	}
}

// report writes down what was answered, for the account of a failed run.
func (s *step) report(value any, err error) {
	r := s.task.process.run
	if !r.verbose {
		return
	}
	text, failed := json.Marshal(value)
	if failed != nil {
		text = fmt.Appendf(nil, "%+v", value)
	}
	if err != nil {
		text = []byte(err.Error())
	}
	r.account = append(r.account, fmt.Sprintf("    answer: %s", text))
}

func (s *step) label() string { return s.task.name + ": " + s.name }
