package projector

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aeon-es/aeon/store"
)

// How much a catch-up folds before it saves, which is what a crash costs at most: so many events, or bytes of data.
const (
	stride      = 1000
	strideBytes = 8 << 20
)

// How often a write may find that another projector was first, and how long to wait then: a random time up
// to refusalWait, so that the two don't meet again.
const (
	maxRefusals = 20
	refusalWait = 50 * time.Millisecond
)

// CatchUp brings one view of one key up to date with the store, in every version that is kept up to date, and answers the
// revision that queries have then seen. It may be called at any time, any number of times, by any number of processes.
//
// Where ctx has a deadline and the way is too long for it, the rest is left to the [Redriver], if there is one.
//
// Errors: [ErrUnknownView], [ErrUnwantedKey], a [*store.InvalidError] for a key that can't be, [*ParkedError] where the key waits for a
// redrive, and what the databases answer. What was folded before an error is kept.
func (p *Projector) CatchUp(ctx context.Context, viewName, key string) (store.Revision, error) {
	return p.eachVersion(ctx, viewName, key, func(v active) (store.Revision, error) {
		return p.catchUp(ctx, v, key, heedMark)
	})
}

// Redrive brings a parked key up to date, and every other key likewise: it pays no heed to the mark. Where the view's
// code fails again where the mark is, nothing changes, no message is sent, and the error is a [*ProjectionError]. Where it gets
// past the mark and fails at a later event, the key is parked there, with a message of its own, and the error is a
// [*ParkedError]. Its other errors are those of [Projector.CatchUp].
func (p *Projector) Redrive(ctx context.Context, viewName, key string) (store.Revision, error) {
	return p.eachVersion(ctx, viewName, key, func(v active) (store.Revision, error) { return p.redrive(ctx, v, key) })
}

// redrive is Redrive for one version.
func (p *Projector) redrive(ctx context.Context, v active, key string) (store.Revision, error) {
	if seen, err := p.catchUp(ctx, v, key, ignoreMark); err != nil {
		return seen, err
	}
	// Whatever rang while the mark still stood was turned away: it is in the store by now.
	return p.catchUp(ctx, v, key, ignoreMark)
}

// eachVersion does something with every version of a view that is kept up to date and wants the key. It answers the revision
// of the live one, and the first error of any.
func (p *Projector) eachVersion(ctx context.Context, viewName, key string, do func(active) (store.Revision, error)) (seen store.Revision, err error) {
	v, err := p.wanting(viewName, key)
	if err != nil {
		return 0, err
	}
	registered, err := p.registrations(ctx, v)
	if err != nil {
		return 0, err
	}
	all, err := p.active(v, registered[0])
	if err != nil {
		return 0, err
	}
	var failures []error
	for _, a := range all {
		if !a.wants(key) {
			continue
		}
		r, err := do(a)
		if errors.Is(err, errLeft) {
			err = nil
		}
		if a.version == registered[0].Live {
			seen = r
		}
		if err != nil {
			failures = append(failures, err)
		}
	}
	if len(failures) == 1 {
		return seen, failures[0]
	}
	return seen, errors.Join(failures...)
}

// wanting is the view of that name, if it wants the key.
func (p *Projector) wanting(viewName, key string) (*versions, error) {
	v, err := p.named(viewName)
	if err != nil {
		return nil, err
	}
	if err := store.ValidateKey(key); err != nil {
		return nil, err
	}
	if !v.wants(key) {
		return nil, fmt.Errorf("view %q, key %q: %w", v.name, key, ErrUnwantedKey)
	}
	return v, nil
}

// markMode is what a catch-up does about a parked key.
type markMode bool

const (
	heedMark   markMode = true  // leave it alone, and park one that fails
	ignoreMark markMode = false // try it again, and leave the mark as it is where that fails at the same event
)

// catchUp folds into the rows of v whatever key has that they haven't seen.
func (p *Projector) catchUp(ctx context.Context, v active, key string, mode markMode) (store.Revision, error) {
	s := p.session(v)
	defer s.close()
	return s.catchUp(ctx, key, news{}, mode)
}

