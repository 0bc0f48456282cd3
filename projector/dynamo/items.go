package dynamo

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Items implements [projector.Backend]: one consistent Scan of 1 MB of the table, of whatever views are in it.
func (b *Backend) Items(ctx context.Context, q projector.ItemQuery) (projector.ItemPage, error) {
	rows := versionPrefix(q.View, q.Version)
	in := &dynamodb.ScanInput{
		TableName:                 &b.table,
		ConsistentRead:            aws.Bool(true),
		ProjectionExpression:      aws.String("#pk"),
		FilterExpression:          aws.String("begins_with(#pk, :rows) OR begins_with(#pk, :seen)"),
		ExpressionAttributeNames:  map[string]string{"#pk": partition},
		ExpressionAttributeValues: item{":rows": stringValue(rows), ":seen": stringValue(seenPrefix + rows)},
	}
	if q.After != "" {
		after, err := base64.RawURLEncoding.DecodeString(q.After)
		if err != nil {
			return projector.ItemPage{}, &store.InvalidError{Field: "after", Problem: "is not the end of a page"}
		}
		in.ExclusiveStartKey = item{partition: stringValue(string(after))}
	}
	out, err := b.client.Scan(ctx, in)
	if err != nil {
		return projector.ItemPage{}, dynamotable.Classify(b.table, err)
	}
	page := projector.ItemPage{IDs: make([]projector.ItemID, 0, len(out.Items))}
	for _, i := range out.Items {
		pk, err := partitionIn(i)
		if err != nil {
			return projector.ItemPage{}, err
		}
		id := projector.ItemID{View: q.View, Version: q.Version, ID: strings.TrimPrefix(pk, rows)}
		if name, ok := strings.CutPrefix(pk, seenPrefix+rows); ok {
			id.Kind, id.ID = projector.SeenItem, name
		}
		page.IDs = append(page.IDs, id)
	}
	if len(out.LastEvaluatedKey) > 0 {
		last, err := partitionIn(out.LastEvaluatedKey)
		if err != nil {
			return projector.ItemPage{}, err
		}
		page.Next = base64.RawURLEncoding.EncodeToString([]byte(last))
	}
	return page, nil
}

func partitionIn(i item) (string, error) {
	pk, ok := i[partition].(*types.AttributeValueMemberS)
	if !ok {
		return "", fmt.Errorf("the views table has an item whose %s is no string", partition)
	}
	return pk.Value, nil
}

func stringValue(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
