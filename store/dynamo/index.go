package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/store"
)

var _ store.PositionIndex = (*Backend)(nil)

// Slices implements [store.PositionIndex]. A store that nothing was appended to yet has none.
func (b *Backend) Slices(ctx context.Context) (int, error) {
	s, err := b.knownSettings(ctx)
	switch {
	case err != nil:
		return 0, err
	case s == nil:
		return 0, nil
	case s.slices == 0:
		return 0, store.ErrNoPositionIndex
	}
	return s.slices, nil
}

// ByPosition implements [store.PositionIndex]: one Query of the index.
func (b *Backend) ByPosition(ctx context.Context, q store.PositionQuery) (store.CommitPage, error) {
	if !q.To.IsZero() && q.From.Compare(q.To) > 0 {
		return store.CommitPage{}, nil // DynamoDB takes that for a mistake
	}
	in := &dynamodb.QueryInput{
		TableName:                 &b.tables.Events,
		IndexName:                 aws.String(PositionIndex),
		KeyConditionExpression:    aws.String("slice = :slice AND #position >= :from"),
		ExpressionAttributeNames:  map[string]string{"#position": "position"},
		ExpressionAttributeValues: item{":slice": numberValue(q.Slice), ":from": stringValue(q.From.String())},
		ScanIndexForward:          aws.Bool(!q.Backward),
	}
	if !q.To.IsZero() {
		in.KeyConditionExpression = aws.String("slice = :slice AND #position BETWEEN :from AND :to")
		in.ExpressionAttributeValues[":to"] = stringValue(q.To.String())
	}
	if q.Limit > 0 {
		in.Limit = pageLimit(q.Limit)
	}
	out, err := b.query(ctx, in)
	if err != nil {
		return store.CommitPage{}, err
	}
	return decodePage(out, decodeCommit)
}

// decodePage reads a page of commits, each by decode.
func decodePage(out *dynamodb.QueryOutput, decode func(*store.Commit, item) error) (store.CommitPage, error) {
	page := store.CommitPage{Commits: make([]store.Commit, len(out.Items)), More: len(out.LastEvaluatedKey) > 0}
	for n, i := range out.Items {
		if err := decode(&page.Commits[n], i); err != nil {
			return store.CommitPage{}, err
		}
	}
	return page, nil
}
