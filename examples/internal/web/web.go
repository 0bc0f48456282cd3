// Package web has what every HTTP handler of the examples would repeat: answers and requests in JSON.
package web

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// maxBody is the largest request body, in bytes.
const maxBody = 64 << 10

// Answer answers v as JSON.
func Answer(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		Fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // who doesn't wait for the answer doesn't get it
}

// Refuse answers that a command was not carried out, and why.
func Refuse(w http.ResponseWriter, status int, why string) {
	Answer(w, status, map[string]string{"error": why})
}

// Fail answers err by the status that suits it. What went wrong inside reaches the log, and not the caller.
func Fail(w http.ResponseWriter, err error) {
	var malformed *malformedError
	switch {
	case errors.As(err, &malformed), errors.Is(err, store.ErrInvalid):
		Refuse(w, http.StatusBadRequest, err.Error())
	case errors.Is(err, store.ErrTooLarge):
		Refuse(w, http.StatusRequestEntityTooLarge, err.Error())
	case errors.Is(err, store.ErrIdempotencyKeyReused):
		Refuse(w, http.StatusUnprocessableEntity, err.Error())
	case errors.Is(err, store.ErrConflict):
		w.Header().Set("Retry-After", "1")
		Refuse(w, http.StatusServiceUnavailable, "others were first, again and again: try once more")
	case errors.Is(err, store.ErrThrottled), errors.Is(err, projector.ErrParked):
		w.Header().Set("Retry-After", "1")
		Refuse(w, http.StatusServiceUnavailable, "try again later")
	default:
		slog.Error("a request failed", "error", err)
		Refuse(w, http.StatusInternalServerError, "something went wrong: the log says what")
	}
}

type malformedError struct{ cause error }

func (e *malformedError) Error() string {
	return "the body is not the JSON that is expected: " + e.cause.Error()
}

// Read reads a request's body, which may be absent, into what v points to.
func Read(w http.ResponseWriter, r *http.Request, v any) error {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil && !errors.Is(err, io.EOF) {
		return &malformedError{err}
	}
	return nil
}
