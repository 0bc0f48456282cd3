package functions

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/consumer"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/projector/queue"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// Project is the function that keeps the views up to date, by the stream of the events table. It needs EVENTS_TABLE,
// VIEWS_TABLE and REDRIVE_QUEUE_URL.
func Project(views ...projector.Definition) (Handler, error) {
	p, _, log, err := projecting(views)
	if err != nil {
		return nil, err
	}
	return answering(consumer.New(p, log).Handle), nil
}

// Redrive is the function that brings parked keys up to date, by the messages of the redrive queue. It needs what
// [Project] needs. The views are the same, too.
func Redrive(views ...projector.Definition) (Handler, error) {
	p, q, log, err := projecting(views)
	if err != nil {
		return nil, err
	}
	return answering(queue.NewConsumer(q, p, log).Handle), nil
}

// projecting puts together a projector that keeps views up to date.
func projecting(views []projector.Definition) (*projector.Projector, *queue.Queue, *slog.Logger, error) {
	var env environment
	events, rows, config := env.events(), env.views(), env.aws()
	q := env.queue(config)
	if err := env.err(); err != nil {
		return nil, nil, nil, err
	}
	client, log := dynamodb.NewFromConfig(config), newLog(os.Stdout)
	s := newStore(client, storedynamo.Tables{Events: events}, log) // it only reads: that takes no metadata
	p, err := projector.New(s, projectordynamo.New(client, rows), &projector.Options{Redriver: q, Log: log}, views...)
	return p, q, log, err
}

// answering has a handler's answer sent as JSON.
func answering[Answer any](handle func(context.Context, json.RawMessage) (Answer, error)) Handler {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		answer, err := handle(ctx, event)
		if err != nil {
			return nil, err
		}
		return json.Marshal(answer)
	}
}
