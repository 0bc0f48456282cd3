package store

import (
	"context"
	"fmt"
)

// MaxSegments is how many parts the keys can be read in.
const MaxSegments = 1_000_000

// Keys reads a page of the keys that have events: for a sweep, not for a query, as it reads the whole table. All segments together hold
// every key that had an event when the reading began; a key may come more than once.
//
// Errors: [*InvalidError] for a segment or an After that can't be, and what the database answers.
func (s *Store) Keys(ctx context.Context, q KeyQuery) (KeyPage, error) {
	switch {
	case q.Segments < 1 || q.Segments > MaxSegments:
		return KeyPage{}, invalidf("segments", "%d is not from 1 to %d", q.Segments, MaxSegments)
	case q.Segment < 0 || q.Segment >= q.Segments:
		return KeyPage{}, invalidf("segment", "%d is not from 0 to %d", q.Segment, q.Segments-1)
	}
	page, err := s.backend.Keys(ctx, q)
	if err != nil {
		return KeyPage{}, fmt.Errorf("list keys: %w", err)
	}
	return page, nil
}
