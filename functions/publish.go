package functions

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/publish"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// Publish is the function that publishes events to EventBridge, by the stream of the events table. It needs EVENTS_TABLE and
// EVENT_BUS.
func Publish() (Handler, error) {
	var env environment
	events, bus, config := env.events(), env.bus(), env.aws()
	if err := env.err(); err != nil {
		return nil, err
	}
	log := newLog(os.Stdout)
	p, err := publish.New(eventBridge(config), bus, &publish.Options{Source: os.Getenv("EVENT_SOURCE"), Log: log})
	if err != nil {
		return nil, err
	}
	m := newMeter(os.Stdout, log)
	m.ofPublisher(p)
	table := storedynamo.New(dynamodb.NewFromConfig(config), storedynamo.Tables{Events: events}) // it only reads
	return m.metered(answering(publish.NewConsumer(p, table).Handle)), nil
}
