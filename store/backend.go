package store

import (
	"context"
	"time"
)

// Backend does single atomic steps on a database that keeps commits. Each method is one request: it
// doesn't retry a write, and leaves every decision to the [Store]. Implementations are safe for
// concurrent use, keep no reference to what they are given, and pass the suite in store/storetest.
//
// Errors of writes tell what is known of the outcome: one that matches [ErrThrottled] or
// [ErrUnavailable] says that nothing was stored; any other leaves it open.
type Backend interface {
	// Put stores c if no commit of c.Key starts at c.Revision. Where m is not nil, it stores the
	// marker in the same atomic step, on condition that there is no marker for its key and idempotency key.
	// Where a condition fails, nothing is stored, and the answer holds what stands in the way.
	// Both, if both do.
	Put(ctx context.Context, c *Commit, m *Marker) (*Refusal, error)

	// Marker reads the marker of an idempotency key, with strong consistency; nil if there is none.
	Marker(ctx context.Context, key, idempotencyKey string) (*Marker, error)

	// Commits reads one page of a key's commits.
	Commits(ctx context.Context, q CommitQuery) (CommitPage, error)

	// Keys reads one page of the keys that have events, with strong consistency: all segments together hold every key that had
	// an event before its first page was asked for. A key may come more than once.
	Keys(ctx context.Context, q KeyQuery) (KeyPage, error)

	// Ping says whether the database answers and has what the backend needs; if not, the error says
	// what is missing.
	Ping(ctx context.Context) error
}

// Refusal is what stood in the way of a [Backend.Put].
type Refusal struct {
	Commit *Commit // the commit that starts at that revision already, if one does
	Marker *Marker // the marker of that idempotency key, if there is one
}

// Marker remembers which commit an idempotency key led to.
type Marker struct {
	Key            string
	IdempotencyKey string
	Revision       Revision // of the commit's first event
	Count          int
	Position       Position // of the commit's first event
	CommittedAt    time.Time
	AppendID       string
	// Fingerprint is a digest of the events: type, correlation id and data of each.
	Fingerprint string
	// Expires is when the marker may be removed, in whole seconds; zero means never. It counts until it is removed.
	Expires time.Time
}

// CommitQuery asks for the commits of a key, ordered by revision.
type CommitQuery struct {
	Key string
	// From and To bound the revision of a commit's FIRST event, both inclusive. To 0 means no bound.
	From, To Revision
	// Backward asks for the last ones first.
	Backward bool
	// Limit is how many commits the page may hold; 0 leaves it to the backend.
	Limit int
	// WithoutEvents leaves out the events: Commit.Count says how many there are.
	WithoutEvents bool
	// Eventual permits an answer that is a little behind, at half the price where the database has one.
	Eventual bool
}

// CommitPage is one page of commits.
type CommitPage struct {
	Commits []Commit
	// More says that there may be more beyond the last one. An empty page has no more.
	More bool
}

// KeyQuery asks for the keys of one segment, in any order.
type KeyQuery struct {
	// Segment is one of Segments parts, from 0, that can be read side by side. A backend may put all keys in the first.
	Segment, Segments int
	// After is the Next of the page before; empty for the first one.
	After string
}

// KeyPage is one page of keys.
type KeyPage struct {
	Keys []string
	// Next is where the next page begins; empty at the segment's end. A page may be empty and not the last.
	Next string
}

// PositionIndex is what a backend has besides where all its events can be read by position. It is spread over
// slices: each key's commits are in one of them.
type PositionIndex interface {
	// Slices is how many there are. [ErrNoPositionIndex] if the store was created without the index.
	Slices(ctx context.Context) (int, error)

	// ByPosition reads one page of a slice. It may lag behind what was written.
	ByPosition(ctx context.Context, q PositionQuery) (CommitPage, error)
}

// PositionQuery asks for the commits of one slice, ordered by position.
type PositionQuery struct {
	Slice int
	// From and To bound the position of a commit's FIRST event, both inclusive. The zero position means no bound.
	From, To Position
	// Backward asks for the last ones first.
	Backward bool
	// Limit is how many commits the page may hold; 0 leaves it to the backend.
	Limit int
}

// after is the query for the page behind the one that ends with c.
func (q PositionQuery) after(c *Commit) PositionQuery {
	if q.Backward {
		q.To = c.Position.before()
	} else {
		q.From = c.LastPosition().plus(1)
	}
	return q
}
