package ours

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/oklog/ulid/v2"
	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/bench/internal/driver"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

type item = map[string]types.AttributeValue

// bare sends the request that Aeon sends, with an item of the same attributes and size, by the SDK alone: the floor.
type bare struct {
	client *dynamodb.Client
	tables storedynamo.Tables
	heads  sync.Map // revisions by key
}

// Setup implements [driver.Contender]: Aeon's own tables.
func (b *bare) Setup(ctx context.Context) error {
	return storedynamo.New(b.client, b.tables).CreateTables(ctx)
}

// Forget implements [driver.Contender].
func (b *bare) Forget() {}

// Append implements [driver.Contender]: it knows all heads, and never asks for one.
func (b *bare) Append(ctx context.Context, key string, n int, _ string) error {
	head := 0
	if known, ok := b.heads.Load(key); ok {
		head, _ = known.(int)
	}
	if err := b.put(ctx, key, head+1, n); err != nil {
		return err
	}
	b.heads.Store(key, head+n)
	return nil
}

func (b *bare) put(ctx context.Context, key string, revision, n int) error {
	_, err := b.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           &b.tables.Events,
		Item:                                commit(key, revision, n),
		ConditionExpression:                 aws.String("attribute_not_exists(revision)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	return refused(err)
}

func commit(key string, revision, n int) item {
	list := make([]types.AttributeValue, n)
	for i := range list {
		list[i] = &types.AttributeValueMemberM{Value: item{"type": text(eventType), "data": text(string(about200))}}
	}
	return item{
		"key": text(key), "revision": number(revision), "count": number(n), "slice": number(sliceOf(key)),
		"position": text(ulid.Make().String()), "committedAt": text(time.Now().UTC().Format("2006-01-02T15:04:05.000Z")),
		"appendId": text(rand.Text()), "events": &types.AttributeValueMemberL{Value: list},
	}
}

// slices are as many as a store of Aeon's has, and the commits of a key are in one of them.
const slices = 16

func sliceOf(key string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // never fails
	return int(h.Sum32() % slices)
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.Itoa(n)}
}

// Stale implements [driver.Contender].
func (b *bare) Stale(ctx context.Context, key string) error { return b.put(ctx, key, 1, 1) }

// Retry implements [driver.Contender].
func (b *bare) Retry(context.Context, string) error { return driver.ErrNone }

// Read implements [driver.Contender]: a Query with the SDK's paginator, which leaves the items as the SDK has them.
func (b *bare) Read(ctx context.Context, key string) (n int, err error) {
	return b.query(ctx, &dynamodb.QueryInput{
		TableName: &b.tables.Events, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#key = :key"),
		ExpressionAttributeNames: map[string]string{"#key": "key"}, ExpressionAttributeValues: item{":key": text(key)},
	})
}

func (b *bare) query(ctx context.Context, in *dynamodb.QueryInput) (n int, err error) {
	pages := dynamodb.NewQueryPaginator(b.client, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return n, err
		}
		for _, i := range page.Items {
			if events, ok := i["events"].(*types.AttributeValueMemberL); ok {
				n += len(events.Value)
			}
		}
	}
	return n, nil
}

// Snapshot implements [driver.Contender].
func (b *bare) Snapshot(ctx context.Context, key string) error {
	if err := b.Append(ctx, key, 1, "known"); err != nil {
		return err
	}
	known, _ := b.heads.Load(key)
	head, _ := known.(int)
	snapshot := snapshotKey(key)
	snapshot["schema"], snapshot["revision"] = number(0), number(head)
	snapshot["state"] = text(fmt.Sprintf(`{"events":%d,"sum":%d}`, head, head))
	_, err := b.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &b.tables.Metadata, Item: snapshot})
	return err
}

func snapshotKey(key string) item { return item{"pk": text("snapshot#" + key), "sk": text("counter")} }

// Load implements [driver.Contender]: a GetItem, and a Query of what is behind it.
func (b *bare) Load(ctx context.Context, key string) (int, error) {
	out, err := b.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &b.tables.Metadata, Key: snapshotKey(key)})
	if err != nil {
		return 0, err
	}
	revision, ok := out.Item["revision"].(*types.AttributeValueMemberN)
	if !ok {
		return 0, fmt.Errorf("key %q has no snapshot", key)
	}
	at, err := strconv.Atoi(revision.Value)
	if err != nil {
		return 0, err
	}
	since, err := b.query(ctx, &dynamodb.QueryInput{
		TableName: &b.tables.Events, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#key = :key AND revision > :at"),
		ExpressionAttributeNames: map[string]string{"#key": "key"}, ExpressionAttributeValues: item{":key": text(key), ":at": number(at)},
	})
	return at + since, err
}

// ReadAll implements [driver.Contender]: a Query of each slice, all at once, in no order among them.
func (b *bare) ReadAll(ctx context.Context) (int, error) {
	all, ctx := errgroup.WithContext(ctx)
	var total atomic.Int64
	for slice := range slices {
		all.Go(func() error {
			n, err := b.query(ctx, &dynamodb.QueryInput{
				TableName: &b.tables.Events, IndexName: aws.String("byPosition"), KeyConditionExpression: aws.String("slice = :slice"),
				ExpressionAttributeValues: item{":slice": number(slice)},
			})
			total.Add(int64(n))
			return err
		})
	}
	err := all.Wait()
	return int(total.Load()), err
}

func asConflict(err error) (*store.ConflictError, bool) {
	return errors.AsType[*store.ConflictError](err)
}

// refused makes a condition that failed [driver.ErrConflict].
func refused(err error) error {
	if _, failed := errors.AsType[*types.ConditionalCheckFailedException](err); failed {
		return driver.ErrConflict
	}
	if _, cancelled := errors.AsType[*types.TransactionCanceledException](err); cancelled {
		return driver.ErrConflict
	}
	return err
}
