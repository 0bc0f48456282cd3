package store

import (
	"context"
	"fmt"
	"iter"
	"slices"
)

// Range says which of a key's events to read. The zero value is all of them, first to last.
type Range struct {
	// Start and End are the first and last revision wanted, both inclusive; 0 leaves that side open.
	Start, End Revision
	// StartPosition and EndPosition bound the range by position, in the place of Start and End. Finding them
	// costs a few small reads, more by one whenever the key has twice as many events.
	StartPosition, EndPosition Position
	// StartExclusive and EndExclusive leave out the event at the start and at the end.
	StartExclusive, EndExclusive bool
	// Limit is how many events to read at most, counting those that pass; 0 means no limit.
	Limit int
	// Backward reads the last event first. Start is still the lower revision.
	Backward bool
	// Types lets pass events of these types only; none means all.
	Types []string
	// Where lets pass only events for which it is true; nil means all.
	Where func(Committed) bool
	// Eventual reads at half the price what may be a little behind. Never for a decision.
	Eventual bool
}

// bounds are the first and last revision wanted, both inclusive; last 0 means no end.
func (r Range) bounds() (first, last Revision, empty bool, err error) {
	switch {
	case r.Limit < 0:
		return 0, 0, false, invalidf("limit", "%d is negative", r.Limit)
	case r.EndExclusive && r.End == 0:
		return 0, 0, false, invalidf("endExclusive", "needs an end")
	case r.End != 0 && r.Start > r.End:
		return 0, 0, false, invalidf("start", "%d lies behind end %d", r.Start, r.End)
	}
	first, last = max(1, r.Start), r.End
	if r.StartExclusive && r.Start > 0 {
		if first = r.Start + 1; first == 0 { // behind the last revision that there can be
			return 0, 0, true, nil
		}
	}
	if r.EndExclusive {
		last--
	}
	return first, last, r.End != 0 && first > last, nil
}

func (r Range) filtered() bool { return len(r.Types) > 0 || r.Where != nil }

func (r Range) passes(e Committed) bool {
	return (len(r.Types) == 0 || slices.Contains(r.Types, e.Type)) && (r.Where == nil || r.Where(e))
}

// Read iterates over a key's events. Reading is lazy, page by page, the next page fetched while one is
// used, and ends after the first error. Breaking off the loop releases everything.
//
// Errors: [*InvalidError] for a key or range that can't be; [*DamagedError]; what the database answers otherwise.
func (s *Store) Read(ctx context.Context, key string, r Range) iter.Seq2[Committed, error] {
	return func(yield func(Committed, error) bool) {
		sc, err := s.newScan(ctx, key, r)
		if err != nil {
			yield(Committed{}, err)
			return
		}
		sc.events(ctx, yield)
	}
}

// ReadForAppend is [Store.Read] together with the key's head, for deciding on the events and appending
// [At] that head: the events end where the head stands. For a key that fits one page it costs one request.
func (s *Store) ReadForAppend(ctx context.Context, key string, r Range) (Head, iter.Seq2[Committed, error], error) {
	r.Eventual = false
	sc, err := s.newScan(ctx, key, r)
	if err != nil {
		return Head{}, nil, err
	}
	head, err := sc.start(ctx)
	if err != nil {
		return Head{}, nil, err
	}
	return head, func(yield func(Committed, error) bool) {
		once := *sc // so that it can be ranged over again
		once.events(ctx, yield)
	}, nil
}

// ReadLatest reads a key's last event; false if it has none.
func (s *Store) ReadLatest(ctx context.Context, key string) (Committed, bool, error) {
	for e, err := range s.Read(ctx, key, Range{Backward: true, Limit: 1}) {
		return e, err == nil, err
	}
	return Committed{}, false, nil
}

// Head reads a key's head: revision 0 if it has no events.
func (s *Store) Head(ctx context.Context, key string) (Head, error) {
	if err := ValidateKey(key); err != nil {
		return Head{}, err
	}
	page, err := s.backend.Commits(ctx, CommitQuery{Key: key, Backward: true, Limit: 1, WithoutEvents: true})
	if err != nil {
		return Head{}, fmt.Errorf("read the head of key %q: %w", key, err)
	}
	if len(page.Commits) == 0 {
		return Head{store: s, key: key}, nil
	}
	return s.sawCommit(&page.Commits[0]), nil
}

// sawCommit takes note of a commit that is stored, and gives the head that it left.
func (s *Store) sawCommit(c *Commit) Head {
	h := Head{store: s, key: c.Key, revision: c.Last(), position: c.LastPosition()}
	s.clock.observe(h.position)
	s.turns.saw(h)
	return h
}
