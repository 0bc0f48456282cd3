package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// RestoreOptions are the optional settings of [Store.Restore]; nil means all defaults.
type RestoreOptions struct {
	// CheckOnly compares the copies with what the key holds, and stores nothing.
	CheckOnly bool
}

// Restored is what a restore did, in commits.
type Restored struct {
	Stored  int // or, where it only checks, are missing
	Present int // were there already, to the byte
}

// OtherEventsError says that a key holds other events than the copy that was to be restored. It matches [ErrConflict].
type OtherEventsError struct {
	Key      string
	Revision Revision // the first of the commit that isn't the same
}

// Error names the key and the revision, and says what can be done.
func (e *OtherEventsError) Error() string {
	return fmt.Sprintf("key %q holds other events at revision %d than the copy: restore into a store that doesn't have this key", e.Key, e.Revision)
}

// Is matches [ErrConflict].
func (e *OtherEventsError) Is(target error) bool { return target == ErrConflict }

// Restore stores copies of a key's commits as they are: with their revisions, positions, times and ids, and the markers of their
// idempotency keys. They come first to last, each behind the one before, from revision 1 on or behind what the key holds. What
// the key holds already is compared, and not stored again: so a restore can be repeated, and goes on where another one was cut
// off. A copy that differs ends it.
//
// Positions aren't made here but taken over, so they may lie before those that readers of [Store.ReadAll] have passed: restore
// before they begin, or have them begin anew. What this process appends afterwards gets later positions, unless a copy's is
// far ahead of the clock. A change stream shows restored commits as it shows appends.
//
// Errors: [*InvalidError] and [*TooLargeError] for a copy that can't be, [*OtherEventsError], the error that copies ends with, and
// what the database answers. What was stored before an error stays, and has no gap.
func (s *Store) Restore(ctx context.Context, key string, copies iter.Seq2[Copy, error], o *RestoreOptions) (Restored, error) {
	if err := ValidateKey(key); err != nil {
		return Restored{}, err
	}
	done, err := s.turns.take(ctx, key)
	if err != nil {
		return Restored{}, fmt.Errorf("restore key %q: %w", key, err)
	}
	defer done()
	r := &restoring{store: s, key: key, checkOnly: o != nil && o.CheckOnly}
	defer func() {
		if r.stop != nil {
			r.stop()
		}
	}()
	for c, err := range copies {
		if err == nil {
			err = r.take(ctx, c)
		}
		if err != nil {
			return r.Restored, err
		}
	}
	return r.Restored, nil
}

// restoring is one call of Restore under way.
type restoring struct {
	Restored
	store     *Store
	key       string
	checkOnly bool
	previous  *Commit // the copy before
	// there reads what the key holds, commit by commit; ended says that it holds no more.
	there func() (*Commit, error, bool)
	stop  func()
	ended bool
}

// take compares one copy, or stores it.
func (r *restoring) take(ctx context.Context, given Copy) error {
	if r.there == nil && !r.ended {
		if err := r.begin(ctx, given.Revision); err != nil {
			return err
		}
	}
	c, err := given.validated(r.key, r.previous)
	if err != nil {
		return err
	}
	found, err := r.next()
	if err != nil {
		return err
	}
	r.previous = &c.Commit
	switch {
	case found != nil && found.same(&c.Commit):
		r.Present++
		return nil
	case found != nil:
		return &OtherEventsError{Key: r.key, Revision: c.Revision}
	}
	if !r.checkOnly {
		if err := r.put(ctx, &c); err != nil {
			return err
		}
		r.store.sawCommit(&c.Commit)
	}
	r.Stored++
	return nil
}

// next is the next commit that the key holds; nil if it has no more.
func (r *restoring) next() (*Commit, error) {
	if r.ended {
		return nil, nil
	}
	c, err, ok := r.there()
	r.ended = !ok
	return c, err
}

// begin makes sure that the first copy has its place in the key: at its beginning, among what it holds, or right behind that.
func (r *restoring) begin(ctx context.Context, revision Revision) error {
	if revision > 1 {
		head, err := r.store.Head(ctx, r.key)
		switch {
		case err != nil:
			return err
		case head.revision == revision-1:
			r.previous = &Commit{Key: r.key, Revision: head.revision, Count: 1, Position: head.position}
			r.ended = true
			return nil
		case head.revision < revision-1:
			return invalidf("copy", "of key %q begins at revision %d, but the key ends at %d: restore what lies between first", r.key, revision, head.revision)
		}
	}
	sc, err := r.store.newScan(ctx, r.key, Range{Start: revision})
	if err != nil {
		return err
	}
	r.there, r.stop = iter.Pull2(sc.commits(ctx))
	return nil
}

// put stores a copy. Whatever becomes of the answers, it goes to one place, and only what is found there settles it.
func (r *restoring) put(ctx context.Context, c *Copy) error {
	for try := 1; ; try++ {
		r.store.counts.puts.Add(1)
		refusal, err := r.store.backend.Put(ctx, &c.Commit, c.marker())
		switch {
		case err == nil && refusal == nil:
			return nil
		case err == nil:
			return r.settle(ctx, &c.Commit)
		}
		if try == maxTries || errors.Is(err, ErrUnavailable) || !sleep(ctx, try) {
			return fmt.Errorf("restore commit %q @ %d: %w", r.key, c.Revision, err)
		}
	}
}

// settle reads what stands in the place of a copy: itself, when an answer was lost or another process restores the same.
func (r *restoring) settle(ctx context.Context, c *Commit) error {
	page, err := r.store.commits(ctx, CommitQuery{Key: r.key, From: c.Revision, To: c.Revision, Limit: 1})
	if err != nil {
		return err
	}
	if len(page.Commits) == 1 && page.Commits[0].same(c) {
		return nil
	}
	return &OtherEventsError{Key: r.key, Revision: c.Revision}
}
