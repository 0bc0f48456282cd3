package publish

import (
	"context"
	"fmt"
	"iter"

	"github.com/aeon-es/aeon/store"
)

// A replay publishes so many events at a time, or so many bytes of them, before it says how far it got.
const (
	replayEvents = 500
	replayBytes  = 4 << 20
)

// Replay publishes again the events in a range of positions, in their order, up to the settled horizon. Whenever all events up
// to some position are published, it calls reached with it, if that isn't nil: to go on after a stop, start
// exclusively at the last one. It ends at the end of the range, with ctx, or at the first error, be it of the store, of EventBridge or
// of reached. What EventBridge throttles or fails to do is tried again until ctx ends.
//
// It reads [store.Store.ReadAll], which needs the index of positions. Errors besides those: a [*store.InvalidError] for a
// range that reads backward.
func (p *Publisher) Replay(ctx context.Context, s *store.Store, r store.AllRange, reached func(store.Position) error) error {
	if r.Backward {
		return &store.InvalidError{Field: "backward", Problem: "a replay goes forward"}
	}
	r.Settled = true
	var pieces []piece
	var last store.Position
	size := 0
	flush := func() error {
		if len(pieces) == 0 {
			return nil
		}
		if _, _, err := p.publish(ctx, pieces, nil); err != nil {
			return fmt.Errorf("replay up to position %s: %w", last, err)
		}
		pieces, size = nil, 0
		if reached == nil {
			return nil
		}
		return reached(last)
	}
	for e, err := range s.ReadAll(ctx, r) {
		if err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		pieces, last = append(pieces, piece{key: e.Key, events: one(e)}), e.Position
		size += len(e.Data)
		for name, value := range e.Metadata {
			size += len(name) + len(value)
		}
		if len(pieces) == replayEvents || size >= replayBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// one is a single event.
func one(e store.Committed) iter.Seq2[store.Committed, error] {
	return func(yield func(store.Committed, error) bool) { yield(e, nil) }
}
