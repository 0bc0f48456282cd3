package projector

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/store"
)

// Standing is where one version of a view stands with a key.
type Standing struct {
	View    string
	Version int
	Key     string
	// Seen is the last revision of the key that the version has seen.
	Seen store.Revision
	// Parked says why the key waits for a redrive; nil if it doesn't.
	Parked *Parked
	// Skips are the events that were passed over by [Projector.Skip], oldest first: the rows aren't the fold of those. Lists
	// leave them out.
	Skips []Skip
}

// listPage is how many marks are read at once.
const listPage = 100

// Parked lists the keys that wait for a redrive in a view, in every version that is kept up to date: in any order, each once for
// a version. It reads page by page, as the loop goes on, and ends after an error: [ErrUnknownView], and what the database
// answers. On DynamoDB the list may lag behind by some time, so that a key which it shows may be redriven by now:
// [Projector.Inspect] knows.
func (p *Projector) Parked(ctx context.Context, viewName string) iter.Seq2[Standing, error] {
	return func(yield func(Standing, error) bool) {
		all, err := p.activeOf(ctx, viewName)
		if err != nil {
			yield(Standing{}, err)
			return
		}
		for _, v := range all {
			for at, err := range p.parkedIn(ctx, v) {
				if !yield(at, err) || err != nil {
					return
				}
			}
		}
	}
}

// activeOf are the versions of a view that are kept up to date.
func (p *Projector) activeOf(ctx context.Context, viewName string) ([]active, error) {
	v, err := p.named(viewName)
	if err != nil {
		return nil, err
	}
	registered, err := p.registrations(ctx, v)
	if err != nil {
		return nil, err
	}
	return p.active(v, registered[0])
}

// parkedIn lists the keys that wait in one version.
func (p *Projector) parkedIn(ctx context.Context, v active) iter.Seq2[Standing, error] {
	return func(yield func(Standing, error) bool) {
		for page, more := "", true; more; more = page != "" {
			var items []ParkedItem
			var err error
			if items, page, err = p.backend.ListParked(ctx, v.name, v.version, page, listPage); err != nil {
				yield(Standing{}, fmt.Errorf("list what is parked in view %q: %w", v.name, err))
				return
			}
			for _, i := range items {
				if !yield(Standing{View: v.name, Version: v.version, Key: i.ID.ID, Seen: i.Seen, Parked: &i.Parked}, nil) {
					return
				}
			}
		}
	}
}

