package functions

import (
	"context"
	"encoding/json"
	"os"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/consumer"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// Project is the function that keeps the views up to date, by the stream of the events table. It needs EVENTS_TABLE
// and VIEWS_TABLE.
func Project(views ...projector.Definition) (Handler, error) {
	var env environment
	events, rows, client := env.events(), env.views(), dynamodb.NewFromConfig(env.aws())
	if err := env.err(); err != nil {
		return nil, err
	}
	log := newLog(os.Stdout)
	s := newStore(client, storedynamo.Tables{Events: events}, log) // it only reads: that takes no metadata
	p, err := projector.New(s, projectordynamo.New(client, rows), &projector.Options{Log: log}, views...)
	if err != nil {
		return nil, err
	}
	c := consumer.New(p, log)
	return func(ctx context.Context, event []byte) ([]byte, error) {
		response, err := c.Handle(ctx, event)
		if err != nil {
			return nil, err
		}
		return json.Marshal(response)
	}, nil
}
