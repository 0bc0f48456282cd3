package store

import (
	"context"
	"errors"
	"fmt"
)

// Decider says how a key's events lead to a state of type S.
type Decider[S any] struct {
	// Evolve folds one event into the state, which begins as the zero value of S. It must be pure.
	Evolve func(state S, e Committed) (S, error)
	// Snapshots, if not nil, keeps the state now and then, so that not all events have to be read.
	Snapshots *Snapshots[S]
	// MaxTries is how often a decision is made anew because another append was first; 0 means [DefaultTries].
	MaxTries int
}

// DefaultTries is how often [Decide] tries unless said otherwise.
const DefaultTries = 10

// Decision is what [Decide] did.
type Decision[S any] struct {
	Appended
	// State is the one right behind the events appended, or the one decided on where there were none. After a
	// duplicate it is the zero value.
	State S
}

// Decide loads the state of key, has decide say which events follow from it, and appends them if nothing was
// appended since; if something was, it decides anew. decide must be pure; an error of it ends Decide and nothing is
// stored.
//
// With an idempotency key in o, a repeat answers what the first call did, whatever decide would say now.
// Errors: those of decide and Evolve, of [Store.Append] ([*ConflictError] once the tries are used up) and of [Store.Read].
func Decide[S any](ctx context.Context, s *Store, key string, d Decider[S], decide func(state S) ([]Pending, error), o *AppendOptions) (Decision[S], error) {
	if d.MaxTries == 0 {
		d.MaxTries = DefaultTries
	}
	if err := ValidateKey(key); err != nil {
		return Decision[S]{}, err
	}
	l := loader[S]{store: s, key: key, d: d}
	for try := 1; ; try++ {
		decision, err := l.decide(ctx, decide, o)
		again := errors.Is(err, ErrConflict) || errors.Is(err, ErrIdempotencyKeyReused)
		if !again || try >= d.MaxTries || !sleep(ctx, try) {
			return decision, err
		}
	}
}

// Load reads the state of key from its snapshot and the events since, together with the head it stands for.
func Load[S any](ctx context.Context, s *Store, key string, d Decider[S]) (S, Head, error) {
	l := loader[S]{store: s, key: key, d: d}
	if err := ValidateKey(key); err != nil {
		return l.state, Head{}, err
	}
	head, err := l.load(ctx)
	return l.state, head, err
}

// alreadyDone is the answer of an earlier append with the same idempotency key. Before each decision, as one
// made anew may be another.
func (s *Store) alreadyDone(ctx context.Context, key string, o *AppendOptions) (*Appended, error) {
	if o == nil || o.IdempotencyKey == "" {
		return nil, nil
	}
	if err := ValidateIdempotencyKey(o.IdempotencyKey); err != nil {
		return nil, err
	}
	m, err := s.backend.Marker(ctx, key, o.IdempotencyKey)
	if err != nil || m == nil {
		return nil, err
	}
	answer := s.answerMarker(m)
	answer.Duplicate = true
	return &answer, nil
}

// loader keeps the state of a key from one try to the next, so that only what is new has to be read.
type loader[S any] struct {
	store *Store
	key   string
	d     Decider[S]

	begun    bool
	state    S
	seen     Revision // the state has the events up to here
	snapshot Revision // the last one kept
}

// decide tries once. It has the key's turn from before it reads until it has appended, so that the decisions of
// one process on one key don't make each other void.
func (l *loader[S]) decide(ctx context.Context, decide func(state S) ([]Pending, error), o *AppendOptions) (Decision[S], error) {
	done, err := l.store.turns.take(ctx, l.key)
	if err != nil {
		return Decision[S]{}, notStored(l.key, err)
	}
	defer done()
	if earlier, err := l.store.alreadyDone(ctx, l.key, o); err != nil || earlier != nil {
		return Decision[S]{Appended: orZero(earlier)}, err
	}
	head, err := l.load(ctx)
	if err != nil {
		return Decision[S]{}, err
	}
	events, err := decide(l.state)
	if err != nil {
		return Decision[S]{}, err
	}
	if len(events) == 0 {
		return Decision[S]{Appended: Appended{Head: head}, State: l.state}, nil
	}
	a, err := l.store.newAppend(l.key, At(head), events, o)
	if err != nil {
		return Decision[S]{}, err
	}
	appended, err := a.run(ctx)
	if err != nil || appended.Duplicate {
		return Decision[S]{Appended: appended}, err
	}
	return l.finish(ctx, appended, a.commit.Events)
}

// load brings the state up to the head.
func (l *loader[S]) load(ctx context.Context) (Head, error) {
	if err := l.begin(ctx); err != nil {
		return Head{}, err
	}
	head, events, err := l.store.ReadForAppend(ctx, l.key, Range{Start: l.seen + 1})
	if err != nil {
		return Head{}, err
	}
	if head.revision < l.seen { // the events were restored from an earlier time than the snapshot
		l.state, l.seen = *new(S), 0
		if head, events, err = l.store.ReadForAppend(ctx, l.key, Range{}); err != nil {
			return Head{}, err
		}
	}
	for e, err := range events {
		if err == nil {
			err = l.evolve(e)
		}
		if err != nil {
			return Head{}, err
		}
	}
	return head, nil
}

func (l *loader[S]) begin(ctx context.Context) error {
	if l.begun || l.d.Snapshots == nil {
		return nil
	}
	if err := l.d.Snapshots.validate(); err != nil {
		return err
	}
	var err error
	l.snapshot, err = l.d.Snapshots.load(ctx, l.store, l.key, &l.state)
	l.seen, l.begun = l.snapshot, err == nil
	return err
}

func (l *loader[S]) evolve(e Committed) error {
	next, err := l.d.Evolve(l.state, e)
	if err != nil {
		return fmt.Errorf("evolve key %q by revision %d: %w", l.key, e.Revision, err)
	}
	l.state, l.seen = next, e.Revision
	return nil
}

// finish evolves the state by what was appended, and keeps a snapshot if it is time for one.
func (l *loader[S]) finish(ctx context.Context, a Appended, events []Pending) (Decision[S], error) {
	c := Commit{
		Key: l.key, Revision: a.First, Position: a.position.commit(), CommittedAt: a.CommittedAt, Events: events, Count: a.Count,
	}
	for e := range c.All() {
		if err := l.evolve(e); err != nil {
			return Decision[S]{Appended: a}, fmt.Errorf("stored, but: %w", err)
		}
	}
	if l.d.Snapshots != nil {
		l.d.Snapshots.keep(ctx, l.store, l.key, l.snapshot, l.seen, l.state)
	}
	return Decision[S]{Appended: a, State: l.state}, nil
}
