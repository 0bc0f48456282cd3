package projector

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"
)

// atOnce is how many catch-ups of a batch go on side by side.
const atOnce = 16

// Ring answers a batch of doorbells: every view catches up on every key they name, side by side. It ends
// when all of it is done or has failed; a key whose events a view can't fold is parked there, which is no failure. If
// something else did fail, a [*BacklogError] tells which doorbells to ring again; ringing again is always safe.
func (p *Projector) Ring(ctx context.Context, bells []Doorbell) error {
	if len(bells) == 0 {
		return nil
	}
	p.observer.rung(bells)
	all, err := p.allActive(ctx)
	if err != nil {
		return &BacklogError{Failed: allOf(bells), Err: err}
	}
	failed := newFailures(len(bells))
	keys := make([][]*keyNews, len(all)) // by view
	results := make([]map[string]error, len(all))
	forSome := p.forSomeViews(bells, failed)
	var views errgroup.Group
	for i, v := range all {
		if i == 0 || forSome {
			keys[i] = newsByKey(bells, v.name)
		} else {
			keys[i] = keys[0]
		}
		views.Go(func() error {
			results[i] = p.ringView(ctx, v, keys[i])
			return nil
		})
	}
	_ = views.Wait() // each keeps its own failures
	for i := range all {
		failed.addKeys(bells, keys[i], results[i])
	}
	if err := failed.err(); err != nil {
		return err
	}
	p.counts.batch(bells, p.now())
	return nil
}

// forSomeViews says whether some doorbells are not for all views. Those for views that aren't known have failed.
func (p *Projector) forSomeViews(bells []Doorbell, failed *failures) (yes bool) {
	for i, b := range bells {
		if b.View == "" {
			continue
		}
		yes = true
		if _, err := p.named(b.View); err != nil {
			failed.add(err, i)
		}
	}
	return yes
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
	return p.catchUpAll(ctx, v, keys)
}

// catchUpAll is ringView for as long as it takes.
func (p *Projector) catchUpAll(ctx context.Context, v active, keys []*keyNews) map[string]error {
	var wanted []*keyNews
	for _, k := range keys {
		if v.wants(k.key) {
			wanted = append(wanted, k)
		}
	}
	alone, failed := p.together(ctx, v, wanted)
	for key, err := range p.eachAlone(ctx, v, alone) {
		failed[key] = err
	}
	return failed
}

// turn is a key whose turn is still to come, by itself.
type turn struct {
	*keyNews
	at *Stored // where the view stands with it, if that was read
}

// eachAlone catches up on each key by itself, several side by side.
func (p *Projector) eachAlone(ctx context.Context, v active, keys []turn) map[string]error {
	results := make([]error, len(keys))
	var all errgroup.Group
	all.SetLimit(atOnce)
	for i, k := range keys {
		all.Go(func() error {
			s := p.session(v)
			defer s.close()
			if k.at != nil {
				s.known[v.seen(k.key)] = *k.at
			}
			_, results[i] = s.catchUp(ctx, k.key, k.news, heedMark)
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
