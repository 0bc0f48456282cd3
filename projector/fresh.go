package projector

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aeon-es/aeon/store"
)

// What a [Freshness] may ask for.
const (
	// MaxWait is the longest wait.
	MaxWait = 20 * time.Second
	// MaxAfter is the most revisions in After.
	MaxAfter = 20
)

// Freshness says what a row has to show, and what to do about one that doesn't yet. The zero value asks for nothing.
type Freshness struct {
	// Revision is the one of the row's own key that it has to show, or a later one. Only in views with one row per key.
	Revision store.Revision
	// After are the revisions that the view must have seen, each of its key, before the row is read; at most [MaxAfter]. In views
	// with one row per key that can only be the row's own key.
	After []KeyRevision
	// Lazy folds the events that the row doesn't show yet into it, in memory, up to [MaxLazy] of them: nothing is stored. Only in
	// views with one row per key.
	Lazy bool
	// Wait is how long to wait for what isn't there yet, at most [MaxWait]. It ends a little before the context's deadline, so
	// that there is time left to say so.
	Wait time.Duration
}

// KeyRevision is a revision of a key.
type KeyRevision struct {
	Key      string
	Revision store.Revision
}

// QueryFresh is [Projector.Query] for a row that has to show certain events: what it answers without an error
// does. Its other errors: [*BehindError] if it doesn't show them yet, with the row as it is; [*ParkedError] if it will not, since the view can't
// fold an event of that key; a [*store.InvalidError] for a freshness that can't be.
//
// Waiting reads again as soon as this projector has written what it waits for, and after pauses that grow from a twentieth of a second to
// one second, as others may write it.
func (p *Projector) QueryFresh(ctx context.Context, viewName, id string, f Freshness) (Result, error) {
	if err := p.validate(viewName, id, &f); err != nil {
		return Result{}, err
	}
	wait := newWait(ctx, f.Wait)
	if f.Wait > 0 {
		joined := p.waiters.join(viewName, f.asked(id))
		defer p.waiters.leave(viewName, joined)
		wait.told = joined.told
	}
	for {
		r, err := p.queryOnce(ctx, viewName, id, f)
		var behind *BehindError
		switch {
		case errors.As(err, &behind):
			wait.behind, wait.row = err, r
		case err != nil && ctx.Err() != nil && wait.behind != nil: // its time ended in the middle of a read
			return wait.row, wait.behind
		default:
			return r, err
		}
		if !wait.pause(ctx) {
			return r, err
		}
	}
}

// validate makes sure that f can be asked of the view, and puts it into one form: of a view with one row per key it asks
// for a Revision, of others it names each key once.
func (p *Projector) validate(viewName, id string, f *Freshness) error {
	all, err := p.named(viewName)
	if err != nil {
		return err
	}
	invalid := func(field, format string, args ...any) error {
		return &store.InvalidError{Field: field, Problem: fmt.Sprintf(format, args...)}
	}
	switch {
	case f.Wait < 0 || f.Wait > MaxWait:
		return invalid("wait", "must be from 0 to %s", MaxWait)
	case len(f.After) > MaxAfter:
		return invalid("after", "names %d revisions, the limit is %d", len(f.After), MaxAfter)
	case f.Revision > 0 && !all.keyed:
		return invalid("revision", "means nothing for view %q, whose rows are made of many keys: say after which revision of which key", viewName)
	case f.Lazy && !all.keyed:
		return invalid("lazy", "can't be done for view %q, whose rows are made of many keys", viewName)
	}
	var after []KeyRevision
	asked := map[string]int{}
	for _, a := range f.After {
		if err := store.ValidateKey(a.Key); err != nil {
			return invalid("after", "%v", err)
		}
		switch i, known := asked[a.Key]; {
		case all.keyed && a.Key != id:
			return invalid("after", "names key %q, but row %q of view %q is made of its own key alone", a.Key, id, viewName)
		case !all.wants(a.Key):
			return invalid("after", "names key %q, which view %q doesn't want", a.Key, viewName)
		case all.keyed:
			f.Revision = max(f.Revision, a.Revision)
		case known:
			after[i].Revision = max(after[i].Revision, a.Revision)
		default:
			asked[a.Key] = len(after)
			after = append(after, a)
		}
	}
	f.After = after
	return nil
}

