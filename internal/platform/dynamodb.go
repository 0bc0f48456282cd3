package platform

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/projector"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/projector/queue"
	"github.com/aeon-es/aeon/projector/streams"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// openDynamoDB puts the platform together on DynamoDB tables, the views driven by the events table's stream.
func openDynamoDB(ctx context.Context, o Options) (*Platform, error) {
	tables := storedynamo.Tables{
		Events:   cmp.Or(o.Tables.Events, storedynamo.DefaultTables.Events),
		Metadata: cmp.Or(o.Tables.Metadata, storedynamo.DefaultTables.Metadata),
	}
	client := dynamodb.NewFromConfig(*o.DynamoDB)
	events := storedynamo.New(client, tables)
	rows := projectordynamo.New(client, cmp.Or(o.Tables.Views, projectordynamo.DefaultTable))
	if o.CreateTables {
		if err := events.CreateTables(ctx); err != nil {
			return nil, err
		}
		if err := rows.CreateTable(ctx); err != nil {
			return nil, err
		}
		if err := events.Check(ctx); err != nil {
			return nil, err
		}
	}
	s := store.New(events, store.WithLogger(o.Log))
	options := &projector.Options{Log: o.Log, Observer: o.Observer}
	if o.RedriveQueue != "" {
		options.Redriver = queue.New(sqs.NewFromConfig(*o.DynamoDB), o.RedriveQueue)
	}
	p, err := projector.New(s, rows, options, o.Views...)
	if err != nil {
		return nil, err
	}
	return &Platform{
		Store: s, Projector: p, Close: func() error { return nil },
		Size: func(ctx context.Context) (Size, error) {
			out, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &tables.Events})
			if err != nil {
				return Size{}, dynamotable.Classify(tables.Events, err)
			}
			n := int(aws.ToInt64(out.Table.ItemCount))
			return Size{Keys: n, Commits: n, AtMost: true}, nil
		},
		Follow: func(ctx context.Context) error {
			stream, err := streams.ARN(ctx, client, tables.Events)
			if err != nil {
				return err
			}
			poller := streams.New(dynamodbstreams.NewFromConfig(*o.DynamoDB), stream, p, &streams.Options{Checkpoints: p, Log: o.Log})
			return poller.Run(ctx)
		},
	}, nil
}
