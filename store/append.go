package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"
)

// AppendOptions are the optional settings of an append; nil means all defaults.
type AppendOptions struct {
	// IdempotencyKey makes a repeated append of the same events to the same key answer what the first
	// one did, instead of storing them again. It costs a transaction: 2 write units per KB, and 2.
	// At most [MaxName] bytes; empty means none.
	IdempotencyKey string
	// IdempotencyTTL is how long that holds at least, by this machine's clock: 0 is the store's default, [KeepForever] is
	// for good.
	IdempotencyTTL time.Duration
}

// Appended is what an append did.
type Appended struct {
	// Head is the key's head as the append left it: pass it to [At] to append behind it.
	Head
	// First is the revision of the first event stored; Head has that of the last.
	First       Revision
	CommittedAt time.Time
	Count       int
	// Duplicate says that an earlier append with the same idempotency key stored the events, and that
	// the rest is its answer.
	Duplicate bool
}

// How often an append tries, and how long it waits between: up to retryBase doubled each time, up to retryCap.
const (
	maxTries  = 20
	retryBase = 5 * time.Millisecond
	retryCap  = 500 * time.Millisecond
)

// Append stores events behind the last one of key, all of them or none, if the key is where expected
// says. With no events it does nothing and answers the zero Appended.
//
// Errors: [*InvalidError], [*ConflictError], [*TooLargeError], [*IdempotencyKeyReusedError], [ErrThrottled] and
// [ErrUnavailable] all mean that nothing was stored, as does the context's error; [*UnknownOutcomeError] says that
// it isn't known. Lost answers are settled, and throttling is waited out, for a bounded number of tries.
func (s *Store) Append(ctx context.Context, key string, expected Expected, events []Pending, o *AppendOptions) (Appended, error) {
	a, err := s.newAppend(key, expected, events, o)
	if err != nil || len(events) == 0 {
		return Appended{}, err
	}
	done, err := s.turns.take(ctx, key)
	if err != nil {
		return Appended{}, notStored(key, err)
	}
	defer done()
	return a.run(ctx)
}

// appending is one call of Append under way.
type appending struct {
	store    *Store
	expected Expected
	// commit is all of it but the revision and the stamp.
	commit Commit
	marker *Marker // likewise; nil without an idempotency key
}

