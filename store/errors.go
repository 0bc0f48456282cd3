package store

import (
	"errors"
	"fmt"
)

// What went wrong, for [errors.Is]. Where there are facts to carry, a type of its own carries them.
var (
	// ErrInvalid is matched by every [*InvalidError].
	ErrInvalid = errors.New("invalid")
	// ErrConflict is matched by every [*ConflictError].
	ErrConflict = errors.New("conflict")
	// ErrTooLarge is matched by every [*TooLargeError].
	ErrTooLarge = errors.New("too large")
	// ErrIdempotencyKeyReused is matched by every [*IdempotencyKeyReusedError].
	ErrIdempotencyKeyReused = errors.New("idempotency key reused for other events")
	// ErrThrottled says that the database had no capacity, or too many writers fought for one key,
	// for as long as the store tried. Nothing was stored; try again later.
	ErrThrottled = errors.New("throttled")
	// ErrUnavailable says that the database can't do it as things are: a table is missing, access is
	// denied. Nothing was stored; trying again won't help until that is mended.
	ErrUnavailable = errors.New("unavailable")
	// ErrUnknownOutcome is matched by every [*UnknownOutcomeError].
	ErrUnknownOutcome = errors.New("outcome unknown")
	// ErrNoPositionIndex says that the store was created without the index of positions, so that its events can
	// be read by key alone: export it, create it anew with the index, and import it, if that is needed.
	ErrNoPositionIndex = errors.New("this store has no index of positions")
	// ErrDamaged is matched by every [*DamagedError].
	ErrDamaged = errors.New("stored item is damaged")
)

// InvalidError says which argument can't be right, and why. Nothing was stored.
type InvalidError struct {
	Field   string // such as "key" or "events[3].type"
	Problem string
}

// Error names the field and the problem.
func (e *InvalidError) Error() string { return e.Field + ": " + e.Problem }

// Is matches [ErrInvalid].
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

func invalidf(field, format string, args ...any) error {
	return &InvalidError{Field: field, Problem: fmt.Sprintf(format, args...)}
}

// ConflictError says that the key was not where the append expected it. Nothing was stored.
type ConflictError struct {
	Key      string
	Expected Expected
	Actual   Revision // the key's last revision, read after the conflict showed
}

// Error names the key, the expectation and the head.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("key %q is at revision %d, expected %s: read it again and decide anew", e.Key, e.Actual, e.Expected)
}

// Is matches [ErrConflict].
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// TooLargeError says that a commit doesn't fit one DynamoDB item. Nothing was stored.
type TooLargeError struct {
	Key   string
	Size  int // bytes, by DynamoDB's rules
	Limit int
}

// Error names the key and both sizes.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("commit for key %q is %d bytes, the limit is %d: append fewer or smaller events at once", e.Key, e.Size, e.Limit)
}

// Is matches [ErrTooLarge].
func (e *TooLargeError) Is(target error) bool { return target == ErrTooLarge }

// IdempotencyKeyReusedError says that the idempotency key has already stored other events.
// Nothing was stored now.
type IdempotencyKeyReusedError struct {
	Key            string
	IdempotencyKey string
	Revision       Revision // the first of the commit that it stored
}

// Error names the key, the idempotency key and the commit that it stored.
func (e *IdempotencyKeyReusedError) Error() string {
	return fmt.Sprintf("idempotency key %q has already stored other events in key %q, from revision %d: use a new one for new events",
		e.IdempotencyKey, e.Key, e.Revision)
}

// Is matches [ErrIdempotencyKeyReused].
func (e *IdempotencyKeyReusedError) Is(target error) bool { return target == ErrIdempotencyKeyReused }

// UnknownOutcomeError says that an answer was lost and the store couldn't find out in time whether the
// commit was stored. It may be there, come to be there a little later, or never: appending again
// with the same idempotency key is safe, appending again without one is not.
type UnknownOutcomeError struct {
	Key      string
	Revision Revision // where the commit's first event stands, if it was stored
	Cause    error
}

// Error names the key, the revision and the cause.
func (e *UnknownOutcomeError) Error() string {
	return fmt.Sprintf("key %q: whether the append at revision %d was stored is not known: %v", e.Key, e.Revision, e.Cause)
}

// Is matches [ErrUnknownOutcome].
func (e *UnknownOutcomeError) Is(target error) bool { return target == ErrUnknownOutcome }

// Unwrap gives the error that left the outcome open.
func (e *UnknownOutcomeError) Unwrap() error { return e.Cause }

// DamagedError names a stored item that can't be read as what it should be.
type DamagedError struct {
	Item    string // such as `commit "counter/1" @ 7`
	Problem string
}

// Error names the item and the problem.
func (e *DamagedError) Error() string { return fmt.Sprintf("%s is damaged: %s", e.Item, e.Problem) }

// Is matches [ErrDamaged].
func (e *DamagedError) Is(target error) bool { return target == ErrDamaged }
