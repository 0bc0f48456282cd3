package projector

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// atOnce is how many catch-ups of a batch go on side by side.
const atOnce = 16

// Ring answers a batch of doorbells: every view catches up on every key they name, side by side. It ends
// when all of it is done or has failed; a key whose events a view can't fold is parked there, which is no failure. If
// something else did fail, a [*BacklogError] tells from which doorbell on to ring again; ringing again is always safe.
func (p *Projector) Ring(ctx context.Context, bells []Doorbell) error {
	if len(bells) == 0 {
		return nil
	}
	all, err := p.allActive(ctx)
	if err != nil {
		return &BacklogError{First: 0, Err: err}
	}
	keys := newsByKey(bells)
	failures := make([]map[string]error, len(all)) // by view, then by key
	var views errgroup.Group
	for i, v := range all {
		views.Go(func() error {
			failures[i] = p.ringView(ctx, v, keys)
			return nil
		})
	}
	_ = views.Wait() // each keeps its own failures
	first := len(bells)
	var causes []error
	for _, failed := range failures {
		for _, k := range keys {
			if err := failed[k.key]; err != nil {
				first = min(first, k.first)
				causes = append(causes, err)
			}
		}
	}
	if len(causes) == 0 {
		return nil
	}
	return &BacklogError{First: first, Err: errors.Join(causes...)}
}

// allActive are the versions of all views that are kept up to date.
func (p *Projector) allActive(ctx context.Context) ([]active, error) {
	registered, err := p.registrations(ctx, p.views...)
	if err != nil {
		return nil, err
	}
	var all []active
	for i, v := range p.views {
		some, err := p.active(v, registered[i])
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// ringView brings one view up to date, and answers what failed by key.
func (p *Projector) ringView(ctx context.Context, v active, keys []*keyNews) map[string]error {
	v.allowance = newAllowance(ctx)
	var wanted []*keyNews
	for _, k := range keys {
		if v.wants(k.key) {
			wanted = append(wanted, k)
		}
	}
	if v.keyed {
		return p.eachAlone(ctx, v, wanted)
	}
	alone, failed := p.together(ctx, v, wanted)
	for key, err := range p.eachAlone(ctx, v, alone) {
		failed[key] = err
	}
	return failed
}

// eachAlone catches up on each key by itself, several side by side.
func (p *Projector) eachAlone(ctx context.Context, v active, keys []*keyNews) map[string]error {
	results := make([]error, len(keys))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, k := range keys {
		all.Go(func() error {
			_, results[i] = p.catchUp(ctx, v, k.key, k.news, heedMark)
			return nil
		})
	}
	_ = all.Wait() // each keeps its own result
	failed := map[string]error{}
	for i, k := range keys {
		var parked *ParkedError
		if results[i] != nil && !errors.Is(results[i], errLeft) && !errors.As(results[i], &parked) {
			failed[k.key] = results[i]
		}
	}
	return failed
}

// together folds the news of many keys into as few writes as they fit in: a row that many of them touch is
// written once. It leaves to eachAlone the keys that need more than that: those with more news than one write takes, those
// whose events fail, and all of a write that another projector was ahead of.
func (p *Projector) together(ctx context.Context, v active, keys []*keyNews) (alone []*keyNews, failed map[string]error) {
	failed = map[string]error{}
	s := p.session(v)
	var written []*keyNews // pending in s
	flush := func() {
		stands, err := s.flush(ctx)
		for _, k := range written {
			if err != nil {
				failed[k.key] = fmt.Errorf("view %q, key %q: %w", v.name, k.key, err)
			} else if !stands {
				alone = append(alone, k)
			}
		}
		written = nil
	}
	if err := s.loadSeen(ctx, keys); err != nil {
		return keys, failed // each will say for itself
	}
	for _, k := range keys {
		folded, done := p.foldBeside(ctx, s, k)
		if !folded && len(written) > 0 {
			flush()
			folded, done = p.foldBeside(ctx, s, k)
		}
		switch {
		case folded && done:
			written = append(written, k)
		case !done:
			alone = append(alone, k)
		}
	}
	flush()
	return alone, failed
}

// foldBeside folds a key's news beside what is pending in s, if all of it fits. done and not folded: there was
// nothing to fold.
func (p *Projector) foldBeside(ctx context.Context, s *session, k *keyNews) (folded, done bool) {
	if k.seenBy(p.seen.get(s.view, k.key)) {
		return false, true
	}
	at, err := s.at(ctx, k.key)
	if err != nil {
		return false, false
	}
	p.seen.saw(s.view, k.key, at.Seen)
	if at.Parked != nil || k.seenBy(at.Seen) {
		return false, true
	}
	events, err := p.next(ctx, k.key, at.Seen, k.news)
	if err != nil || len(events) == 0 || !k.seenBy(events[len(events)-1].Revision) {
		return false, false
	}
	before := s.snapshot()
	if n, err := s.fold(ctx, k.key, events); err != nil || n < len(events) {
		s.restore(before)
		return false, false
	}
	return true, true
}
