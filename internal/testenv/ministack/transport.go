package ministack

import (
	"net/http"
	"net/http/httptrace"
)

// written hands an answer on once its request is written to the end. The server may answer a moment before that; the SDK then
// closes the request's body at once, and net/http takes that for a failed write and breaks off the answer: the SDK sends the
// request again, and a queue has one message more, or hides messages that nobody has received.
type written struct{ *http.Transport }

// RoundTrip implements [http.RoundTripper].
func (w written) RoundTrip(r *http.Request) (*http.Response, error) {
	done := make(chan struct{}, 1) // it may be written twice, on another connection
	trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) {
		select {
		case done <- struct{}{}:
		default:
		}
	}}
	answer, err := w.Transport.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil {
		return nil, err
	}
	select {
	case <-done:
	case <-r.Context().Done():
	}
	return answer, nil
}
