package dynamo

import (
	"context"
	"math"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// List implements [projector.Backend]. By rank it sends a Query to each of the 8 shards of the view, and one more to a shard
// that has more than its share of the page, or more than fits 1 MB; in no order, two Scans at most (see scan). All of them are
// eventually consistent: half the price.
func (b *Backend) List(ctx context.Context, q projector.ListQuery) (projector.ListPage, error) {
	if !q.Ranked {
		return b.scan(ctx, q)
	}
	if q.After != "" {
		if err := validatePlace(q.After, maxPlace); err != nil {
			return projector.ListPage{}, err
		}
	}
	m := &merge{backend: b, q: q, lanes: make([]lane, shards)}
	for n := range m.lanes {
		m.lanes[n] = lane{shard: shardName(q.View, q.Version, n), after: q.After, more: true}
	}
	return m.page(ctx)
}

// merge puts together one page from all shards.
type merge struct {
	backend *Backend
	q       projector.ListQuery
	lanes   []lane
}

// lane is what was read of one shard and isn't in the page yet.
type lane struct {
	shard string
	rows  []projector.ListedRow
	after string
	more  bool // behind rows
}

func (m *merge) page(ctx context.Context) (page projector.ListPage, err error) {
	// So many of the page's rows come from one shard at most, nearly always: the mean, and three times the deviation.
	want := m.q.Limit/shards + int(3*math.Sqrt(float64(m.q.Limit)/shards)) + 1
	for size := 0; len(page.Rows) < m.q.Limit && size < projector.MaxListPage; {
		left := m.q.Limit - len(page.Rows)
		if err := m.refill(ctx, min(want, left)); err != nil {
			return projector.ListPage{}, err
		}
		want = left // whatever has run dry once has more than its share
		first := m.first()
		if first == nil {
			return page, nil
		}
		size += len(first.rows[0].Row)
		page.Rows = append(page.Rows, first.rows[0])
		first.rows = first.rows[1:]
	}
	for _, l := range m.lanes {
		if len(l.rows) > 0 || l.more {
			page.Next = page.Rows[len(page.Rows)-1].Place
		}
	}
	return page, nil
}

// refill reads on in each shard that has run dry, side by side, up to n rows.
func (m *merge) refill(ctx context.Context, n int) error {
	all, ctx := errgroup.WithContext(ctx)
	for i := range m.lanes {
		l := &m.lanes[i]
		if len(l.rows) > 0 || !l.more {
			continue
		}
		all.Go(func() error { return m.backend.fill(ctx, l, m.q, n) })
	}
	return all.Wait()
}

// first is the shard with the next row of the list, nil if there are no more.
func (m *merge) first() *lane {
	var first *lane
	for i := range m.lanes {
		l := &m.lanes[i]
		if len(l.rows) > 0 && (first == nil || (l.rows[0].Place < first.rows[0].Place) != m.q.Backward) {
			first = l
		}
	}
	return first
}

// fill reads the next rows of a shard: one Query, and another where that found nothing but has more.
func (b *Backend) fill(ctx context.Context, l *lane, q projector.ListQuery, n int) error {
	in := &dynamodb.QueryInput{
		TableName: &b.table, IndexName: aws.String(rankIndex),
		KeyConditionExpression:    aws.String("#shard = :shard"),
		ExpressionAttributeNames:  map[string]string{"#shard": shard},
		ExpressionAttributeValues: item{":shard": stringValue(l.shard)},
		ScanIndexForward:          aws.Bool(!q.Backward),
		Limit:                     aws.Int32(int32(n)),
	}
	if l.after != "" {
		behind := " > "
		if q.Backward {
			behind = " < "
		}
		*in.KeyConditionExpression += " AND #rank" + behind + ":after"
		in.ExpressionAttributeNames["#rank"] = rank
		in.ExpressionAttributeValues[":after"] = stringValue(l.after)
	}
	out, err := b.client.Query(ctx, in)
	if err != nil {
		return dynamotable.Classify(b.table, err)
	}
	l.more = len(out.LastEvaluatedKey) > 0
	for _, i := range out.Items {
		row, err := listed(q, i, rank)
		if err != nil {
			return err
		}
		l.rows = append(l.rows, row)
		l.after = row.Place
	}
	return nil
}

// listed reads an item as a row of a list, whose place is the attribute of that name.
func listed(q projector.ListQuery, i item, place string) (row projector.ListedRow, err error) {
	at, ok := i[place].(*types.AttributeValueMemberS)
	pk, known := i[partition].(*types.AttributeValueMemberS)
	if !ok || !known {
		return row, &store.DamagedError{Item: "an item of the views", Problem: place + " or " + partition + " is not a string"}
	}
	id := projector.ItemID{View: q.View, Version: q.Version, ID: strings.TrimPrefix(pk.Value, versionPrefix(q.View, q.Version))}
	row = projector.ListedRow{ID: id.ID, Place: at.Value}
	row.Stored, err = decode(id, i)
	return row, err
}
