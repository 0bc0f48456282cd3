package projector

import (
	"context"
	"fmt"

	"github.com/aeon-es/aeon/store"
)

// stride is how many events a catch-up folds before it saves: what a crash costs at most.
const stride = 1000

// CatchUp brings one view of one key up to date with the store, and answers the revision it has then
// seen. It may be called at any time, any number of times, by any number of processes.
//
// Errors: [ErrUnknownView], [ErrUnwantedKey], a [*store.InvalidError] for a key that can't be, [*ProjectionError], and what
// the databases answer. What was folded before an error is kept.
func (p *Projector) CatchUp(ctx context.Context, viewName, key string) (store.Revision, error) {
	v, err := p.view(viewName)
	if err != nil {
		return 0, err
	}
	if err := store.ValidateKey(key); err != nil {
		return 0, err
	}
	if !v.wants(key) {
		return 0, fmt.Errorf("view %q, key %q: %w", v.name, key, ErrUnwantedKey)
	}
	return p.catchUp(ctx, v, key, news{})
}

// catchUp folds into the row of key what it hasn't seen, up to what n tells of.
func (p *Projector) catchUp(ctx context.Context, v *view, key string, n news) (store.Revision, error) {
	id := v.row(key)
	stored, err := p.backend.Load(ctx, id)
	if err != nil {
		return 0, fmt.Errorf("view %q, key %q: load the row: %w", v.name, key, err)
	}
	for !n.seenBy(stored.Seen) {
		events, err := p.next(ctx, key, stored.Seen, n)
		if err != nil {
			return stored.Seen, fmt.Errorf("view %q: %w", v.name, err)
		}
		if len(events) == 0 {
			return stored.Seen, nil
		}
		if stored, err = p.foldInto(ctx, v, key, stored, events); err != nil {
			return stored.Seen, err
		}
	}
	return stored.Seen, nil
}

// foldInto folds events, which follow on stored, and saves. It answers what is stored then, which is another's
// row where another projector was first.
func (p *Projector) foldInto(ctx context.Context, v *view, key string, stored Stored, events []store.Committed) (Stored, error) {
	row, folded, failure := v.fold(stored.Row, events)
	if failure != nil {
		failure = &ProjectionError{View: v.name, Key: key, Revision: events[folded].Revision, Err: failure}
		if folded == 0 {
			return stored, failure
		}
		// Apply may have touched the row before it failed: fold anew what went well.
		var err error
		if row, _, err = v.fold(stored.Row, events[:folded]); err != nil {
			return stored, failure
		}
	}
	next := Stored{Seen: events[folded-1].Revision, Row: row}
	instead, err := p.backend.Save(ctx, v.row(key), stored.Seen, next)
	switch {
	case err != nil:
		return stored, fmt.Errorf("view %q, key %q: save the row at revision %d: %w", v.name, key, next.Seen, err)
	case instead != nil:
		return *instead, nil // the other may not have met the failure: see from there
	}
	return next, failure
}

// next is the next events behind seen: carried by n where n has exactly those, or else read from the store.
func (p *Projector) next(ctx context.Context, key string, seen store.Revision, n news) ([]store.Committed, error) {
	if events := n.following(seen); len(events) > 0 {
		return events, nil
	}
	r := store.Range{Start: seen + 1, Limit: stride}
	if upTo := n.firstBehind(seen); upTo > 0 { // heal the gap, then go on with what is carried
		r.End = upTo - 1
	}
	var events []store.Committed
	for e, err := range p.store.Read(ctx, key, r) {
		if err != nil {
			return nil, err
		}
		events = append(events, e)
	}
	if len(events) == 0 && n.revision > seen {
		return nil, fmt.Errorf("key %q: news of revision %d, but the store has nothing behind %d", key, n.revision, seen)
	}
	return events, nil
}

// news is what doorbells tell of one key.
type news struct {
	revision store.Revision  // there are events up to here; 0: as many as there are
	commits  []*store.Commit // carried by the doorbells, ordered by revision, each once
}

// seenBy says whether a row that has seen revision seen has nothing to learn.
func (n news) seenBy(seen store.Revision) bool { return n.revision > 0 && seen >= n.revision }

// following is the carried events right behind seen, up to stride of them or the end of a commit.
func (n news) following(seen store.Revision) []store.Committed {
	var events []store.Committed
	for _, c := range n.commits {
		if c.Last() <= seen {
			continue
		}
		if c.Revision > seen+1 || len(events) >= stride {
			break
		}
		for e := range c.All() {
			if e.Revision > seen {
				events = append(events, e)
			}
		}
		seen = c.Last()
	}
	return events
}

// firstBehind is the first carried revision behind seen, 0 if there is none.
func (n news) firstBehind(seen store.Revision) store.Revision {
	for _, c := range n.commits {
		if c.Revision > seen {
			return c.Revision
		}
	}
	return 0
}
