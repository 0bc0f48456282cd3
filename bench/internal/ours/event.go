// Package ours has the contenders that are written in Go: Aeon itself, the bare requests that nothing can be faster than, and a model of
// what many event stores on DynamoDB do.
package ours

import (
	"context"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/bench/internal/driver"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// about200 is the data of each event, as the drivers in other languages have it: 200 bytes.
var about200 = []byte(`{"by":1,"note":"` + strings.Repeat("x", 182) + `"}`)

const eventType = "incremented"

func events(n int) []store.Pending {
	events := make([]store.Pending, n)
	for i := range events {
		events[i] = store.Pending{Type: eventType, Data: about200}
	}
	return events
}

// Names are the contenders of this package. The first is what the others' time is compared with; the second is the same once more: what
// it shows besides 1 is noise.
var Names = []string{"bare", "bare again", "bare transaction", "aeon", "aeon, no index", "head item in a transaction"}

// New makes a contender for a driver's process, nil if there is none of that name.
func New(name string) driver.Contender { return On(newClient(), os.Getenv("BENCH_PREFIX"), name) }

// On makes a contender on the tables with a prefix.
func On(client *dynamodb.Client, prefix, name string) driver.Contender {
	tables := storedynamo.Tables{Events: prefix + "events", Metadata: prefix + "metadata"}
	switch name {
	case "bare", "bare again":
		return &bare{client: client, tables: tables}
	case "bare transaction":
		return &headed{client: client, table: prefix + "transactions", headless: true}
	case "aeon":
		return newAeon(client, tables)
	case "aeon, no index":
		return newAeon(client, tables, storedynamo.WithoutPositionIndex())
	case "head item in a transaction":
		return &headed{client: client, table: prefix + "model"}
	}
	return nil
}

// newClient is a client with the SDK's defaults, but for the address and the connections that 64 writers at once need.
func newClient() *dynamodb.Client {
	return dynamodb.NewFromConfig(aws.Config{
		Region: os.Getenv("AWS_REGION"), BaseEndpoint: aws.String(os.Getenv("BENCH_ENDPOINT")), HTTPClient: pooled(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY")}, nil
		}),
	})
}
