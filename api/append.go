package api

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aeon-es/aeon/store"
)

// maxBody is the largest body of a request, in bytes.
const maxBody = 1 << 20

// timeFormat is RFC 3339 with the milliseconds that a store keeps.
const timeFormat = "2006-01-02T15:04:05.000Z07:00"

// appended is the body of an append's answer.
type appended struct {
	Key         string         `json:"key"`
	Revision    store.Revision `json:"revision"`
	Position    string         `json:"position"`
	CommittedAt string         `json:"committedAt"`
	Count       int            `json:"count"`
	Duplicate   bool           `json:"duplicate,omitempty"`
}

// append serves POST /streams/{key}.
func (a *api) append(c *call) (*answer, error) {
	if err := store.ValidateKey(c.key); err != nil {
		return nil, err
	}
	if _, err := parameters(c.URL.RawQuery); err != nil {
		return nil, err
	}
	expected, err := expectation(c.Header)
	if err != nil {
		return nil, err
	}
	idempotencyKey, err := idempotencyKey(c.Header)
	if err != nil {
		return nil, err
	}
	events, err := readEvents(c.Request)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(events, func(e store.Pending) bool { return e.CorrelationID != "" }); i >= 0 {
		c.correlationID = events[i].CorrelationID
	}
	done, err := a.store.Append(c.Context(), c.key, expected, events, &store.AppendOptions{IdempotencyKey: idempotencyKey})
	if err != nil {
		return nil, err
	}
	c.revision = done.Revision()
	status := http.StatusCreated
	if done.Duplicate {
		status = http.StatusOK
	}
	ans, err := jsonAnswer(status, appended{
		Key: done.Key(), Revision: done.Revision(), Position: done.Position().String(),
		CommittedAt: formatTime(done.CommittedAt), Count: done.Count, Duplicate: done.Duplicate,
	})
	if err != nil {
		return nil, err
	}
	ans.header.Set("ETag", etag(done.Revision()))
	return ans, nil
}

func formatTime(t time.Time) string { return t.UTC().Format(timeFormat) }

// readEvents reads the events out of the body of an append.
func readEvents(r *http.Request) ([]store.Pending, error) {
	if err := isJSON(r.Header); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, errBodyTooLarge
	}
	if err != nil {
		return nil, invalidf("body", "broke off")
	}
	return decodeEvents(body)
}

// isJSON says whether the headers promise JSON in UTF-8, not compressed.
func isJSON(h http.Header) error {
	value := strings.Join(h.Values("Content-Type"), ", ")
	mediaType, params, err := mime.ParseMediaType(value)
	if err != nil || mediaType != documentType {
		return fmt.Errorf("%w: Content-Type is %q, not application/json", errMediaType, shortened(value))
	}
	if charset, ok := params["charset"]; ok && !strings.EqualFold(charset, "utf-8") {
		return fmt.Errorf("%w: the charset is %q, not utf-8", errMediaType, shortened(charset))
	}
	if coding := h.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return fmt.Errorf("%w: Content-Encoding is %q, none is understood", errMediaType, shortened(coding))
	}
	return nil
}
