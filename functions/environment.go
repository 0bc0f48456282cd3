package functions

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/aeon-es/aeon/projector/queue"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// environment reads variables and keeps note of those that are missing, so that one start names them all.
type environment struct{ missing []error }

// need reads a variable. Empty counts as missing: so a template says "not set".
func (e *environment) need(name, purpose string) string {
	value := os.Getenv(name)
	if value == "" {
		e.missing = append(e.missing, fmt.Errorf("environment variable %s is missing: %s", name, purpose))
	}
	return value
}

func (e *environment) events() string {
	return e.need("EVENTS_TABLE", "it names the table that keeps the events")
}

// store names the tables of a store.
func (e *environment) store() storedynamo.Tables {
	return storedynamo.Tables{
		Events:   e.events(),
		Metadata: e.metadata(),
	}
}

func (e *environment) metadata() string {
	return e.need("METADATA_TABLE", "it names the table that keeps the store's settings and idempotency markers")
}

// creation is how the store is to be created, or was: another store is refused. Nothing said: as it is, or as is usual.
func (e *environment) creation() []storedynamo.Option {
	switch index := os.Getenv("POSITION_INDEX"); index {
	case "false":
		return []storedynamo.Option{storedynamo.WithoutPositionIndex()}
	case "", "true":
	default:
		e.missing = append(e.missing, fmt.Errorf("environment variable POSITION_INDEX is %q: it says whether the store has the index of positions, true or false", index))
	}
	number := os.Getenv("SLICES")
	if number == "" {
		return nil
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > storedynamo.MaxSlices {
		e.missing = append(e.missing, fmt.Errorf("environment variable SLICES is %q: it is how many slices the index of positions has, 1 to %d", number, storedynamo.MaxSlices))
		return nil
	}
	return []storedynamo.Option{storedynamo.WithSlices(n)}
}

func (e *environment) views() string {
	return e.need("VIEWS_TABLE", "it names the table that keeps the rows of the views")
}

// queue is the redrive queue.
func (e *environment) queue(config aws.Config) *queue.Queue {
	url := e.need("REDRIVE_QUEUE_URL", "it is the queue of the keys that have to be redriven")
	return queue.New(sqs.NewFromConfig(config, func(o *sqs.Options) {
		if endpoint := os.Getenv("AWS_ENDPOINT_URL_SQS"); endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	}), url)
}

func (e *environment) bus() string {
	return e.need("EVENT_BUS", "it is the name or the ARN of the event bus that events are published to")
}

func eventBridge(config aws.Config) *eventbridge.Client {
	return eventbridge.NewFromConfig(config, func(o *eventbridge.Options) {
		if endpoint := os.Getenv("AWS_ENDPOINT_URL_EVENTBRIDGE"); endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})
}

// aws is what clients of AWS are made from. Built by hand: config.LoadDefaultConfig looks into places that a function
// doesn't have, and its dependencies would double the binary.
func (e *environment) aws() aws.Config {
	const fromLambda = "Lambda sets it; elsewhere set it yourself"
	c := aws.Config{
		Region: e.need("AWS_REGION", fromLambda),
		Credentials: fixed{
			AccessKeyID:     e.need("AWS_ACCESS_KEY_ID", fromLambda),
			SecretAccessKey: e.need("AWS_SECRET_ACCESS_KEY", fromLambda),
			SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
			Source:          "the function's environment",
		}.provider(),
		HTTPClient: httpClient(),
	}
	if url := os.Getenv("AWS_ENDPOINT_URL"); url != "" {
		c.BaseEndpoint = &url
	}
	return c
}

// err names what was missing.
func (e *environment) err() error { return errors.Join(e.missing...) }
