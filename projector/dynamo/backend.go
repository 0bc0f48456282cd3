// Package dynamo keeps rows of views in DynamoDB: one item per row, its fields native attributes, so that indexes
// can be put on them. Aeon's own attributes begin with "_".
//
// The table's partition key is "_pk", a row's view, version and id, as in "counters#1#counter/7".
package dynamo

import (
	"context"
	"errors"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// DefaultTable is the table's name where nothing else is said.
const DefaultTable = "aeon-views"

// Backend is a [projector.Backend] on DynamoDB. Make it with [New]; safe for concurrent use.
type Backend struct {
	client *dynamodb.Client
	table  string
}

var _ projector.Backend = (*Backend)(nil)

// New makes a backend on a table that exists already. It sends no request.
func New(client *dynamodb.Client, table string) *Backend {
	return &Backend{client: client, table: table}
}

// CreateTable creates the table unless it exists. It is for a machine of one's own and for tests; on AWS the
// template creates it.
func (b *Backend) CreateTable(ctx context.Context) error {
	return dynamotable.Create(ctx, b.client, &dynamodb.CreateTableInput{
		TableName:            &b.table,
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{dynamotable.Attribute(partition, types.ScalarAttributeTypeS)},
		KeySchema:            dynamotable.KeySchema(partition, ""),
	})
}

// Load implements [projector.Backend].
func (b *Backend) Load(ctx context.Context, id projector.RowID) (projector.Stored, error) {
	out, err := b.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &b.table, Key: keyOf(id), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return projector.Stored{}, dynamotable.Classify(b.table, err)
	}
	if len(out.Item) == 0 {
		return projector.Stored{}, nil
	}
	return decode(id, out.Item)
}

// Save implements [projector.Backend]: one conditional PutItem.
func (b *Backend) Save(ctx context.Context, id projector.RowID, seen store.Revision, next projector.Stored) (*projector.Stored, error) {
	i, err := encode(id, next)
	if err != nil {
		return nil, err
	}
	in := &dynamodb.PutItemInput{
		TableName:                           &b.table,
		Item:                                i,
		ConditionExpression:                 aws.String("attribute_not_exists(#pk)"),
		ExpressionAttributeNames:            map[string]string{"#pk": partition},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if seen > 0 {
		in.ConditionExpression = aws.String("#revision = :seen")
		in.ExpressionAttributeNames = map[string]string{"#revision": revision}
		in.ExpressionAttributeValues = item{":seen": number(seen)}
	}
	_, err = b.client.PutItem(ctx, in)
	var refused *types.ConditionalCheckFailedException
	if !errors.As(err, &refused) {
		return nil, dynamotable.Classify(b.table, err)
	}
	if len(refused.Item) == 0 { // removed by hand: it begins anew
		return &projector.Stored{}, nil
	}
	instead, err := decode(id, refused.Item)
	return &instead, err
}

// Ping implements [projector.Backend].
func (b *Backend) Ping(ctx context.Context) error {
	_, err := b.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &b.table, Key: item{partition: &types.AttributeValueMemberS{Value: "ping"}},
	})
	return dynamotable.Classify(b.table, err)
}

func number(r store.Revision) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatUint(uint64(r), 10)}
}
