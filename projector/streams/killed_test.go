package streams

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"

	"github.com/aeon-es/aeon/internal/killed"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/projector"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/dynamo"
)

const killedViews = "killed-views"

var killedTables = dynamo.Tables{Events: "killed-events", Metadata: "killed-metadata"}

// pollUntilKilled follows the stream on a server at "endpoint stream".
func pollUntilKilled(where string, steps io.Writer) error {
	endpoint, arn, _ := strings.Cut(where, " ")
	config := aws.Config{
		Region: dynamolocal.Region, BaseEndpoint: &endpoint,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	}
	client := dynamodb.NewFromConfig(config)
	rows := killed.Telling(projectordynamo.New(client, killedViews), steps)
	p, err := projector.New(store.New(dynamo.New(client, killedTables)), rows, nil, killed.Views()...)
	if err != nil {
		return err
	}
	return New(dynamodbstreams.NewFromConfig(config), arn, p, &Options{Checkpoints: p}).Run(context.Background())
}

// TestPollersAreKilled has three processes at a time project from a stream while events keep coming, each until it is killed.
func TestPollersAreKilled(t *testing.T) {
	t.Parallel()
	server := dynamolocal.Shared(t)
	events, rows := dynamo.New(server.Client(), killedTables), projectordynamo.New(server.Client(), killedViews)
	if err := events.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := rows.CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	arn, err := ARN(t.Context(), server.Client(), killedTables.Events)
	if err != nil {
		t.Fatal(err)
	}
	d := killed.Delivery{Where: server.Endpoint() + " " + arn, Store: store.New(events), Rows: rows, Processes: 3, Kills: long.Or(100, 5)}
	d.Run(t)
}