func (s *Store) newAppend(key string, expected Expected, events []Pending, o *AppendOptions) (*appending, error) {
	if o == nil {
		o = &AppendOptions{}
	}
	if err := ValidateKey(key); err != nil {
		return nil, err
	}
	if err := s.validateExpected(key, expected); err != nil {
		return nil, err
	}
	stored, err := normalized(events)
	if err != nil {
		return nil, err
	}
	a := &appending{store: s, expected: expected, commit: Commit{
		Key: key, AppendID: rand.Text(), IdempotencyKey: o.IdempotencyKey, Events: stored, Count: len(stored),
	}}
	if size := a.commit.size(); size > MaxCommit {
		return nil, &TooLargeError{Key: key, Size: size, Limit: MaxCommit}
	}
	if o.IdempotencyKey != "" {
		if err := ValidateIdempotencyKey(o.IdempotencyKey); err != nil {
			return nil, err
		}
		if a.marker, err = s.newMarker(&a.commit, o.IdempotencyTTL); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (s *Store) newMarker(c *Commit, ttl time.Duration) (*Marker, error) {
	ttl = cmp.Or(ttl, s.idempotencyTTL, DefaultIdempotencyTTL)
	if ttl < 0 && ttl != KeepForever {
		return nil, invalidf("idempotencyTTL", "%v is negative: use KeepForever, or a time", ttl)
	}
	m := &Marker{
		Key: c.Key, IdempotencyKey: c.IdempotencyKey, Count: c.Count, AppendID: c.AppendID,
		Fingerprint: fingerprint(c.Events),
	}
	if ttl > 0 {
		m.Expires = s.clock.wall().Add(ttl).Add(time.Second - 1).Truncate(time.Second) // rounded up
	}
	return m, nil
}

func (s *Store) validateExpected(key string, e Expected) error {
	switch {
	case e.kind == expectUnset:
		return invalidf("expected", "is the zero value: use Any, NoStream, At or Exactly")
	case e.kind != expectAt:
		return nil
	case e.head.store == nil:
		return invalidf("expected", "At needs a Head that this store read or appended, not the zero Head")
	case e.head.store != s:
		return invalidf("expected", "At has the Head of another store: read the key from this one")
	case e.head.key != key:
		return invalidf("expected", "At has the Head of key %q, not of %q", e.head.key, key)
	}
	return nil
}

// run appends, and counts how that ended.
func (a *appending) run(ctx context.Context) (Appended, error) {
	done, err := a.tries(ctx)
	a.store.counts.count(done, err)
	return done, err
}

// tries goes on until the commit is stored, is known not to be, or the tries are used up.
func (a *appending) tries(ctx context.Context) (Appended, error) {
	base, answer, err := a.base(ctx)
	if err != nil || answer != nil {
		return orZero(answer), err
	}
	var open, last error // open: the error that left it open whether the commit stands behind base
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return Appended{}, a.giveUp(ctx, base, open, ctx.Err())
		}
		refusal, err := a.put(ctx, base)
		switch {
		case err == nil && refusal == nil:
			return a.store.answerCommit(&a.commit), nil
		case err == nil:
			if answer, err := a.settle(ctx, refusal); err != nil || answer != nil {
				return orZero(answer), err
			}
			open, last = nil, errContended
		default:
			last = err
			if !errors.Is(err, ErrThrottled) && !errors.Is(err, ErrUnavailable) {
				open = err
			}
		}
		if try == maxTries || errors.Is(last, ErrUnavailable) || !sleep(ctx, try) {
			return Appended{}, a.giveUp(ctx, base, open, last)
		}
		if refusal != nil { // read after the wait, not before: whoever was first may have gone on meanwhile
			if base, err = a.store.Head(ctx, a.commit.Key); err != nil {
				return Appended{}, notStored(a.commit.Key, err)
			}
		}
	}
}

var errContended = fmt.Errorf("%w: other writers kept appending first", ErrThrottled)

// giveUp is the error of an append that ends without a settled outcome or for lack of one.
func (a *appending) giveUp(ctx context.Context, base Head, open, last error) error {
	cause := last
	if ctx.Err() != nil && !errors.Is(last, ctx.Err()) {
		cause = fmt.Errorf("%w (%w)", ctx.Err(), last)
	}
	if open != nil {
		return &UnknownOutcomeError{Key: a.commit.Key, Revision: base.revision + 1, Cause: cause}
	}
	return notStored(a.commit.Key, cause)
}

func notStored(key string, err error) error {
	return fmt.Errorf("append to key %q: not stored: %w", key, err)
}

// base is the head to append behind. Where that takes no put to find out, it gives the answer itself.
func (a *appending) base(ctx context.Context) (Head, *Appended, error) {
	key := a.commit.Key
	known, isKnown := a.store.turns.known(key)
	want, specific := a.expected.Revision()
	switch {
	case !specific && isKnown, specific && isKnown && known.revision == want:
		return known, nil, nil
	case !specific:
		head, err := a.store.Head(ctx, key)
		if err != nil {
			return Head{}, nil, notStored(key, err)
		}
		return head, nil, nil
	case isKnown && known.revision > want: // heads only grow: it can't be met any more
		answer, err := a.conflict(ctx)
		return Head{}, answer, err
	case a.expected.kind == expectAt:
		return a.expected.head, nil, nil
	case a.expected.kind == expectNoStream:
		return Head{store: a.store, key: key}, nil, nil
	}
	return a.verify(ctx, want)
}

