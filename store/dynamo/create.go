package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// PositionIndex is the name of the index of the events table by position.
const PositionIndex = "byPosition"

// activeWithin is how long a table may take to come into being.
const activeWithin = 2 * time.Minute

// CreateTables creates those of the store's tables that don't exist yet, and waits until they can be used. It is for a
// machine of one's own and for tests; on AWS the template creates them.
func (b *Backend) CreateTables(ctx context.Context) error {
	events := &dynamodb.CreateTableInput{
		TableName:   &b.tables.Events,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			attribute("key", types.ScalarAttributeTypeS), attribute("revision", types.ScalarAttributeTypeN),
			attribute("slice", types.ScalarAttributeTypeN), attribute("position", types.ScalarAttributeTypeS),
		},
		KeySchema: keySchema("key", "revision"),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String(PositionIndex), KeySchema: keySchema("slice", "position"),
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}},
		StreamSpecification: &types.StreamSpecification{
			StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage,
		},
	}
	metadata := &dynamodb.CreateTableInput{
		TableName:   &b.tables.Metadata,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			attribute("pk", types.ScalarAttributeTypeS), attribute("sk", types.ScalarAttributeTypeS),
		},
		KeySchema: keySchema("pk", "sk"),
	}
	for _, table := range []*dynamodb.CreateTableInput{events, metadata} {
		if err := CreateTable(ctx, b.client, table); err != nil {
			return err
		}
	}
	return b.expireMarkers(ctx)
}

// CreateTable creates a table unless it exists, and waits until it can be used.
func CreateTable(ctx context.Context, client *dynamodb.Client, in *dynamodb.CreateTableInput) error {
	_, err := client.CreateTable(ctx, in)
	var exists *types.ResourceInUseException
	if err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("create table %q: %w", *in.TableName, err)
	}
	waiter := dynamodb.NewTableExistsWaiter(client, func(o *dynamodb.TableExistsWaiterOptions) { o.MinDelay = time.Second })
	if err := waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: in.TableName}, activeWithin); err != nil {
		return fmt.Errorf("wait for table %q: %w", *in.TableName, err)
	}
	return nil
}

// expireMarkers lets the metadata table remove what has expired.
func (b *Backend) expireMarkers(ctx context.Context) error {
	out, err := b.client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &b.tables.Metadata})
	if err == nil && out.TimeToLiveDescription != nil && out.TimeToLiveDescription.TimeToLiveStatus == types.TimeToLiveStatusEnabled {
		return nil
	}
	_, err = b.client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName: &b.tables.Metadata,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{
			AttributeName: aws.String("expires"), Enabled: aws.Bool(true),
		},
	})
	if err != nil {
		return fmt.Errorf("time to live of table %q: %w", b.tables.Metadata, err)
	}
	return nil
}

func attribute(name string, kind types.ScalarAttributeType) types.AttributeDefinition {
	return types.AttributeDefinition{AttributeName: &name, AttributeType: kind}
}

func keySchema(partition, sort string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: &partition, KeyType: types.KeyTypeHash}, {AttributeName: &sort, KeyType: types.KeyTypeRange},
	}
}
