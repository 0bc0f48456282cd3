package projector

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/aeon-es/aeon/store"
)

// React is a process manager: events in, appends to other keys out, exactly once in effect, whatever is lost, repeated or crashes on
// the way. It is a view with one row per key, the state of the process, and is given to [New] like a [View].
//
// What it appends goes out before the seen revision advances, each append under an idempotency key made of the process manager's name,
// the event's key and revision, and the place among its reactions. So one that is repeated is found to be done. That never
// expires; it also holds where the code has changed meanwhile and would append something else.
//
// The events appended carry the correlation id of the one that led to them, unless they have their own, and where they come from as
// metadata: see [CausationKey].
type React[State any] struct {
	// Name names the process manager, and is a part of the idempotency keys: another name reacts to everything once more.
	Name string
	// Version is that of the state, as with a [View]. Reactions of an earlier version are not repeated.
	Version int
	// Types are the event types it wants; none means all.
	Types []string
	// Keys are the prefixes of the keys it wants; none means all.
	Keys []string
	// Apply folds one event into the state of its key and says what to append. state is nil while there is none; answering nil
	// forgets it. It must be pure: it runs again for the same event, and must then answer the same.
	Apply func(state *State, e store.Committed) (*State, []Reaction, error)
	// MaxDepth is how many reactions may follow from one another, by whichever process managers, before the next one fails and parks
	// its key: what goes round in a circle ends. 0 means [DefaultMaxDepth].
	MaxDepth int
}

// Reaction is an append to a key, behind whatever is there.
type Reaction struct {
	Key    string
	Events []store.Pending
}

// DefaultMaxDepth is how many reactions may follow from one another unless said otherwise.
const DefaultMaxDepth = 16

// The metadata of events that a process manager has appended.
const (
	// CausationKey and CausationRevision say which event led to it.
	CausationKey      = "causationKey"
	CausationRevision = "causationRevision"
	// CausationDepth is how many reactions led to it, one from another.
	CausationDepth = "causationDepth"
)

// ClassLoop is the class of an event at which reactions went round in a circle.
const ClassLoop = "loop"

// ClassReaction is the class of an event whose reaction can't be appended, such as one that is too large.
const ClassReaction = "reaction"

func (r React[State]) compile() (*view, error) {
	if r.Apply == nil {
		return nil, fmt.Errorf("process manager %q needs Apply", r.Name)
	}
	if r.MaxDepth == 0 {
		r.MaxDepth = DefaultMaxDepth
	}
	if r.MaxDepth < 0 {
		return nil, fmt.Errorf("process manager %q: MaxDepth %d is negative", r.Name, r.MaxDepth)
	}
	v, err := r.view(func(store.Revision, []appending) {}).compile()
	if err != nil {
		return nil, err
	}
	v.reacts = true
	v.fold = func(f *fold) {
		f.reactions = map[store.Revision][]appending{}
		r.view(func(revision store.Revision, all []appending) {
			if len(all) > 0 { // what isn't reacted to is folded together with other keys' events
				f.reactions[revision] = all
			}
		}).fold(f)
	}
	return v, nil
}

// view is the part of it that is a view: the state. It hands over the reactions to each event.
func (r React[State]) view(reacted func(store.Revision, []appending)) View[State] {
	return View[State]{
		Name: r.Name, Version: r.Version, Types: r.Types, Keys: r.Keys,
		ApplyTo: func(_ string, state *State, e store.Committed) (*State, error) {
			next, reactions, err := r.Apply(state, e)
			if err != nil {
				return nil, err
			}
			all, err := r.appends(e, reactions)
			reacted(e.Revision, all)
			return next, err
		},
	}
}

// Appends says whether there is a process manager among the definitions, for which the store has to be one that can be appended to.
func Appends(views ...Definition) bool {
	for _, d := range views {
		if v, err := d.compile(); err == nil && v.reacts {
			return true
		}
	}
	return false
}

// appending is a reaction ready to be appended.
type appending struct {
	Reaction
	idempotencyKey string
}

// appends are the reactions to e with what Aeon adds to them.
func (r React[State]) appends(e store.Committed, reactions []Reaction) ([]appending, error) {
	if len(reactions) == 0 {
		return nil, nil
	}
	depth, _ := strconv.Atoi(e.Metadata[CausationDepth]) // 0 where it isn't one of ours
	if depth >= r.MaxDepth {
		return nil, &loopError{depth: depth}
	}
	source := sha256.Sum256([]byte(e.Key))
	all := make([]appending, len(reactions))
	for i, reaction := range reactions {
		events := make([]store.Pending, len(reaction.Events))
		for j, event := range reaction.Events {
			event.Metadata = maps.Clone(event.Metadata)
			if event.Metadata == nil {
				event.Metadata = map[string]string{}
			}
			event.Metadata[CausationKey] = e.Key
			event.Metadata[CausationRevision] = strconv.FormatUint(uint64(e.Revision), 10)
			event.Metadata[CausationDepth] = strconv.Itoa(depth + 1)
			if event.CorrelationID == "" {
				event.CorrelationID = e.CorrelationID
			}
			events[j] = event
		}
		all[i] = appending{
			Reaction:       Reaction{Key: reaction.Key, Events: events},
			idempotencyKey: fmt.Sprintf("react/%s/%x/%d/%d", r.Name, source, e.Revision, i),
		}
	}
	return all, nil
}

// emit appends the reactions to events, in their order. failed is the place of an event with a reaction that can't be, and failure
// why; err says that the store couldn't do it now.
func (s *session) emit(ctx context.Context, events []store.Committed, f *fold) (failed int, failure, err error) {
	for i, e := range events {
		for _, a := range f.reactions[e.Revision] {
			_, err := s.projector.store.Append(ctx, a.Key, store.Any(), a.Events, &store.AppendOptions{
				IdempotencyKey: a.idempotencyKey, IdempotencyTTL: store.KeepForever,
			})
			switch {
			case err == nil, errors.Is(err, store.ErrIdempotencyKeyReused): // done, if by other code
				s.projector.counts.reactions.Add(1)
			case errors.Is(err, store.ErrInvalid), errors.Is(err, store.ErrTooLarge):
				return i, &reactionError{key: a.Key, err: err}, nil
			default:
				return 0, nil, fmt.Errorf("react to revision %d: %w", e.Revision, err)
			}
		}
	}
	return 0, nil, nil
}

// loopError says that reactions went round in a circle.
type loopError struct{ depth int }

func (e *loopError) Error() string {
	return fmt.Sprintf("%d reactions have followed from one another, which is the limit: do they go round in a circle?", e.depth)
}

// reactionError says that a reaction can't be appended.
type reactionError struct {
	key string
	err error
}

func (e *reactionError) Error() string { return fmt.Sprintf("append to key %q: %v", e.key, e.err) }

func (e *reactionError) Unwrap() error { return e.err }
