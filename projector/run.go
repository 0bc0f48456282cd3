package projector

import (
	"context"
	"time"
)

// runner has a view's code fold events on a goroutine of its own, so that code which doesn't end is not waited for. It serves one
// run after another: starting a goroutine for each would cost more than most of them do. Stop it in the end. It serves one goroutine.
type runner struct {
	view  active
	work  chan *fold // nil: the goroutine isn't started
	done  chan struct{}
	watch *time.Ticker
}

// run folds. An event that takes longer than limit fails: its code can't be stopped, but it is left alone.
func (r *runner) run(ctx context.Context, f *fold, limit time.Duration) (*fold, error) {
	if err := r.view.allowance.begin(); err != nil {
		f.err = err
		return f, nil
	}
	defer r.view.allowance.end()
	events := f.events // code that is left alone may still cut them off
	r.start(limit)
	r.work <- f
	for last := int64(-1); ; {
		select {
		case <-r.done:
			return f, nil
		case <-ctx.Done():
			r.stop()
			return nil, ctx.Err()
		case <-r.watch.C:
			at := f.at.Load()
			if at == last {
				r.stop()
				return &fold{events: events, failed: int(at), err: &timeoutError{limit: limit}}, nil
			}
			last = at
		}
	}
}

func (r *runner) start(limit time.Duration) {
	if r.work != nil {
		r.watch.Reset(limit)
		return
	}
	work, done := make(chan *fold, 1), make(chan struct{}, 1)
	r.work, r.done, r.watch = work, done, time.NewTicker(limit)
	go func() {
		for f := range work {
			r.view.fold(f)
			done <- struct{}{} // there is room for it, if nobody waits any more
		}
	}()
}

// stop ends the goroutine, once it has done what is under way.
func (r *runner) stop() {
	if r.work == nil {
		return
	}
	close(r.work)
	r.watch.Stop()
	r.work = nil
}
