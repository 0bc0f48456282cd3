package store

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
)

// Copy is a commit as it is carried from one store to another, whole: what [Store.Copies] reads and [Store.Restore] stores.
type Copy struct {
	Commit
	// Marked says that the commit's idempotency key still holds; Expires is until when at least, zero meaning for good.
	Marked  bool
	Expires time.Time
}

// Copies iterates over the commits of a key, from the one that holds revision from on, first to last: for backups, and for
// moving a store elsewhere. A commit with an idempotency key costs a read of its marker more. Reading is lazy and strongly
// consistent, and ends after the first error, which are those of [Store.Read].
func (s *Store) Copies(ctx context.Context, key string, from Revision) iter.Seq2[Copy, error] {
	return func(yield func(Copy, error) bool) {
		sc, err := s.newScan(ctx, key, Range{Start: from})
		if err != nil {
			yield(Copy{}, err)
			return
		}
		for c, err := range sc.commits(ctx) {
			if err != nil {
				yield(Copy{}, err)
				return
			}
			if c.Last() < from {
				continue // the key ends before
			}
			copied, err := s.copyOf(ctx, c)
			if !yield(copied, err) || err != nil {
				return
			}
		}
	}
}

// copyOf is c with what its marker says. An idempotency key that has expired may have been used again: then its marker is
// another commit's.
func (s *Store) copyOf(ctx context.Context, c *Commit) (Copy, error) {
	copied := Copy{Commit: *c}
	if c.IdempotencyKey == "" {
		return copied, nil
	}
	m, err := s.backend.Marker(ctx, c.Key, c.IdempotencyKey)
	if err != nil {
		return Copy{}, fmt.Errorf("read key %q: %w", c.Key, err)
	}
	if m != nil && m.AppendID == c.AppendID {
		copied.Marked, copied.Expires = true, m.Expires
	}
	return copied, nil
}

// marker is that of the copy's idempotency key; nil if there is none.
func (c *Copy) marker() *Marker {
	if !c.Marked {
		return nil
	}
	return &Marker{
		Key: c.Key, IdempotencyKey: c.IdempotencyKey, Revision: c.Revision, Count: c.Count, Position: c.Position,
		CommittedAt: c.CommittedAt, AppendID: c.AppendID, Fingerprint: fingerprint(c.Events), Expires: c.Expires,
	}
}

// maxRevision is the last revision that every database can keep.
const maxRevision = 1<<53 - 1

// validated is the copy as it is to be stored, behind the commit previous of its key if that isn't nil.
func (c Copy) validated(key string, previous *Commit) (Copy, error) {
	if c.Key != key {
		return c, invalidf("key", "is %q in a copy of key %q", c.Key, key)
	}
	field := func(name string) string { return fmt.Sprintf("copy of commit %q @ %d: %s", key, c.Revision, name) }
	switch {
	case c.Revision == 0 || c.Count < 1 || c.Last() > maxRevision:
		return c, invalidf(field("revision"), "it has %d events from revision %d on", c.Count, c.Revision)
	case c.Count != len(c.Events):
		return c, invalidf(field("count"), "is %d, but there are %d events", c.Count, len(c.Events))
	case c.Position.IsZero() || c.Position != c.Position.commit():
		return c, invalidf(field("position"), "%s is not that of a commit's first event", c.Position)
	case previous != nil && c.Revision != previous.Last()+1:
		return c, invalidf(field("revision"), "it follows on revision %d", previous.Last())
	case previous != nil && c.Position.Compare(previous.LastPosition()) <= 0:
		return c, invalidf(field("position"), "%s is not behind %s, that of the revision before", c.Position, previous.LastPosition())
	case c.CommittedAt.Before(firstTime) || c.CommittedAt.After(lastTime) || !c.CommittedAt.Truncate(time.Millisecond).Equal(c.CommittedAt):
		return c, invalidf(field("committedAt"), "%s can't be stored", c.CommittedAt)
	case c.Marked && c.IdempotencyKey == "":
		return c, invalidf(field("idempotency key"), "is missing, but is said to hold")
	}
	if err := validateText(field("append id"), c.AppendID, 1, MaxName); err != nil {
		return c, err
	}
	if err := validateText(field("idempotency key"), c.IdempotencyKey, 0, MaxName); err != nil {
		return c, err
	}
	var err error
	if c.Events, err = normalized(c.Events); err != nil {
		return c, fmt.Errorf("copy of commit %q @ %d: %w", key, c.Revision, err)
	}
	if size := c.size(); size > MaxCommit {
		return c, &TooLargeError{Key: key, Size: size, Limit: MaxCommit}
	}
	c.CommittedAt = c.CommittedAt.UTC()
	return c, nil
}

// same says whether two commits are the same, to the byte.
func (c *Commit) same(d *Commit) bool {
	return c.Key == d.Key && c.Revision == d.Revision && c.Count == d.Count && c.Position == d.Position &&
		c.CommittedAt.Equal(d.CommittedAt) && c.AppendID == d.AppendID && c.IdempotencyKey == d.IdempotencyKey &&
		slices.EqualFunc(c.Events, d.Events, func(a, b Pending) bool {
			return a.Type == b.Type && a.CorrelationID == b.CorrelationID && maps.Equal(a.Metadata, b.Metadata) && string(a.Data) == string(b.Data)
		})
}
