package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/projector"
)

// maxPartition is the longest partition key, in bytes.
const maxPartition = 2048

// scan reads a page of rows in no order, out of a table that holds other things, too. The first Scan looks at as many items as
// rows are wanted. Where that gives fewer, a second one looks at 1 MB; then the page ends, however few it holds.
func (b *Backend) scan(ctx context.Context, q projector.ListQuery) (projector.ListPage, error) {
	if q.After != "" {
		if err := validatePlace(q.After, maxPartition); err != nil {
			return projector.ListPage{}, err
		}
	}
	page := projector.ListPage{Next: q.After}
	for _, limit := range []*int32{aws.Int32(int32(q.Limit)), nil} {
		if err := b.scanOn(ctx, q, limit, &page); err != nil {
			return projector.ListPage{}, err
		}
		if len(page.Rows) == q.Limit || page.Next == "" {
			break
		}
	}
	return page, nil
}

// scanOn adds to page what one Scan finds behind it.
func (b *Backend) scanOn(ctx context.Context, q projector.ListQuery, limit *int32, page *projector.ListPage) error {
	in := &dynamodb.ScanInput{
		TableName:                &b.table,
		FilterExpression:         aws.String("begins_with(#pk, :rows) AND attribute_not_exists(#deleted)"),
		ExpressionAttributeNames: map[string]string{"#pk": partition, "#deleted": deleted},
		ExpressionAttributeValues: item{
			":rows": stringValue(versionPrefix(q.View, q.Version)),
		},
		Limit: limit,
	}
	if page.Next != "" {
		in.ExclusiveStartKey = item{partition: stringValue(page.Next)}
	}
	out, err := b.client.Scan(ctx, in)
	if err != nil {
		return dynamotable.Classify(b.table, err)
	}
	page.Next = ""
	if last, ok := out.LastEvaluatedKey[partition].(*types.AttributeValueMemberS); ok {
		page.Next = last.Value
	}
	for n, i := range out.Items {
		row, err := listed(q, i, partition)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
		if len(page.Rows) == q.Limit {
			if n+1 < len(out.Items) {
				page.Next = row.Place
			}
			break
		}
	}
	return nil
}
