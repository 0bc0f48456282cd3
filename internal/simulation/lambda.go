package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/projector"
)

// function is a Lambda function with one instance at a time, which stays warm until it dies or is replaced by newer code.
type function struct {
	world     *world
	name      string
	random    *rand.Rand
	instances int
	at        *instance
	redrives  bool // it is the one that redrives
	reliable  bool // instances that are started from now on don't die
}

// instance is a process with a projector, which works on one invocation after another.
type instance struct {
	projector  *projector.Projector
	generation generation
	work       chan func(context.Context)
	gone       chan struct{} // closed: it has ended
}

func (w *world) function(name string) *function {
	return &function{world: w, name: name, random: w.random(name + " function")}
}

// warm is the instance that takes the next invocation.
func (f *function) warm() *instance {
	deployed := f.world.deployed()
	if f.at != nil {
		select {
		case <-f.at.gone:
			f.at = nil
		default:
			if f.at.generation < deployed && (f.random.IntN(f.world.plan.linger) == 0 || f.world.is(&f.world.calm)) {
				f.retire()
			}
		}
	}
	if f.at == nil {
		f.at = f.start(deployed)
	}
	return f.at
}

func (f *function) start(g generation) *instance {
	f.instances++
	name := fmt.Sprintf("%s.%d", f.name, f.instances)
	number := f.instances*100 + len(f.name) // of another function's instances another
	i := &instance{
		projector: f.world.projector(number, g, f.redrives), generation: g, work: make(chan func(context.Context)), gone: make(chan struct{}),
	}
	process := f.world.run.Process
	if f.reliable {
		process = f.world.run.Reliable
	}
	process(name).Go(name, func(ctx context.Context) {
		defer close(i.gone)
		for {
			select {
			case do, ok := <-i.work:
				if !ok {
					return
				}
				do(ctx)
			case <-ctx.Done():
				return
			}
		}
	})
	return i
}

// retire ends the instance, if there is one.
func (f *function) retire() {
	if f.at != nil {
		close(f.at.work)
		f.at = nil
	}
}

// invoke runs do in an instance, and says whether it came to its end there: whatever do has left behind is else nobody's
// answer.
func (f *function) invoke(do func(ctx context.Context, p *projector.Projector)) (answered bool) {
	at := f.warm()
	done := make(chan struct{})
	invocation := func(process context.Context) {
		defer close(done)
		ctx, cancel := context.WithTimeout(process, f.world.timeout())
		defer cancel()
		do(ctx, at.projector)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			f.world.count("timeouts")
		}
		answered = process.Err() == nil
	}
	select {
	case at.work <- invocation:
	case <-at.gone:
		return false
	}
	<-done
	if !answered {
		f.world.count("crashes")
	}
	return answered
}

// timeout is that of an invocation; once everything is to come to rest there is enough.
func (w *world) timeout() time.Duration {
	if w.deployed() == w.last() && w.is(&w.calm) {
		return 1000 * interleave.Jump
	}
	return w.plan.timeout
}

// passedBy is how many doorbells are passed after Ring has answered err.
func passedBy(err error, all int) int {
	if err == nil {
		return all
	}
	if backlog, ok := errors.AsType[*projector.BacklogError](err); ok {
		return backlog.First
	}
	return 0
}
