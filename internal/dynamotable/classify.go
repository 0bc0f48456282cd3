// Package dynamotable is what the adapters for DynamoDB share: creating a table, and telling what an error says.
package dynamotable

import (
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/aeon-es/aeon/store"
)

// throttles are the codes by which DynamoDB says that it did nothing because there was too much to do.
var throttles = []string{
	"ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded",
	"ThrottlingException", "ThrottlingError", "RequestLimitExceeded",
	"TransactionConflictException", "TransactionConflict", "ReplicatedWriteConflictException",
}

// Classify says what is known after err: [store.ErrThrottled] and [store.ErrUnavailable] where DynamoDB did
// nothing, and err itself where that is open, as after a lost answer or a fault of the server.
func Classify(table string, err error) error {
	var (
		missing   *types.ResourceNotFoundException
		cancelled *types.TransactionCanceledException
		underway  *types.TransactionInProgressException
		refused   smithy.APIError
		answer    *smithyhttp.ResponseError
		network   *net.OpError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing):
		return fmt.Errorf("%w: table %q doesn't exist: deploy or create it, or give the name of the one there is: %w", store.ErrUnavailable, table, err)
	case errors.As(err, &cancelled):
		return fmt.Errorf("%w: table %q: %w", classOf(cancelled.CancellationReasons), table, err)
	case errors.As(err, &underway): // a copy of the request was there before, and what comes of that one is open
	case errors.As(err, &refused) && slices.Contains(throttles, refused.ErrorCode()):
		return fmt.Errorf("%w: table %q: %w", store.ErrThrottled, table, err)
	case errors.As(err, &answer) && answer.HTTPStatusCode() >= 400 && answer.HTTPStatusCode() < 500:
		return fmt.Errorf("%w: table %q: %w", store.ErrUnavailable, table, err)
	case errors.As(err, &network) && network.Op == "dial":
		return fmt.Errorf("%w: DynamoDB can't be reached: %w", store.ErrUnavailable, err)
	}
	return fmt.Errorf("table %q: %w", table, err)
}

// classOf says why a transaction was cancelled that no condition stopped.
func classOf(reasons []types.CancellationReason) error {
	for _, r := range reasons {
		if r.Code != nil && *r.Code != "None" && !slices.Contains(throttles, *r.Code) {
			return store.ErrUnavailable
		}
	}
	return store.ErrThrottled
}