// verify sees whether a commit ends at r and none begins behind it.
func (a *appending) verify(ctx context.Context, r Revision) (Head, *Appended, error) {
	page, err := a.store.backend.Commits(ctx, CommitQuery{
		Key: a.commit.Key, To: r + 1, Backward: true, Limit: 1, WithoutEvents: true,
	})
	if err != nil {
		return Head{}, nil, notStored(a.commit.Key, err)
	}
	last := Head{store: a.store, key: a.commit.Key}
	if len(page.Commits) == 1 {
		last = a.store.sawCommit(&page.Commits[0])
	}
	switch {
	case last.revision == r:
		return last, nil, nil
	case last.revision < r: // the key's head: read again, it might be r by now, and a conflict with r no reason
		answer, err := a.conflictAt(ctx, last.revision)
		return Head{}, answer, err
	}
	answer, err := a.conflict(ctx)
	return Head{}, answer, err
}

// put tries once, with a stamp of its own.
func (a *appending) put(ctx context.Context, base Head) (*Refusal, error) {
	c := &a.commit
	c.Revision = base.revision + 1
	a.store.counts.puts.Add(1)
	var err error
	if c.Position, c.CommittedAt, err = a.store.clock.stamp(base.position); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if a.marker != nil {
		a.marker.Revision, a.marker.Position, a.marker.CommittedAt = c.Revision, c.Position, c.CommittedAt
	}
	return a.store.backend.Put(ctx, c, a.marker)
}

// settle reads a refusal, after which nothing of ours can come to stand at that revision any more. The
// commit is stored after all, or was stored by an earlier append: the answer. Or it stands in conflict: an
// error. Or, where any revision will do, there is neither: it is to be tried behind the head that there is then.
func (a *appending) settle(ctx context.Context, refusal *Refusal) (*Appended, error) {
	if m := refusal.Marker; m != nil {
		return a.answerMarker(m)
	}
	if c := refusal.Commit; c != nil && c.AppendID == a.commit.AppendID {
		answer := a.store.answerCommit(c)
		return &answer, nil
	}
	if _, specific := a.expected.Revision(); specific {
		return a.conflict(ctx)
	}
	return nil, nil
}

// conflict reads where the key is, and reports that it is elsewhere than expected.
func (a *appending) conflict(ctx context.Context) (*Appended, error) {
	head, err := a.store.Head(ctx, a.commit.Key)
	if err != nil {
		return nil, notStored(a.commit.Key, err)
	}
	return a.conflictAt(ctx, head.revision)
}

// conflictAt reports that the key was read at actual, unless the idempotency key has its commit already. It looks
// after the key was read: so there was no marker, either, when the key was at actual.
func (a *appending) conflictAt(ctx context.Context, actual Revision) (*Appended, error) {
	key := a.commit.Key
	if a.marker != nil {
		m, err := a.store.backend.Marker(ctx, key, a.marker.IdempotencyKey)
		if err != nil {
			return nil, notStored(key, err)
		}
		if m != nil {
			return a.answerMarker(m)
		}
	}
	return nil, &ConflictError{Key: key, Expected: a.expected, Actual: actual}
}

func (s *Store) answerCommit(c *Commit) Appended {
	return Appended{Head: s.sawCommit(c), First: c.Revision, CommittedAt: c.CommittedAt, Count: c.Count}
}

func (s *Store) answerMarker(m *Marker) Appended {
	return s.answerCommit(&Commit{
		Key: m.Key, Revision: m.Revision, Count: m.Count, Position: m.Position, CommittedAt: m.CommittedAt,
	})
}

// answerMarker answers from the marker of the commit that this idempotency key led to.
func (a *appending) answerMarker(m *Marker) (*Appended, error) {
	if m.Fingerprint != a.marker.Fingerprint {
		return nil, &IdempotencyKeyReusedError{Key: m.Key, IdempotencyKey: m.IdempotencyKey, Revision: m.Revision}
	}
	answer := a.store.answerMarker(m)
	answer.Duplicate = m.AppendID != a.commit.AppendID
	return &answer, nil
}

func orZero(a *Appended) Appended {
	if a == nil {
		return Appended{}
	}
	return *a
}

// sleep waits before another try, a random time so that writers who met once don't meet again. It
// says whether there is still time for that try.
func sleep(ctx context.Context, try int) bool {
	longest := min(retryCap, retryBase<<min(try-1, 10))
	t := time.NewTimer(mathrand.N(longest)) //nolint:gosec // spreads load, guards nothing
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
