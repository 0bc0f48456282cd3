// Package publishing puts together the Lambda function that publishes events, for the main of an application's function:
//
//	func main() { functions.Start(publishing.Publish()) }
//
// It is apart from package functions for the sake of those that need no client of EventBridge.
package publishing

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/aeon-es/aeon/internal/function"
	"github.com/aeon-es/aeon/publish"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// Publish is the function that publishes events to EventBridge, by the stream of the events table. It needs EVENTS_TABLE and
// EVENT_BUS.
func Publish() (function.Handler, error) {
	var env function.Environment
	events, config := env.Events(), env.AWS()
	bus := env.Need("EVENT_BUS", "it is the name or the ARN of the event bus that events are published to")
	if err := env.Err(); err != nil {
		return nil, err
	}
	log := function.NewLog(os.Stdout)
	client := eventbridge.NewFromConfig(config, func(o *eventbridge.Options) {
		if endpoint := function.Endpoint("EVENTBRIDGE"); endpoint != nil {
			o.BaseEndpoint = endpoint
		}
	})
	p, err := publish.New(client, bus, &publish.Options{Source: os.Getenv("EVENT_SOURCE"), Log: log})
	if err != nil {
		return nil, err
	}
	m := function.NewMeter(os.Stdout, log)
	m.OfPublisher(func() (events, withoutData, sentAgain int64) {
		c := p.Stats()
		return c.Events, c.WithoutData, c.SentAgain
	})
	table := storedynamo.New(dynamodb.NewFromConfig(config), storedynamo.Tables{Events: events}) // it only reads
	return m.Metered(function.Answering(publish.NewConsumer(p, table).Handle)), nil
}
