package store

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"time"
)

// DefaultHorizon is how old a position must be, unless said otherwise, to count as settled.
const DefaultHorizon = 5 * time.Second

// AllRange says which of a store's events to read, by position. The zero value is all of them.
type AllRange struct {
	// Start and End are the first and last position wanted, both inclusive; the zero position leaves that
	// side open.
	Start, End Position
	// StartExclusive and EndExclusive leave out the events at Start and at End: to go on behind the last event
	// that was read, start exclusively at its position.
	StartExclusive, EndExclusive bool
	// Limit is how many events to read at most, counting those that pass; 0 means no limit.
	Limit int
	// Backward reads the last event first. Start is still the lower position.
	Backward bool
	// Types lets pass events of these types only; none means all.
	Types []string
	// KeyPrefix lets pass events of keys that begin with it.
	KeyPrefix string
	// Where lets pass only events for which it is true; nil means all.
	Where func(Committed) bool
	// Settled ends the range at the horizon: behind it, an append still under way, a clock that is
	// behind or an index that lags can put an event before one already read.
	Settled bool
}

func (r AllRange) validate() error {
	switch {
	case r.Limit < 0:
		return invalidf("limit", "%d is negative", r.Limit)
	case r.StartExclusive && r.Start.IsZero():
		return invalidf("startExclusive", "needs a start")
	case r.EndExclusive && r.End.IsZero():
		return invalidf("endExclusive", "needs an end")
	case !r.End.IsZero() && r.Start.Compare(r.End) > 0:
		return invalidf("start", "%s lies behind end %s", r.Start, r.End)
	}
	return nil
}

func (r AllRange) filtered() bool { return len(r.Types) > 0 || r.KeyPrefix != "" || r.Where != nil }

func (r AllRange) passes(e Committed) bool {
	from, to := e.Position.Compare(r.Start), -1
	if !r.End.IsZero() {
		to = e.Position.Compare(r.End)
	}
	switch {
	case from < 0, from == 0 && r.StartExclusive, to > 0, to == 0 && r.EndExclusive:
		return false
	case !strings.HasPrefix(e.Key, r.KeyPrefix):
		return false
	}
	return (len(r.Types) == 0 || slices.Contains(r.Types, e.Type)) && (r.Where == nil || r.Where(e))
}

// ReadAll iterates over the events of all keys in the order of their positions, which agrees with that of
// revisions within each key. Reading is lazy, page by page and slice by slice, and ends after the first error. Breaking
// off the loop releases everything.
//
// The tail can still change: see [AllRange.Settled]. Where the database's index is eventually consistent, as on
// DynamoDB, the newest events may be missing. To keep a read model complete, use package projector, which depends
// on neither.
//
// Errors: [*InvalidError] for a range that can't be, [ErrNoPositionIndex], [*DamagedError], and what the database answers.
func (s *Store) ReadAll(ctx context.Context, r AllRange) iter.Seq2[Committed, error] {
	return func(yield func(Committed, error) bool) {
		if err := s.readAll(ctx, r, yield); err != nil {
			yield(Committed{}, fmt.Errorf("read all: %w", err))
		}
	}
}

// readAll yields events until the range, the limit, the loop or an error ends it.
func (s *Store) readAll(ctx context.Context, r AllRange, yield func(Committed, error) bool) error {
	if err := r.validate(); err != nil {
		return err
	}
	if r.Settled {
		r = s.settledPart(r)
	}
	index, ok := s.backend.(PositionIndex)
	if !ok {
		return ErrNoPositionIndex
	}
	slices, err := index.Slices(ctx)
	if err != nil {
		return err
	}
	left := r.Limit
	for c, err := range merged(ctx, index, slices, r.query(slices), r.Limit > 0 && !r.filtered()) {
		if err != nil {
			return err
		}
		s.clock.observe(c.LastPosition())
		if err := ctx.Err(); err != nil {
			return err
		}
		for i := range c.Events {
			if r.Backward {
				i = len(c.Events) - 1 - i
			}
			e := c.Event(i)
			if !r.passes(e) {
				continue
			}
			if !yield(e, nil) {
				return nil
			}
			if left--; left == 0 {
				return nil
			}
		}
	}
	return nil
}

// settledPart is r up to the horizon.
func (s *Store) settledPart(r AllRange) AllRange {
	horizon := newPosition(clockMillis(s.clock.wall().Add(-s.horizon)), 0)
	if r.End.IsZero() || horizon.Compare(r.End) <= 0 {
		r.End, r.EndExclusive = horizon, true
	}
	if r.Start.Compare(r.End) > 0 { // nothing of it is settled yet
		r.Start = r.End
	}
	return r
}

// query asks a slice for the commits that can hold events of the range: the one that holds Start has the
// position of its own first event, which differs from Start in the count alone.
//
// Its limit is the first page's; pages grow from there. For a limited range it is the share that one of so many slices is likely to
// have of it: the mean, and three times the deviation.
func (r AllRange) query(slices int) PositionQuery {
	q := PositionQuery{From: r.Start.commit(), To: r.End, Backward: r.Backward, Limit: firstCommits}
	if r.Limit > 0 && !r.filtered() {
		share := float64(min(r.Limit, maxPage)) / float64(max(1, slices))
		q.Limit = int(share+3*math.Sqrt(share)) + 1
	}
	return q
}

// firstCommits is how many commits the first page of each slice holds, where nothing tells how many will be wanted.
const firstCommits = 64

// Settled is the position up to which, exclusively, [AllRange.Settled] reads now.
func (s *Store) Settled() Position {
	return s.settledPart(AllRange{}).End
}
