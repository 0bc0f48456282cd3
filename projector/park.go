package projector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

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

// park sets the mark on a key whose projection failed, where it stands in s; once that is done, the error is a [*ParkedError].
// false and no error: another projector has meanwhile moved it.
func (s *session) park(ctx context.Context, key string, failure *ProjectionError) (bool, error) {
	p := s.projector
	attrs := []any{"view", s.view.name, "key", key, "revision", uint64(failure.Revision), "class", classOf(failure.Err)}
	if failure.correlationID != "" {
		attrs = append(attrs, "correlationId", failure.correlationID)
	}
	if crash, ok := errors.AsType[*panicError](failure.Err); ok {
		attrs = append(attrs, "stack", string(crash.stack)) // of calls: no data
	}
	p.log.ErrorContext(ctx, "parked: the view's code can't fold an event", attrs...)
	if p.redriver != nil {
		if err := p.redriver.SendRedrive(ctx, s.view.name, key); err != nil {
			return false, fmt.Errorf("send the redrive message: %w", err)
		}
	}
	id := s.view.seen(key)
	next := s.known[id]
	next.Token, next.Parked = newToken(), p.mark(failure)
	s.set(id, next)
	stands, err := s.flush(ctx)
	if err != nil || !stands {
		return false, err
	}
	return true, &ParkedError{View: s.view.name, Key: key, Seen: next.Seen, Parked: *next.Parked}
}

// mark is the mark for a failure.
func (p *Projector) mark(failure *ProjectionError) *Parked {
	return &Parked{Revision: failure.Revision, Class: classOf(failure.Err), Reason: reasonOf(failure.Err), Since: p.now().UTC()}
}

// reasonOf is an error's text as a database can keep it: a view's code may put anything into it.
func reasonOf(err error) string {
	reason := strings.ToValidUTF8(fmt.Sprint(err), "\uFFFD") // Sprint survives an Error method that panics
	if len(reason) <= maxReason {
		return reason
	}
	end := maxReason
	for !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end]
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
