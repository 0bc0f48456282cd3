package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/store"
)

const allOld = types.ReturnValuesOnConditionCheckFailureAllOld

// Put implements [store.Backend]: a conditional PutItem, or a transaction of two where there is a marker. It
// makes sure of the store's settings first, once.
func (b *Backend) Put(ctx context.Context, c *store.Commit, m *store.Marker) (*store.Refusal, error) {
	s, err := b.settings(ctx)
	if err != nil {
		return nil, notSent(err)
	}
	if m != nil {
		return b.putBoth(ctx, encodeCommit(c, s.slices), encodeMarker(m))
	}
	_, err = b.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           &b.tables.Events,
		Item:                                encodeCommit(c, s.slices),
		ConditionExpression:                 aws.String("attribute_not_exists(revision)"),
		ReturnValuesOnConditionCheckFailure: allOld,
	}, sendOnce)
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		return refusal(refused.Item, nil)
	}
	return nil, dynamotable.Classify(b.tables.Events, err)
}

// putBoth stores commit and marker in one transaction.
func (b *Backend) putBoth(ctx context.Context, commit, marker item) (*store.Refusal, error) {
	_, err := b.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
		TransactItems: []types.TransactWriteItem{
			{Put: &types.Put{
				TableName: &b.tables.Events, Item: commit,
				ConditionExpression:                 aws.String("attribute_not_exists(revision)"),
				ReturnValuesOnConditionCheckFailure: allOld,
			}},
			{Put: &types.Put{
				TableName: &b.tables.Metadata, Item: marker,
				ConditionExpression:                 aws.String("attribute_not_exists(pk)"),
				ReturnValuesOnConditionCheckFailure: allOld,
			}},
		},
	}, sendOnce)
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) && len(cancelled.CancellationReasons) == 2 {
		r := cancelled.CancellationReasons
		if r[0].Item != nil || r[1].Item != nil {
			return refusal(r[0].Item, r[1].Item)
		}
	}
	return nil, dynamotable.Classify(b.tables.Events, err)
}

// refusal reads the items that stood in the way.
func refusal(commit, marker item) (*store.Refusal, error) {
	var r store.Refusal
	var err error
	if commit != nil {
		r.Commit = &store.Commit{}
		if err = decodePlace(r.Commit, commit); err != nil {
			return nil, notSent(err)
		}
	}
	if marker != nil {
		if r.Marker, err = decodeMarker(marker); err != nil {
			return nil, notSent(err)
		}
	}
	return &r, nil
}

// notSent marks an error from before the write was sent, or from reading why it was refused: nothing was stored.
func notSent(err error) error {
	if errors.Is(err, store.ErrThrottled) || errors.Is(err, store.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
}
