package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/aeon-es/aeon/publish"
	"github.com/aeon-es/aeon/store/sqlite"
)

// retryAfter is how long to wait before what failed is tried again.
const retryAfter = time.Second

// Follow publishes to the bus whatever is appended, until ctx ends. It is the publish function, given what the stream of a table would give it.
func (b *Bus) Follow(ctx context.Context, events *sqlite.Backend) error {
	client := eventbridge.New(eventbridge.Options{
		Region: "local", HTTPClient: &http.Client{Transport: b},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
	p, err := publish.New(client, "local", &publish.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	consumer := publish.NewConsumer(p, events)
	for done := int64(0); ctx.Err() == nil; {
		reached, err := advance(ctx, events, consumer, done)
		if err != nil && ctx.Err() == nil {
			slog.Error("not published, trying again", "error", err)
			select {
			case <-time.After(retryAfter):
			case <-ctx.Done():
			}
		}
		done = reached
	}
	return nil
}

// advance waits for commits behind a sequence number, publishes some, and says up to which.
func advance(ctx context.Context, events *sqlite.Backend, consumer *publish.Consumer, done int64) (reached int64, err error) {
	if err := events.WaitForChange(ctx, done); err != nil {
		return done, err
	}
	changes, err := events.Changes(ctx, done, 100)
	if err != nil || len(changes) == 0 {
		return done, err
	}
	var records []any
	for _, c := range changes {
		records = append(records, map[string]any{"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": map[string]any{
			"SequenceNumber": strconv.FormatInt(c.Sequence, 10),
			"Keys":           map[string]any{"key": map[string]string{"S": c.Commit.Key}, "revision": map[string]string{"N": fmt.Sprint(c.Commit.Revision)}},
		}})
	}
	batch, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		return done, err
	}
	response, err := consumer.Handle(ctx, batch)
	if err != nil {
		return done, err
	}
	if len(response.BatchItemFailures) > 0 { // all of it again: what came before counts once all the same
		return done, errors.New("the bus doesn't take it")
	}
	return changes[len(changes)-1].Sequence, nil
}
