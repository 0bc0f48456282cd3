// Package dynamo keeps the items of views in DynamoDB: a row's fields are native attributes, so that indexes
// can be put on them. Aeon's own attributes begin with "_".
//
// The table's partition key is "_pk": for a row its view, version and id, as in "counters#1#counter/7".
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

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
		TableName:   &b.table,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			dynamotable.Attribute(partition, types.ScalarAttributeTypeS), dynamotable.Attribute(parkedIn, types.ScalarAttributeTypeS),
			dynamotable.Attribute(shard, types.ScalarAttributeTypeS), dynamotable.Attribute(rank, types.ScalarAttributeTypeS),
		},
		KeySchema:              dynamotable.KeySchema(partition, ""),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{createParkedIndex(), createRankIndex()},
	})
}

// Load implements [projector.Backend]: one GetItem, or a BatchGetItem for several.
func (b *Backend) Load(ctx context.Context, ids ...projector.ItemID) ([]projector.Stored, error) {
	found := make(map[string]item, len(ids))
	if len(ids) == 1 {
		out, err := b.client.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: &b.table, Key: keyOf(ids[0]), ConsistentRead: aws.Bool(true),
		})
		if err != nil {
			return nil, dynamotable.Classify(b.table, err)
		}
		found[partitionOf(ids[0])] = out.Item
	} else if err := b.loadMany(ctx, ids, found); err != nil {
		return nil, err
	}
	items := make([]projector.Stored, len(ids))
	for i, id := range ids {
		if at := found[partitionOf(id)]; len(at) > 0 {
			var err error
			if items[i], err = decode(id, at); err != nil {
				return nil, err
			}
		}
	}
	return items, nil
}

// A BatchGetItem takes 100 keys, and may leave some to be asked for again when their sizes or the load are too much.
const (
	batchKeys  = 100
	batchAgain = 10
	batchPause = 20 * time.Millisecond
)

// loadMany reads items into found, by their partition.
func (b *Backend) loadMany(ctx context.Context, ids []projector.ItemID, found map[string]item) error {
	for chunk := range slices.Chunk(ids, batchKeys) {
		keys := make([]item, len(chunk))
		for i, id := range chunk {
			keys[i] = keyOf(id)
		}
		for try := range batchAgain {
			out, err := b.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
				RequestItems: map[string]types.KeysAndAttributes{b.table: {Keys: keys, ConsistentRead: aws.Bool(true)}},
			})
			if err != nil {
				return dynamotable.Classify(b.table, err)
			}
			for _, i := range out.Responses[b.table] {
				if pk, ok := i[partition].(*types.AttributeValueMemberS); ok {
					found[pk.Value] = i
				}
			}
			if keys = out.UnprocessedKeys[b.table].Keys; len(keys) == 0 {
				break
			}
			if try == batchAgain-1 {
				return fmt.Errorf("%w: table %q left %d items unread, %d times", store.ErrThrottled, b.table, len(keys), batchAgain)
			}
			if len(out.Responses[b.table]) == 0 {
				pause(ctx, time.Duration(try+1)*batchPause)
			}
		}
	}
	return nil
}

// pause waits for d, less if ctx ends: the next request then says so.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// Save implements [projector.Backend]: one conditional PutItem or DeleteItem, or a transaction of several.
func (b *Backend) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	puts := make([]types.TransactWriteItem, len(writes))
	for i, w := range writes {
		var err error
		if puts[i], err = b.encodeWrite(w); err != nil {
			return false, err
		}
	}
	if len(puts) == 1 {
		return b.saveOne(ctx, puts[0])
	}
	_, err := b.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: puts})
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		for _, r := range cancelled.CancellationReasons {
			if r.Code != nil && *r.Code == "ConditionalCheckFailed" {
				return false, nil
			}
		}
	}
	return err == nil, dynamotable.Classify(b.table, err)
}

// encodeWrite is w as a part of a transaction: of the item as it was, or else of nothing.
func (b *Backend) encodeWrite(w projector.Write) (types.TransactWriteItem, error) {
	condition := aws.String("attribute_not_exists(#pk)")
	names := map[string]string{"#pk": partition}
	var values item
	if w.Was != "" {
		condition, names = aws.String("#token = :was"), map[string]string{"#token": token}
		values = item{":was": &types.AttributeValueMemberS{Value: w.Was}}
	}
	if w.Next.Token == "" {
		return types.TransactWriteItem{Delete: &types.Delete{
			TableName: &b.table, Key: keyOf(w.ID),
			ConditionExpression: condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values,
		}}, nil
	}
	i, err := encode(w.ID, w.Next)
	return types.TransactWriteItem{Put: &types.Put{
		TableName: &b.table, Item: i,
		ConditionExpression: condition, ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	}}, err
}

func (b *Backend) saveOne(ctx context.Context, w types.TransactWriteItem) (bool, error) {
	var err error
	if p := w.Put; p != nil {
		_, err = b.client.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: p.TableName, Item: p.Item, ConditionExpression: p.ConditionExpression,
			ExpressionAttributeNames: p.ExpressionAttributeNames, ExpressionAttributeValues: p.ExpressionAttributeValues,
		})
	} else {
		_, err = b.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: w.Delete.TableName, Key: w.Delete.Key, ConditionExpression: w.Delete.ConditionExpression,
			ExpressionAttributeNames: w.Delete.ExpressionAttributeNames, ExpressionAttributeValues: w.Delete.ExpressionAttributeValues,
		})
	}
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		return false, nil
	}
	return err == nil, dynamotable.Classify(b.table, err)
}

// Ping implements [projector.Backend].
func (b *Backend) Ping(ctx context.Context) error {
	_, err := b.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &b.table, Key: item{partition: &types.AttributeValueMemberS{Value: "ping"}},
	})
	return dynamotable.Classify(b.table, err)
}
