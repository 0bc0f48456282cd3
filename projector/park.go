package projector

import (
	"context"
	"errors"
	"fmt"

	"github.com/aeon-es/aeon/store"
)

// Redriver sends the message that a parked key of a view is to be redriven later: to a queue, in Lambda.
type Redriver interface {
	// SendRedrive is called before the mark is set, so that no mark is without its message. It may be called more than once
	// for the same mark.
	SendRedrive(ctx context.Context, view, key string) error
}

// maxReason is how much of an error's text a mark keeps.
const maxReason = 1024

// park sets the mark on a key whose projection failed, where it stands in s. false: another projector has meanwhile moved it.
func (s *session) park(ctx context.Context, key string, failure *ProjectionError) (bool, error) {
	p := s.projector
	p.log.Error("parked: the view's code can't fold an event", "view", s.view.name, "key", key,
		"revision", uint64(failure.Revision), "class", classOf(failure.Err))
	if p.redriver != nil {
		if err := p.redriver.SendRedrive(ctx, s.view.name, key); err != nil {
			return false, fmt.Errorf("send the redrive message: %w", err)
		}
	}
	reason := failure.Err.Error()
	if len(reason) > maxReason {
		reason = reason[:maxReason]
	}
	id := s.view.seen(key)
	next := s.known[id]
	next.Token = newToken()
	next.Parked = &Parked{Revision: failure.Revision, Class: classOf(failure.Err), Reason: reason, Since: p.now().UTC()}
	s.pending[id] = next
	return s.flush(ctx)
}

// ParkedError says that a key waits for a redrive in a view, and why.
type ParkedError struct {
	View string
	Key  string
	// Seen is the last revision that the view shows.
	Seen store.Revision
	Parked
}

// Error names the view, the key and the event.
func (e *ParkedError) Error() string {
	return fmt.Sprintf("view %q is parked for key %q at revision %d (%s): mend the view's code and redrive", e.View, e.Key, e.Revision, e.Class)
}

// Is matches [ErrParked].
func (e *ParkedError) Is(target error) bool { return target == ErrParked }

// ErrParked is matched by every [*ParkedError].
var ErrParked = errors.New("parked")
