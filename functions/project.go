package functions

import (
	"context"
	"encoding/json"
	"os"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/consumer"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/projector/queue"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// Project is the function that keeps the views up to date, by the stream of the events table and whatever else
// [consumer.Consumer] takes. It needs EVENTS_TABLE, VIEWS_TABLE and REDRIVE_QUEUE_URL; with a process manager among the views
// METADATA_TABLE, too.
func Project(views ...projector.Definition) (Handler, error) {
	p, _, m, err := projecting(views)
	if err != nil {
		return nil, err
	}
	return m.metered(consumer.New(p, m.log).Invoke), nil
}

// Redrive is the function that brings parked keys up to date, by the messages of the redrive queue. It needs what
// [Project] needs. The views are the same, too.
func Redrive(views ...projector.Definition) (Handler, error) {
	p, q, m, err := projecting(views)
	if err != nil {
		return nil, err
	}
	return m.metered(answering(queue.NewConsumer(q, p, m.log).Handle)), nil
}

// projecting puts together a projector that keeps views up to date, and what measures it.
func projecting(views []projector.Definition) (*projector.Projector, *queue.Queue, *meter, error) {
	var env environment
	tables, rows, config := storedynamo.Tables{Events: env.events()}, env.views(), env.aws()
	if projector.Appends(views...) {
		tables.Metadata = env.metadata()
	}
	q := env.queue(config)
	if err := env.err(); err != nil {
		return nil, nil, nil, err
	}
	client, log := dynamodb.NewFromConfig(config), newLog(os.Stdout)
	s, m := newStore(client, tables, log), newMeter(os.Stdout, log)
	p, err := projector.New(s, projectordynamo.New(client, rows), &projector.Options{Redriver: q, Log: log}, views...)
	if err != nil {
		return nil, nil, nil, err
	}
	m.ofStore(s)
	m.ofProjector(p)
	return p, q, m, nil
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
