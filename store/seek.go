package store

import (
	"context"
	"fmt"
)

// atPositions turns bounds by position into bounds by revision, which say the same: positions increase within a key.
func (s *Store) atPositions(ctx context.Context, key string, r Range) (Range, error) {
	switch {
	case r.StartPosition.IsZero() && r.EndPosition.IsZero():
		return r, nil
	case r.Start != 0 || r.End != 0:
		return r, invalidf("range", "is by revision and by position at once: use one of them")
	case r.StartExclusive && r.StartPosition.IsZero():
		return r, invalidf("startExclusive", "needs a start")
	case r.EndExclusive && r.EndPosition.IsZero():
		return r, invalidf("endExclusive", "needs an end")
	case !r.EndPosition.IsZero() && r.StartPosition.Compare(r.EndPosition) > 0:
		return r, invalidf("start", "%s lies behind end %s", r.StartPosition, r.EndPosition)
	}
	before, err := s.revisionsBefore(ctx, key, r.StartPosition, r.StartExclusive)
	if err != nil {
		return r, err
	}
	by := Range{Start: before + 1, Limit: r.Limit, Backward: r.Backward, Types: r.Types, Where: r.Where, Eventual: r.Eventual}
	if r.EndPosition.IsZero() {
		return by, nil
	}
	if by.End, err = s.revisionsBefore(ctx, key, r.EndPosition, !r.EndExclusive); err != nil {
		return r, err
	}
	if by.End < by.Start { // no event between the two
		by.End, by.EndExclusive = by.Start, true
	}
	return by, nil
}

// revisionsBefore is how many of a key's events have a position before p, or at it where that counts too. It halves
// the revisions in question with each commit that it looks at.
func (s *Store) revisionsBefore(ctx context.Context, key string, p Position, orAt bool) (Revision, error) {
	if p.IsZero() {
		return 0, nil
	}
	head, err := s.Head(ctx, key)
	if err != nil {
		return 0, err
	}
	isBefore := func(q Position) bool { return q.Compare(p) < 0 || orAt && q == p }
	below, above := Revision(0), head.revision+1 // the revisions up to below are before p, those from above on are not
	for below+1 < above {
		c, err := s.commitAt(ctx, key, below+(above-below)/2)
		if err != nil {
			return 0, err
		}
		switch {
		case isBefore(c.LastPosition()):
			below = c.Last()
		case !isBefore(c.Position):
			above = c.Revision
		default: // p lies inside c
			for i := range c.Count {
				if !isBefore(c.Position.plus(i)) {
					return c.Revision + Revision(i) - 1, nil
				}
			}
		}
	}
	return below, nil
}

// commitAt reads the place of the commit that holds revision r, which there is.
func (s *Store) commitAt(ctx context.Context, key string, r Revision) (*Commit, error) {
	page, err := s.commits(ctx, CommitQuery{Key: key, To: r, Backward: true, Limit: 1, WithoutEvents: true})
	if err != nil {
		return nil, err
	}
	if len(page.Commits) != 1 || page.Commits[0].Last() < r {
		return nil, &DamagedError{Item: fmt.Sprintf("key %q", key), Problem: fmt.Sprintf("no event at revision %d, but later ones", r)}
	}
	return &page.Commits[0], nil
}