// Inspect says where a view stands with a key, read with strong consistency: in every version that is kept up to date,
// the lowest first. Errors: [ErrUnknownView], [ErrUnwantedKey], a [*store.InvalidError] for a key that can't be, and what the
// database answers.
func (p *Projector) Inspect(ctx context.Context, viewName, key string) ([]Standing, error) {
	var all []Standing
	_, err := p.eachVersion(ctx, viewName, key, func(v active) (store.Revision, error) {
		at, err := p.session(v).at(ctx, key)
		all = append(all, Standing{View: v.name, Version: v.version, Key: key, Seen: at.Seen, Parked: at.Parked, Skips: at.Skips})
		return at.Seen, err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Redriven is how the redrive of one key ended, in one version of a view.
type Redriven struct {
	Version int
	Key     string
	Seen    store.Revision
	Err     error // as of [Projector.Redrive]; nil if the version is up to date with the key
}

// RedriveAll redrives every key that is parked in a view, several side by side, and tells report of each as it ends, of one
// at a time; nil if nobody is to be told. A key that fails stays parked and keeps nobody from the others. The error is that
// of the list, as of [Projector.Parked]: keys that weren't reported are left.
func (p *Projector) RedriveAll(ctx context.Context, viewName string, report func(Redriven)) error {
	versions, err := p.activeOf(ctx, viewName)
	if err != nil {
		return err
	}
	var all errgroup.Group
	all.SetLimit(atOnce)
	var mu sync.Mutex
	redrive := func(v active, key string) {
		seen, err := p.redrive(ctx, v, key)
		if errors.Is(err, errLeft) {
			err = nil
		}
		mu.Lock()
		defer mu.Unlock()
		if report != nil {
			report(Redriven{Version: v.version, Key: key, Seen: seen, Err: err})
		}
	}
	for _, v := range versions {
		for at, failed := range p.parkedIn(ctx, v) {
			if err = failed; err != nil {
				break
			}
			all.Go(func() error { redrive(v, at.Key); return nil })
		}
	}
	_ = all.Wait() // each was reported
	return err
}

// What a view keeps of the events that were skipped, for each key.
const (
	MaxSkips      = 16
	MaxSkipReason = 200 // bytes
)

var (
	// ErrNotParked says that the key isn't parked at the event that is to be skipped: it may have been redriven.
	ErrNotParked = errors.New("not parked there")
	// ErrTooManySkips says that a view keeps [MaxSkips] skips of a key already.
	ErrTooManySkips = errors.New("too many skips")
)

// Skip has a view pass over the event at which a key is parked, as if it weren't there, and then catch up: every version that
// is parked at this event. The reason, 1 to [MaxSkipReason] bytes, is kept with the key: [Projector.Inspect] has it. A version
// that is built later meets the event again. Skipping an event once more only catches up, so that Skip can be repeated
// when its answer was lost.
//
// Errors: [ErrNotParked] where no mark stands there, [ErrTooManySkips], a [*ParkedError] where the event is skipped and a
// later one fails, and those of [Projector.CatchUp].
func (p *Projector) Skip(ctx context.Context, viewName, key string, revision store.Revision, reason string) (store.Revision, error) {
	if _, err := p.wanting(viewName, key); err != nil {
		return 0, err
	}
	if err := validateReason(reason); err != nil {
		return 0, err
	}
	skip := Skip{Revision: revision, Reason: reason, At: p.now().UTC()}
	skipped := false
	var elsewhere error
	seen, err := p.eachVersion(ctx, viewName, key, func(v active) (store.Revision, error) {
		err := p.skip(ctx, v, key, skip)
		if errors.Is(err, ErrNotParked) {
			elsewhere = err
			return 0, nil
		}
		skipped = skipped || err == nil
		return 0, err
	})
	switch {
	case err != nil:
		return 0, err
	case !skipped:
		return seen, elsewhere
	}
	return p.CatchUp(ctx, viewName, key)
}

// skip moves what the view has seen past the event at which the key is parked.
func (p *Projector) skip(ctx context.Context, v active, key string, skip Skip) error {
	for range maxRefusals {
		s := p.session(v)
		at, err := s.at(ctx, key)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(at.Skips, func(done Skip) bool { return done.Revision == skip.Revision }) {
			return nil
		}
		if err := at.allowSkip(skip.Revision); err != nil {
			return fmt.Errorf("view %q, key %q: %w", v.name, key, err)
		}
		next := at
		next.Token, next.Seen, next.Parked = newToken(), skip.Revision, nil
		next.Skips = append(slices.Clone(at.Skips), skip)
		s.set(v.seen(key), next)
		done, err := s.flush(ctx)
		if err != nil {
			return fmt.Errorf("view %q, key %q: %w", v.name, key, err)
		}
		if done {
			p.log.Warn("an event is skipped in a view, on purpose", "view", v.name, "key", key,
				"revision", uint64(skip.Revision), "reason", skip.Reason)
			return nil
		}
		pause(ctx)
	}
	return fmt.Errorf("view %q, key %q: %w: others kept writing the same rows first", v.name, key, store.ErrThrottled)
}

// allowSkip says whether the event is the one that keeps the view from going on.
func (s Stored) allowSkip(revision store.Revision) error {
	switch {
	case s.Parked == nil:
		return fmt.Errorf("revision %d: %w: the view goes on, it has seen revision %d", revision, ErrNotParked, s.Seen)
	case s.Parked.Revision != revision || s.Seen+1 != revision:
		return fmt.Errorf("revision %d: %w: it is parked at revision %d", revision, ErrNotParked, s.Parked.Revision)
	case len(s.Skips) >= MaxSkips:
		return fmt.Errorf("%w: %d are recorded, which is all there may be: have the view's code pass over such events and redrive",
			ErrTooManySkips, len(s.Skips))
	}
	return nil
}

func validateReason(reason string) error {
	var problem string
	switch {
	case reason == "":
		problem = "is empty: say why the event is skipped"
	case len(reason) > MaxSkipReason:
		problem = fmt.Sprintf("is %d bytes long, the limit is %d", len(reason), MaxSkipReason)
	case !utf8.ValidString(reason):
		problem = "is not valid UTF-8"
	case strings.ContainsFunc(reason, unicode.IsControl):
		problem = fmt.Sprintf("%q contains a control character", reason)
	default:
		return nil
	}
	return &store.InvalidError{Field: "reason", Problem: problem}
}
