package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// What is wrong with a request that never gets as far as the store.
var (
	errNotFound     = errors.New("nothing is served under this path")
	errMethod       = errors.New("method not allowed")
	errMediaType    = errors.New("unsupported media type")
	errBodyTooLarge = fmt.Errorf("the body is larger than %d bytes", maxBody)
	errNoRow        = errors.New("there is no such row")
	errNotReady     = errors.New("not ready")
)

// retryAfter is when to come again, in seconds.
const retryAfter = 1

// class is how a kind of error is answered.
type class struct {
	err    error
	status int
	kind   string // the "type" of the problem: a word that never changes
	title  string
	// detail is said instead of the error's own words, where those are for the log only.
	detail string
	// retry says that the same request may do better in a while.
	retry bool
}

// classes is the one table from errors to answers. The first that matches counts: what isn't ready and an unknown outcome
// wrap what made them so, such as throttling.
var classes = []class{
	{err: errNotReady, status: http.StatusServiceUnavailable, kind: "unavailable", title: "The database can't do this now",
		detail: "A database doesn't answer, or lacks a table. The log tells the cause."},
	{err: store.ErrInvalid, status: http.StatusBadRequest, kind: "invalid", title: "The request is not valid"},
	{err: store.ErrConflict, status: http.StatusPreconditionFailed, kind: "conflict", title: "The stream is not at the expected revision"},
	{err: store.ErrTooLarge, status: http.StatusRequestEntityTooLarge, kind: "too-large", title: "Too large"},
	{err: errBodyTooLarge, status: http.StatusRequestEntityTooLarge, kind: "too-large", title: "Too large"},
	{err: errMediaType, status: http.StatusUnsupportedMediaType, kind: "unsupported-media-type", title: "Unsupported media type"},
	{err: errNotAcceptable, status: http.StatusNotAcceptable, kind: "not-acceptable", title: "There is no answer of a type that is accepted"},
	{err: store.ErrIdempotencyKeyReused, status: http.StatusUnprocessableEntity, kind: "idempotency-key-reused", title: "The idempotency key belongs to other events"},
	{err: store.ErrNoPositionIndex, status: http.StatusConflict, kind: "no-position-index", title: "This store can't be read by position",
		detail: "The store was created without the index of positions. Its streams can be read one by one; to read all events in order, " +
			"it has to be created anew, with the index, and filled again."},
	{err: projector.ErrUnknownView, status: http.StatusNotFound, kind: "unknown-view", title: "There is no such view"},
	{err: projector.ErrUnwantedKey, status: http.StatusNotFound, kind: "not-found", title: "Not found"},
	{err: errNoRow, status: http.StatusNotFound, kind: "not-found", title: "Not found"},
	{err: errNotFound, status: http.StatusNotFound, kind: "not-found", title: "Not found"},
	{err: errMethod, status: http.StatusMethodNotAllowed, kind: "method-not-allowed", title: "Method not allowed"},
	{err: projector.ErrParked, status: http.StatusServiceUnavailable, kind: "parked", title: "The view can't fold an event of this stream"},
	{err: store.ErrUnknownOutcome, status: http.StatusGatewayTimeout, kind: "unknown-outcome", title: "Whether the events were stored is not known",
		detail: "The events may be stored, come to be stored a little later, or never. Appending them again with the same " +
			"Idempotency-Key is safe; without one, read the stream first."},
	{err: store.ErrThrottled, status: http.StatusTooManyRequests, kind: "throttled", title: "Too many requests", retry: true,
		detail: "The database has no capacity for this now, or too many writers append to this stream at once. Nothing was stored."},
	{err: store.ErrUnavailable, status: http.StatusServiceUnavailable, kind: "unavailable", title: "The database can't do this now",
		detail: "The database can't do this as things are. Nothing was stored. The log tells the cause."},
	{err: context.DeadlineExceeded, status: http.StatusServiceUnavailable, kind: "timeout", title: "It took too long", retry: true,
		detail: "The time for this request was over before it was done. Nothing was stored."},
	{err: context.Canceled, status: http.StatusServiceUnavailable, kind: "timeout", title: "It took too long", retry: true,
		detail: "The request was called off before it was done. Nothing was stored."},
}

var internal = class{
	status: http.StatusInternalServerError, kind: "internal", title: "Internal error",
	detail: "Something is wrong here that is not the request's fault. The log tells the cause.",
}

func classOf(err error) class {
	for _, c := range classes {
		if errors.Is(err, c.err) {
			return c
		}
	}
	return internal
}