// asked is what a validated f asks for, key by key.
func (f *Freshness) asked(id string) []KeyRevision {
	if f.Revision > 0 { // the row's own
		return []KeyRevision{{Key: id, Revision: f.Revision}}
	}
	return f.After
}

// queryOnce answers without waiting. What it looks at is of one version of the view.
func (p *Projector) queryOnce(ctx context.Context, viewName, id string, f Freshness) (Result, error) {
	v, err := p.queried(ctx, viewName, id)
	if err != nil {
		return Result{}, err
	}
	if err := p.hasSeen(ctx, v, f.After); err != nil { // first what was seen, then the row, which shows at least that
		return Result{}, err
	}
	read := p.read
	if f.Lazy {
		read = p.readLazily
	}
	r, err := read(ctx, v, id)
	switch {
	case f.Revision > 0 && r.Revision >= f.Revision:
		var parked *ParkedError
		var behind *BehindError
		if errors.As(err, &parked) || errors.As(err, &behind) {
			return r, nil // what was asked for is there, whatever is behind it
		}
	case err == nil && r.Revision < f.Revision:
		err = &BehindError{View: viewName, Key: id, Current: r.Revision, Requested: f.Revision}
	}
	return r, err
}

// hasSeen says whether a view of many keys has seen these revisions.
func (p *Projector) hasSeen(ctx context.Context, v *view, after []KeyRevision) error {
	if len(after) == 0 {
		return nil
	}
	ids := make([]ItemID, len(after))
	for i, a := range after {
		ids[i] = v.seen(a.Key)
	}
	items, err := p.backend.Load(ctx, ids...)
	if err != nil {
		return fmt.Errorf("read what view %q has seen: %w", v.name, err)
	}
	var behind error
	for i, a := range after {
		seen, mark := items[i].Seen, items[i].Parked
		switch {
		case seen >= a.Revision:
		case mark != nil:
			return &ParkedError{View: v.name, Key: a.Key, Seen: seen, Parked: *mark}
		case behind == nil:
			behind = &BehindError{View: v.name, Key: a.Key, Current: seen, Requested: a.Revision}
		}
	}
	return behind
}

// BehindError says that a view doesn't show a revision yet that was asked for. Ask again.
type BehindError struct {
	View      string
	Key       string
	Current   store.Revision // the last one of the key that it shows
	Requested store.Revision
}

// Error names the view, the key and both revisions.
func (e *BehindError) Error() string {
	return fmt.Sprintf("view %q shows key %q up to revision %d, not %d yet: ask again", e.View, e.Key, e.Current, e.Requested)
}

// How a wait goes: the first pause, the longest, and how long before the context's deadline it ends.
const (
	firstPause   = 50 * time.Millisecond
	longestPause = time.Second
	waitReserve  = 250 * time.Millisecond
)

// wait is a wait under way, and what the last look showed.
type wait struct {
	until  time.Time
	next   time.Duration
	told   <-chan struct{} // of what this process has written
	row    Result
	behind error
}

func newWait(ctx context.Context, d time.Duration) *wait {
	w := &wait{until: time.Now().Add(d), next: firstPause}
	if deadline, ok := ctx.Deadline(); ok && deadline.Add(-waitReserve).Before(w.until) {
		w.until = deadline.Add(-waitReserve)
	}
	return w
}

// pause waits until it is told, or a while before the next look, each time longer, and never for the same time: those who wait for the same
// shall not come all at once. false: the wait is over.
func (w *wait) pause(ctx context.Context) bool {
	left := time.Until(w.until)
	if left <= 0 {
		return false
	}
	d := w.next/2 + rand.N(w.next/2) //nolint:gosec // spreads load, guards nothing
	w.next = min(2*w.next, longestPause)
	t := time.NewTimer(min(d, left))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-w.told:
		return true
	case <-ctx.Done():
		return false
	}
}
