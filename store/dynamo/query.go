package dynamo

import (
	"context"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/store"
)

// placeOnly asks for a commit without its events.
const placeOnly = "#key, revision, #count, #position, committedAt, appendId, idempotencyKey"

// Commits implements [store.Backend]: one Query.
func (b *Backend) Commits(ctx context.Context, q store.CommitQuery) (store.CommitPage, error) {
	if q.To > 0 && q.From > q.To {
		return store.CommitPage{}, nil // DynamoDB takes that for a mistake
	}
	out, err := b.query(ctx, b.queryInput(q))
	if err != nil {
		return store.CommitPage{}, err
	}
	if q.WithoutEvents {
		return decodePage(out, decodePlace)
	}
	return decodePage(out, decodeCommit)
}

// query sends one Query, and others only where DynamoDB ended a page before it had found anything: to the store, an
// empty page has no more behind it.
func (b *Backend) query(ctx context.Context, in *dynamodb.QueryInput) (*dynamodb.QueryOutput, error) {
	for {
		out, err := b.client.Query(ctx, in)
		if err != nil {
			return nil, dynamotable.Classify(b.tables.Events, err)
		}
		if len(out.Items) > 0 || len(out.LastEvaluatedKey) == 0 {
			return out, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

func (b *Backend) queryInput(q store.CommitQuery) *dynamodb.QueryInput {
	// Nothing below the first revision can be a commit. An item that somebody has put there keeps nobody from the events.
	condition := "#key = :key AND revision >= :from"
	values := item{":key": stringValue(q.Key), ":from": numberValue(max(1, q.From))}
	if q.To > 0 {
		condition = "#key = :key AND revision BETWEEN :from AND :to"
		values[":to"] = numberValue(q.To)
	}
	in := &dynamodb.QueryInput{
		TableName:                 &b.tables.Events,
		KeyConditionExpression:    &condition,
		ExpressionAttributeNames:  map[string]string{"#key": "key"},
		ExpressionAttributeValues: values,
		ConsistentRead:            aws.Bool(!q.Eventual),
		ScanIndexForward:          aws.Bool(!q.Backward),
	}
	if q.Limit > 0 {
		in.Limit = pageLimit(q.Limit)
	}
	if q.WithoutEvents {
		in.ProjectionExpression = aws.String(placeOnly)
		in.ExpressionAttributeNames["#count"] = "count"
		in.ExpressionAttributeNames["#position"] = "position"
	}
	return in
}

func pageLimit(n int) *int32 { return aws.Int32(int32(min(n, math.MaxInt32))) }
