package dynamo

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// parkedIndex is the index of the items that have a mark. It is sparse: others don't cost anything.
const parkedIndex = "parked"

// parkedSlots is into how many partitions of the index the marks of a view are spread: what the index can't take, the table
// can't either, and a view whose code fails for every key must not hold up the others.
const parkedSlots = shards

// createParkedIndex shows what a listing shows, and no row.
func createParkedIndex() types.GlobalSecondaryIndex {
	return types.GlobalSecondaryIndex{
		IndexName: aws.String(parkedIndex),
		KeySchema: dynamotable.KeySchema(parkedIn, ""),
		Projection: &types.Projection{
			ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{revision, parked},
		},
	}
}

// parkedPartition is where the index has a marked item. The key of the table stands in it as it is, so that no sort key is
// needed, which could be no longer than 1,024 bytes.
func parkedPartition(id projector.ItemID) types.AttributeValue { return stringValue(shardOf(id)) }

func parkedSlot(view string, version, slot int) types.AttributeValue {
	return stringValue(shardName(view, version, slot))
}

// ListParked implements [projector.Backend]: one Query of the index, of one slot. A page leads to the next by its slot and
// the key of its last item.
func (b *Backend) ListParked(ctx context.Context, view string, version int, page string, limit int) ([]projector.ParkedItem, string, error) {
	slot, last, err := parsePage(page)
	if err != nil {
		return nil, "", err
	}
	in := &dynamodb.QueryInput{
		TableName: &b.table, IndexName: aws.String(parkedIndex), Limit: aws.Int32(int32(limit)),
		KeyConditionExpression:    aws.String("#in = :in"),
		ExpressionAttributeNames:  map[string]string{"#in": parkedIn},
		ExpressionAttributeValues: item{":in": parkedSlot(view, version, slot)},
	}
	if last != "" {
		in.ExclusiveStartKey = item{parkedIn: parkedSlot(view, version, slot), partition: &types.AttributeValueMemberS{Value: last}}
	}
	out, err := b.client.Query(ctx, in)
	if err != nil {
		return nil, "", dynamotable.Classify(b.table, err)
	}
	items := make([]projector.ParkedItem, len(out.Items))
	for i, at := range out.Items {
		if items[i], err = decodeParkedItem(view, version, at); err != nil {
			return nil, "", err
		}
	}
	switch {
	case len(out.LastEvaluatedKey) > 0:
		return items, fmt.Sprintf("%d#%s", slot, text(out.LastEvaluatedKey[partition])), nil
	case slot+1 < parkedSlots:
		return items, fmt.Sprintf("%d#", slot+1), nil
	}
	return items, "", nil
}

// parsePage is the slot that a page is in, and the key behind which it begins.
func parsePage(page string) (slot int, last string, err error) {
	if page == "" {
		return 0, "", nil
	}
	number, last, ok := strings.Cut(page, "#")
	slot, err = strconv.Atoi(number)
	if err != nil || !ok || slot < 0 || slot >= parkedSlots {
		return 0, "", fmt.Errorf("a list of parked keys has no page %q", page)
	}
	return slot, last, nil
}

func decodeParkedItem(view string, version int, i item) (projector.ParkedItem, error) {
	p := projector.ParkedItem{ID: projector.ItemID{Kind: projector.RowItem, View: view, Version: version}}
	pk := text(i[partition])
	rest, isSeen := strings.CutPrefix(pk, seenPrefix)
	if isSeen {
		p.ID.Kind = projector.SeenItem
	}
	damaged := func(problem string) (projector.ParkedItem, error) {
		return p, &store.DamagedError{Item: fmt.Sprintf("item %q of the views", pk), Problem: problem}
	}
	id, ok := strings.CutPrefix(rest, fmt.Sprintf("%s#%d#", view, version))
	if !ok {
		return damaged(fmt.Sprintf("%s is that of view %q, version %d", parkedIn, view, version))
	}
	p.ID.ID = id
	var err error
	if i[revision] != nil {
		if p.Seen, err = decodeRevision(i[revision]); err != nil {
			return damaged(revision + " " + err.Error())
		}
	}
	mark, err := decodeParked(i[parked])
	if err != nil {
		return damaged(parked + " " + err.Error())
	}
	p.Parked = *mark
	return p, nil
}
