package dynamo

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/dynamotable"
)

// PositionIndex is the name of the index of the events table by position.
const PositionIndex = "byPosition"

// CreateTables creates those of the store's tables that don't exist yet, and waits until they can be used. It is for a
// machine of one's own and for tests; on AWS the template creates them.
func (b *Backend) CreateTables(ctx context.Context) error {
	events := &dynamodb.CreateTableInput{
		TableName:   &b.tables.Events,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			dynamotable.Attribute("key", types.ScalarAttributeTypeS), dynamotable.Attribute("revision", types.ScalarAttributeTypeN),
			dynamotable.Attribute("slice", types.ScalarAttributeTypeN), dynamotable.Attribute("position", types.ScalarAttributeTypeS),
		},
		KeySchema: dynamotable.KeySchema("key", "revision"),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String(PositionIndex), KeySchema: dynamotable.KeySchema("slice", "position"),
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}},
		StreamSpecification: &types.StreamSpecification{
			StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage,
		},
	}
	if b.unindexed {
		events.AttributeDefinitions, events.GlobalSecondaryIndexes = events.AttributeDefinitions[:2], nil
	}
	metadata := &dynamodb.CreateTableInput{
		TableName:   &b.tables.Metadata,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			dynamotable.Attribute("pk", types.ScalarAttributeTypeS), dynamotable.Attribute("sk", types.ScalarAttributeTypeS),
		},
		KeySchema: dynamotable.KeySchema("pk", "sk"),
	}
	for _, table := range []*dynamodb.CreateTableInput{events, metadata} {
		if err := dynamotable.Create(ctx, b.client, table); err != nil {
			return err
		}
	}
	return b.expireMarkers(ctx)
}

// expireMarkers lets the metadata table remove what has expired. Where another process was first, that is as well.
func (b *Backend) expireMarkers(ctx context.Context) error {
	if b.markersExpire(ctx) {
		return nil
	}
	_, err := b.client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName: &b.tables.Metadata,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{
			AttributeName: aws.String("expires"), Enabled: aws.Bool(true),
		},
	})
	if err != nil && !b.markersExpire(ctx) {
		return fmt.Errorf("time to live of table %q: %w", b.tables.Metadata, err)
	}
	return nil
}

// markersExpire says whether they are known to, or to be about to.
func (b *Backend) markersExpire(ctx context.Context) bool {
	out, err := b.client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &b.tables.Metadata})
	if err != nil || out.TimeToLiveDescription == nil {
		return false
	}
	status := out.TimeToLiveDescription.TimeToLiveStatus
	return status == types.TimeToLiveStatusEnabled || status == types.TimeToLiveStatusEnabling
}
