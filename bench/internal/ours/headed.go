package ours

import (
	"context"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/bench/internal/driver"
	"github.com/aeon-es/aeon/internal/dynamotable"
)

// headed is a model, written for these figures, of what many event stores on DynamoDB do: an item per event, and in the same
// transaction the key's head item, on condition that it is still where the writer saw it. The leanest that such a store can be: no
// index, no metadata.
//
// Without the head it is the bare transaction: an item per event and nothing else, behind a head that it knows. No store that writes a
// transaction for each append can be faster than that.
type headed struct {
	client   *dynamodb.Client
	table    string
	headless bool
	heads    sync.Map // revisions by key
}

// Setup implements [driver.Contender].
func (h *headed) Setup(ctx context.Context) error {
	return dynamotable.Create(ctx, h.client, &dynamodb.CreateTableInput{
		TableName: &h.table, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			dynamotable.Attribute("key", types.ScalarAttributeTypeS), dynamotable.Attribute("revision", types.ScalarAttributeTypeN),
		},
		KeySchema: dynamotable.KeySchema("key", "revision"),
		StreamSpecification: &types.StreamSpecification{
			StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage,
		},
	})
}

// Forget implements [driver.Contender].
func (h *headed) Forget() { h.heads.Clear() }

// Append implements [driver.Contender].
func (h *headed) Append(ctx context.Context, key string, n int, expect string) error {
	const most = 100 // items of a transaction
	if expect == "once" || h.items(n) > most || h.headless && expect != "new" && expect != "known" {
		return driver.ErrNone
	}
	known, ok := h.heads.Load(key)
	if !ok && expect != "new" || expect == "latest" || expect == "any" {
		var err error
		if known, err = h.head(ctx, key); err != nil {
			return err
		}
	}
	head, _ := known.(int)
	if err := h.put(ctx, key, head, n); err != nil {
		return err
	}
	h.heads.Store(key, head+n)
	return nil
}

// items is how many a transaction with n events has.
func (h *headed) items(n int) int {
	if h.headless {
		return n
	}
	return n + 1
}

// head reads the key's head item, which is its revision 0.
func (h *headed) head(ctx context.Context, key string) (int, error) {
	out, err := h.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &h.table, Key: item{"key": text(key), "revision": number(0)}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return 0, err
	}
	head, ok := out.Item["head"].(*types.AttributeValueMemberN)
	if !ok {
		return 0, nil
	}
	return strconv.Atoi(head.Value)
}

func (h *headed) put(ctx context.Context, key string, head, n int) error {
	condition := types.Put{
		TableName: &h.table, Item: item{"key": text(key), "revision": number(0), "head": number(head + n)},
		ConditionExpression: aws.String("attribute_not_exists(revision)"),
	}
	if head > 0 {
		condition.ConditionExpression = aws.String("head = :head")
		condition.ExpressionAttributeValues = item{":head": number(head)}
	}
	parts := []types.TransactWriteItem{{Put: &condition}}
	if h.headless {
		parts = parts[:0]
	}
	for i := range n {
		parts = append(parts, types.TransactWriteItem{Put: &types.Put{
			TableName: &h.table, ConditionExpression: aws.String("attribute_not_exists(revision)"),
			Item: item{"key": text(key), "revision": number(head + i + 1), "type": text(eventType), "data": text(string(about200))},
		}})
	}
	_, err := h.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: parts})
	return refused(err)
}

// Stale implements [driver.Contender].
func (h *headed) Stale(ctx context.Context, key string) error { return h.put(ctx, key, 0, 1) }

// Retry implements [driver.Contender].
func (h *headed) Retry(context.Context, string) error { return driver.ErrNone }

// Snapshot implements [driver.Contender].
func (h *headed) Snapshot(context.Context, string) error { return driver.ErrNone }

// Load implements [driver.Contender].
func (h *headed) Load(context.Context, string) (int, error) { return 0, driver.ErrNone }

// ReadAll implements [driver.Contender].
func (h *headed) ReadAll(context.Context) (int, error) { return 0, driver.ErrNone }

// Read implements [driver.Contender].
func (h *headed) Read(ctx context.Context, key string) (n int, err error) {
	if h.headless {
		return 0, driver.ErrNone
	}
	pages := dynamodb.NewQueryPaginator(h.client, &dynamodb.QueryInput{
		TableName: &h.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#key = :key AND revision > :zero"),
		ExpressionAttributeNames: map[string]string{"#key": "key"}, ExpressionAttributeValues: item{":key": text(key), ":zero": number(0)},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return n, err
		}
		n += len(page.Items)
	}
	return n, nil
}
