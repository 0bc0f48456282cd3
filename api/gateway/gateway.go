package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/aeon-es/aeon/internal/deadline"
)

// maxResponse is the most that Lambda takes for an answer, in bytes.
const maxResponse = 6 << 20

// ErrNotHTTP says that an event is none of those that an HTTP request comes as.
var ErrNotHTTP = errors.New("the event is not an HTTP request: this function expects those of an API Gateway REST API, " +
	"an HTTP API (payload format 2.0 or 1.0) or a function URL, such as `sam local generate-event apigateway aws-proxy` prints")

// Handler adapts h to the events of REST APIs, HTTP APIs and function URLs; the answer has the form that belongs to the
// event. Pass it to lambda.Start. It is safe for concurrent use if h is.
//
// h gets the request with its path as it was sent, so that r.URL.EscapedPath tells "/" from "%2F" where the front does. Its
// context ends a little before the function's time does. A request without an X-Request-Id gets that of the invocation.
//
// Errors, for an event that is no HTTP request ([ErrNotHTTP]) or is malformed, and for an answer larger than Lambda's 6 MB,
// fail the invocation.
func Handler(h http.Handler) func(context.Context, json.RawMessage) (json.RawMessage, error) {
	return func(ctx context.Context, payload json.RawMessage) (json.RawMessage, error) {
		ctx, cancel := deadline.Ahead(ctx)
		defer cancel()
		e, err := parse(payload)
		if err != nil {
			return nil, err
		}
		r, err := e.request(ctx)
		if err != nil {
			return nil, fmt.Errorf("malformed event: %w", err)
		}
		if r.Header.Get(requestID) == "" {
			r.Header.Set(requestID, invocation(ctx, e))
		}
		w := &recorder{header: http.Header{}}
		h.ServeHTTP(w, r)
		return w.response(e.v2())
	}
}

const requestID = "X-Request-Id"

// invocation names the invocation as Lambda's own log does, or else as the front does.
func invocation(ctx context.Context, e *event) string {
	if lc, ok := lambdacontext.FromContext(ctx); ok && lc.AwsRequestID != "" {
		return lc.AwsRequestID
	}
	return e.Context.RequestID
}

// parse reads an event, of either payload format.
func parse(payload json.RawMessage) (*event, error) {
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNotHTTP, err)
	}
	if e.method() == "" || !strings.HasPrefix(e.path(), "/") || e.Context.ELB != nil {
		return nil, ErrNotHTTP
	}
	return &e, nil
}