// catchUp folds what key has that the rows haven't seen, up to what n tells of.
func (s *session) catchUp(ctx context.Context, key string, n news, mode markMode) (store.Revision, error) {
	p, v := s.projector, s.view
	way := newWay(ctx, v.allowance)
	for refused := 0; refused < maxRefusals; {
		at, err := s.at(ctx, key)
		if err != nil {
			return 0, err
		}
		p.seen.saw(v, key, at.Seen)
		if mode == heedMark && at.Parked != nil {
			return at.Seen, &ParkedError{View: v.name, Key: key, Seen: at.Seen, Parked: *at.Parked}
		}
		if n.seenBy(at.Seen) {
			return at.Seen, nil
		}
		if way.tooLong() && p.redriver != nil {
			return at.Seen, p.leave(ctx, v, key)
		}
		events, last, err := p.next(ctx, key, at.Seen, n)
		if err != nil || len(events) == 0 {
			return at.Seen, err
		}
		stands, err := s.advance(ctx, key, events, mode, at.Parked)
		if err != nil {
			return s.known[v.seen(key)].Seen, fmt.Errorf("view %q, key %q: %w", v.name, key, err)
		}
		if !stands {
			refused++
			pause(ctx)
		}
		at = s.current(v.seen(key))
		if way.whole = at.Seen == events[len(events)-1].Revision; way.whole && last && stands && at.Seen >= n.revision {
			p.seen.saw(v, key, at.Seen)
			return at.Seen, nil
		}
	}
	return 0, fmt.Errorf("view %q, key %q: %w: others kept writing the same rows first", v.name, key, store.ErrThrottled)
}

// errLeft says that the rest of a long way was left to the redriver.
var errLeft = errors.New("left to a redrive")

// leave has the rest of a long way done later: the error is then errLeft.
func (p *Projector) leave(ctx context.Context, v active, key string) error {
	if err := p.redriver.SendRedrive(ctx, v.name, key); err != nil {
		return fmt.Errorf("view %q, key %q: send the redrive message for the rest of the way: %w", v.name, key, err)
	}
	p.log.Info("a long way: the rest is left to a redrive", "view", v.name, "version", v.version, "key", key)
	return errLeft
}

// way watches the time on the way through a key's events.
type way struct {
	deadline  time.Time // zero: none
	allowance *allowance
	begun     time.Time // when the stride under way began; zero: none did
	whole     bool      // the last one was done as far as it was meant to be, which slow code isn't
}

func newWay(ctx context.Context, a *allowance) *way {
	w := &way{allowance: a}
	w.deadline, _ = ctx.Deadline()
	return w
}

// tooLong says, before each stride, whether there may be no time for it: the last one took more than half of what is left.
func (w *way) tooLong() bool {
	now := time.Now()
	took, first := now.Sub(w.begun), w.begun.IsZero()
	w.begun = now
	if first || w.deadline.IsZero() {
		return false
	}
	left := w.deadline.Sub(now)
	if w.whole {
		left = min(left, w.allowance.left())
	}
	return left < 2*took
}

// at reads where the view stands with the key.
func (s *session) at(ctx context.Context, key string) (Stored, error) {
	id := s.view.seen(key)
	if err := s.load(ctx, id); err != nil {
		return Stored{}, fmt.Errorf("view %q, key %q: %w", s.view.name, key, err)
	}
	return s.current(id), nil
}

// advance folds events as far as they fit into one write, and writes. An event that can't be folded parks the key, unless
// it is the one of the mark that is ignored: both are errors. false and no error: another projector was first.
func (s *session) advance(ctx context.Context, key string, events []store.Committed, mode markMode, mark *Parked) (bool, error) {
	_, err := s.fold(ctx, key, events)
	var failure *ProjectionError
	if err != nil && !errors.As(err, &failure) {
		return false, err
	}
	stands, err := s.flush(ctx)
	switch {
	case err != nil || !stands || failure == nil:
		return stands, err
	case mode == ignoreMark && mark != nil && mark.Revision == failure.Revision:
		return false, failure // its message is under way, the caller's in most cases
	}
	return s.park(ctx, key, failure)
}

// next is the next events behind seen: carried by n where n has exactly those, or else read from the store, and from there on
// carried. last says that the store had no more.
func (p *Projector) next(ctx context.Context, key string, seen store.Revision, n news) (events []store.Committed, last bool, err error) {
	if events = n.following(seen); len(events) > 0 {
		return events, false, nil
	}
	r := store.Range{Start: seen + 1, Limit: stride}
	if upTo := n.firstBehind(seen); upTo > 0 { // heal the gap, then go on with what is carried
		p.counts.gaps.Add(1)
		r.End = upTo - 1
	}
	size := 0
	for e, err := range p.store.Read(ctx, key, r) {
		if err != nil {
			return nil, false, err
		}
		events = append(events, e)
		if size += len(e.Data); size >= strideBytes {
			return events, false, nil
		}
	}
	if len(events) == 0 && n.revision > seen {
		return nil, false, &AheadError{Key: key, Revision: n.revision, Head: seen}
	}
	if r.End > 0 && len(events) > 0 {
		return append(events, n.following(events[len(events)-1].Revision)...), false, nil
	}
	return events, len(events) < stride, nil
}

// pause waits a moment, less if ctx ends.
func pause(ctx context.Context) {
	t := time.NewTimer(rand.N(refusalWait)) //nolint:gosec // spreads load, guards nothing
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
