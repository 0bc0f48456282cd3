package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// maxBody is the longest body of a request, in bytes: a key and a few words.
const maxBody = 16 << 10

// answering serves what answer gives as JSON, and its errors by RFC 9457.
func (d *dashboard) answering(answer func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		body, err := answer(r)
		if err == nil {
			writeJSON(w, http.StatusOK, "application/json", body)
			return
		}
		status := statusOf(err)
		if status == http.StatusInternalServerError {
			d.Log.Error("the dashboard can't answer", "path", r.URL.Path, "error", err)
		}
		writeProblem(w, status, err.Error())
	}
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, store.ErrInvalid):
		return http.StatusBadRequest
	case errors.Is(err, projector.ErrUnknownView), errors.Is(err, projector.ErrUnwantedKey):
		return http.StatusNotFound
	case errors.Is(err, projector.ErrNotParked), errors.Is(err, projector.ErrTooManySkips):
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

func writeProblem(w http.ResponseWriter, status int, detail string) {
	writeJSON(w, status, "application/problem+json", map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail,
	})
}

func writeJSON(w http.ResponseWriter, status int, contentType string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "the answer can't be encoded", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n')) // who has gone away needs no answer
}

// readBody decodes the body of a request.
func readBody(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return invalidf("body", "is no such JSON object: %v", err)
	}
	return nil
}

func invalidf(field, format string, args ...any) error {
	return &store.InvalidError{Field: field, Problem: fmt.Sprintf(format, args...)}
}
