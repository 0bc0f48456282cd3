// Package function is what the Lambda functions have in common: how they learn from the environment what they work on, their log,
// and their metrics. What only some of them need, such as the clients of SQS and EventBridge, is not in here: a package that is
// imported is initialised at every cold start, used or not.
package function

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// Handler is a function that is put together: it takes Lambda's events as they come, and answers as Lambda
// expects it. It is safe for concurrent use, and fit for lambda.Start.
type Handler func(ctx context.Context, event []byte) ([]byte, error)

// Invoke implements lambda.Handler.
func (h Handler) Invoke(ctx context.Context, event []byte) ([]byte, error) { return h(ctx, event) }

// NewStore makes a store over DynamoDB.
func NewStore(client *dynamodb.Client, tables storedynamo.Tables, log *slog.Logger, o ...storedynamo.Option) *store.Store {
	return store.New(storedynamo.New(client, tables, o...), store.WithLogger(log))
}

// Answering has a handler's answer sent as JSON.
func Answering[Answer any](handle func(context.Context, json.RawMessage) (Answer, error)) Handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		answer, err := handle(ctx, event)
		if err != nil {
			return nil, err
		}
		return json.Marshal(answer)
	}
}
