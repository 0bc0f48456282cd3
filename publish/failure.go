package publish

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// kind is what to do about a failure.
type kind int

const (
	passing kind = iota // try again: throttling, faults, whatever isn't known to last
	refused             // EventBridge can't read the entry: it may take less of it
	denied              // somebody has to mend what isn't the entry's fault
)

// failure is why EventBridge didn't take an entry.
type failure struct {
	entry *entry
	kind  kind
	cause error
}

// Error names the event and the cause.
func (f *failure) Error() string {
	return fmt.Sprintf("key %q, revision %d: %v", f.entry.event.Key, f.entry.event.Revision, f.cause)
}

// Unwrap gives the cause.
func (f *failure) Unwrap() error { return f.cause }

// The codes by which EventBridge says what it is, of an entry or of a request. Any other of an entry passes.
var (
	refusals = []string{"MalformedDetail", "InvalidArgument", "ValidationException", "RequestEntityTooLarge", "RequestEntityTooLargeException"}
	denials  = []string{
		"AccessDeniedException", "NotAuthorizedForSourceException", "NotAuthorizedForDetailTypeException",
		"InvalidAccountIdException", "RedactionFailure",
	}
	throttles = []string{"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "LimitExceededException"}
)

// failed is the failure of a single entry.
func failed(n *entry, r types.PutEventsResultEntry) *failure {
	f := &failure{entry: n, cause: fmt.Errorf("%s: %s", aws.ToString(r.ErrorCode), aws.ToString(r.ErrorMessage))}
	switch code := aws.ToString(r.ErrorCode); {
	case slices.Contains(refusals, code):
		f.kind = refused
	case slices.Contains(denials, code):
		f.kind = denied
	}
	return f
}

// kindOf is the kind of what befell a request.
func kindOf(err error) kind {
	var (
		told   smithy.APIError
		answer *smithyhttp.ResponseError
	)
	if !errors.As(err, &answer) {
		return passing // there was no answer, or none that made sense
	}
	status, code := answer.HTTPStatusCode(), ""
	if errors.As(err, &told) {
		code = told.ErrorCode()
	}
	switch {
	case slices.Contains(refusals, code), status == http.StatusRequestEntityTooLarge:
		return refused
	case slices.Contains(throttles, code), status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return passing
	case status >= 400 && status < 500:
		return denied
	}
	return passing
}
