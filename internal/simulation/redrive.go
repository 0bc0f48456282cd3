package simulation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/internal/interleave/memqueue"
	"github.com/aeon-es/aeon/projector"
)

// hiddenFor is how long a message that failed does not come again.
const hiddenFor = 2 * interleave.Jump

// hidden is a message that comes again.
type hidden struct {
	memqueue.Message
	at time.Time
}

// redrive delivers the messages of the queue as SQS does: again and again until the function says that it is done, and now
// and then once more.
func (w *world) redrive(ctx context.Context, number int) {
	name := fmt.Sprint("redrive", number)
	random := w.random(name)
	f := w.function(name)
	f.redrives = true
	defer f.retire()
	var waiting []hidden
	for w.turn(ctx, "receive") {
		waiting = w.show(waiting)
		m, ok, err := w.queue.Receive(ctx)
		if err != nil || !ok {
			idle()
			continue
		}
		w.count("redrives")
		done := false
		answered := f.invoke(func(ctx context.Context, p *projector.Projector) {
			_, err := p.Redrive(ctx, m.View, m.Key)
			done = acknowledged(err)
		})
		if answered && done && random.IntN(10) > 0 {
			_ = w.queue.Delete(ctx, m) // always: this is no faulty process
			w.expectKept(m.View, m.Key)
			continue
		}
		waiting = append(waiting, hidden{m, time.Now().Add(hiddenFor)})
	}
}

// show has those messages come again whose time it is, and answers the others.
func (w *world) show(waiting []hidden) []hidden {
	var still []hidden
	for _, m := range waiting {
		if time.Now().Before(m.at) && !w.is(&w.calm) {
			still = append(still, m)
			continue
		}
		w.queue.Return(m.Message)
	}
	return still
}

// acknowledged says whether the redrive function takes a message for done: the key is up to date, or parked anew.
func acknowledged(err error) bool {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if !acknowledged(e) {
				return false
			}
		}
		return true
	}
	_, fails := errors.AsType[*projector.ProjectionError](err)
	return err == nil || !fails && errors.Is(err, projector.ErrParked)
}
