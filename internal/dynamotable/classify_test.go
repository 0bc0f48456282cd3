package dynamotable

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/aeon-es/aeon/store"
)

// answered is err as it comes with an HTTP status.
func answered(status int, err error) error {
	return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: err}
}

func code(code string) error { return &smithy.GenericAPIError{Code: code} }

func cancelled(codes ...string) error {
	e := &types.TransactionCanceledException{}
	for _, c := range codes {
		e.CancellationReasons = append(e.CancellationReasons, types.CancellationReason{Code: aws.String(c)})
	}
	return answered(400, e)
}

// What is said to have done nothing must have done nothing: whatever isn't known to is left open.
func TestClassify(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want error // nil: open
	}{
		"throughput":                     {answered(400, &types.ProvisionedThroughputExceededException{}), store.ErrThrottled},
		"throttling":                     {answered(400, code("ThrottlingException")), store.ErrThrottled},
		"account limit":                  {answered(400, &types.RequestLimitExceeded{}), store.ErrThrottled},
		"conflict with a transaction":    {answered(400, &types.TransactionConflictException{}), store.ErrThrottled},
		"transactions in conflict":       {cancelled("TransactionConflict", "None"), store.ErrThrottled},
		"transaction throttled":          {cancelled("None", "ProvisionedThroughputExceeded"), store.ErrThrottled},
		"transaction throttled, both":    {cancelled("ThrottlingError", "TransactionConflict"), store.ErrThrottled},
		"transaction invalid":            {cancelled("None", "ValidationError"), store.ErrUnavailable},
		"transaction, throttled too":     {cancelled("TransactionConflict", "ItemCollectionSizeLimitExceeded"), store.ErrUnavailable},
		"no table":                       {answered(400, &types.ResourceNotFoundException{}), store.ErrUnavailable},
		"access denied":                  {answered(400, code("AccessDeniedException")), store.ErrUnavailable},
		"invalid":                        {answered(400, code("ValidationException")), store.ErrUnavailable},
		"wrong signature":                {answered(403, code("InvalidSignatureException")), store.ErrUnavailable},
		"nobody listens":                 {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, store.ErrUnavailable},
		"the same transaction under way": {answered(400, &types.TransactionInProgressException{}), nil},
		"broken":                         {answered(500, &types.InternalServerError{}), nil},
		"service unavailable":            {answered(503, code("ServiceUnavailable")), nil},
		"connection reset":               {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, nil},
		"context over":                   {context.DeadlineExceeded, nil},
		"anything":                       {errors.New("anything"), nil},
	} {
		got := Classify("the-table", fmt.Errorf("operation error: %w", c.err))
		for _, definite := range []error{store.ErrThrottled, store.ErrUnavailable} {
			if want := c.want == definite; errors.Is(got, definite) != want { //nolint:errorlint // one of the two, or nil
				t.Errorf("%s: %v: %v is %v, want %v", name, got, definite, !want, want)
			}
		}
		if !errors.Is(got, c.err) {
			t.Errorf("%s: %v doesn't wrap its cause", name, got)
		}
		if !strings.Contains(got.Error(), "the-table") && !strings.Contains(got.Error(), "reached") {
			t.Errorf("%s: %v doesn't name the table", name, got)
		}
	}
	if err := Classify("the-table", nil); err != nil {
		t.Error(err)
	}
}
