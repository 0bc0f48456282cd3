package projector

import (
	"errors"
	"fmt"

	"github.com/aeon-es/aeon/store"
)

// What went wrong, for [errors.Is].
var (
	// ErrUnknownView says that no view of that name is defined here.
	ErrUnknownView = errors.New("unknown view")
	// ErrUnwantedKey says that the view's key prefixes leave the key out, so that it never has a row for it.
	ErrUnwantedKey = errors.New("the view doesn't want this key")
)

// ProjectionError says that a view's code could not fold an event: Apply failed or panicked, or the row it
// made can't be stored. What was folded before is kept; nothing behind it is.
type ProjectionError struct {
	View     string
	Key      string
	Revision store.Revision // of the event
	Err      error

	correlationID string // of the event, for the log
}

// Error names the view, the key and the event.
func (e *ProjectionError) Error() string {
	return fmt.Sprintf("view %q can't fold revision %d of key %q: %v", e.View, e.Revision, e.Key, e.Err)
}

// Class says what went wrong, in a word: one of the Class constants.
func (e *ProjectionError) Class() string { return classOf(e.Err) }

// Unwrap gives what Apply answered, or why the row can't be stored.
func (e *ProjectionError) Unwrap() error { return e.Err }

// RowError says why a row can't be stored.
type RowError struct{ Problem string }

// Error states the problem.
func (e *RowError) Error() string { return "the row can't be stored: " + e.Problem }

func rowErrorf(format string, args ...any) error {
	return &RowError{Problem: fmt.Sprintf(format, args...)}
}

// AheadError says that a doorbell tells of an event that the store doesn't have: it was rung too early, or it is a forgery. The
// views have seen all that there is.
type AheadError struct {
	Key      string
	Revision store.Revision // that it tells of
	Head     store.Revision // the last one that there is
}

// Error names the key and both revisions.
func (e *AheadError) Error() string {
	return fmt.Sprintf("key %q: news of revision %d, but the store has nothing behind %d", e.Key, e.Revision, e.Head)
}

// BacklogError says that not every doorbell of a batch was answered: some view failed for some key.
type BacklogError struct {
	// First is the index of the first doorbell that has to be rung again; those before it are done with.
	First int
	// Failed are the indices of the doorbells that failed, ascending: First is the first of them. All others are done with,
	// if their order doesn't matter.
	Failed []int
	Err    error
}

// Error gives the index and the causes.
func (e *BacklogError) Error() string {
	return fmt.Sprintf("doorbells from number %d on: %v", e.First, e.Err)
}

// Unwrap gives the causes, joined.
func (e *BacklogError) Unwrap() error { return e.Err }
