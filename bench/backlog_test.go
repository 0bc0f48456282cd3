package main_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/projector"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/store"
)

// The backlog is 100,000 events in commits of 10, of 1,000 keys, and comes 1,000 commits at a time.
const (
	backlogCommits  = 10_000
	eventsPerCommit = 10
	backlogKeys     = 1_000
	backlogBatch    = 1_000
)

// BenchmarkBacklog has a view on DynamoDB catch up with 100,000 events. In turn with it, batch by batch, the rows that it writes are
// written bare, to a table of the same make: conditional puts of items as large, as many at once. x-bare is how many times as long the view takes; x-bare-with-reads
// is that where the rows are read bare, too, as whoever folds onto them has to.
func BenchmarkBacklog(b *testing.B) {
	p := openDynamoDB(b)
	p.events = backlogCommits
	ten := make([]store.Pending, eventsPerCommit)
	for i := range ten {
		ten[i] = store.Pending{Type: "incremented", Data: about200}
	}
	p.fillWith(b, ten, func(i int) string { return fmt.Sprint("key", i%backlogKeys) })
	rows := newBareRows(b)
	var took, bare, reading time.Duration
	for b.Loop() {
		views := p.fresh(b, projector.View[summed]{})
		for bells, err := range p.changes(b.Context(), backlogBatch) {
			if err != nil {
				b.Fatal(err)
			}
			began := time.Now()
			if err := views.Ring(b.Context(), bells); err != nil {
				b.Fatal(err)
			}
			took += time.Since(began)
			began = time.Now()
			rows.write(b, bells)
			bare += time.Since(began)
			began = time.Now()
			rows.read(b, bells)
			reading += time.Since(began)
		}
	}
	b.ReportMetric(took.Seconds()/bare.Seconds(), "x-bare")
	b.ReportMetric(took.Seconds()/(bare+reading).Seconds(), "x-bare-with-reads")
	b.ReportMetric(float64(b.N*backlogCommits*eventsPerCommit)/took.Seconds(), "events/s")
	b.ReportMetric(0, "ns/op")
}

// bareRows is a table of views that rows are put into, just so.
type bareRows struct {
	client *dynamodb.Client
	table  string
	tokens atomic.Int64
}

func newBareRows(b *testing.B) *bareRows {
	b.Helper()
	r := &bareRows{client: dynamolocal.Shared(b).Client(), table: fmt.Sprint("bare", opened.Add(1))}
	if err := projectordynamo.New(r.client, r.table).CreateTable(b.Context()); err != nil {
		b.Fatal(err)
	}
	return r
}

func keysOf(bells []projector.Doorbell) map[string]bool {
	keys := map[string]bool{}
	for _, bell := range bells {
		keys[bell.Key] = true
	}
	return keys
}

// read reads the rows, 100 to a request, 4 requests at once.
func (r *bareRows) read(b *testing.B, bells []projector.Doorbell) {
	b.Helper()
	all, ctx := errgroup.WithContext(b.Context())
	all.SetLimit(4)
	for some := range slices.Chunk(slices.Collect(maps.Keys(keysOf(bells))), 100) {
		all.Go(func() error {
			ids := make([]map[string]types.AttributeValue, len(some))
			for i, key := range some {
				ids[i] = map[string]types.AttributeValue{"_pk": &types.AttributeValueMemberS{Value: "round-1#1#" + key}}
			}
			_, err := r.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
				RequestItems: map[string]types.KeysAndAttributes{r.table: {Keys: ids, ConsistentRead: aws.Bool(true)}},
			})
			return err
		})
	}
	if err := all.Wait(); err != nil {
		b.Fatal(err)
	}
}

// write puts a row for each key that the doorbells are of, 16 at once.
func (r *bareRows) write(b *testing.B, bells []projector.Doorbell) {
	b.Helper()
	keys := keysOf(bells)
	all, ctx := errgroup.WithContext(b.Context())
	all.SetLimit(16)
	for key := range keys {
		all.Go(func() error { return r.put(ctx, key) })
	}
	if err := all.Wait(); err != nil {
		b.Fatal(err)
	}
}

func (r *bareRows) put(ctx context.Context, key string) error {
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	_, err := r.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &r.table,
		Item: map[string]types.AttributeValue{
			"_pk": text("round-1#1#" + key), "_token": text(fmt.Sprint(r.tokens.Add(1))), "_revision": &types.AttributeValueMemberN{Value: "100"},
			"events": &types.AttributeValueMemberN{Value: "100"}, "sum": &types.AttributeValueMemberN{Value: "100"}, "_key": text(strings.Repeat("k", 20)),
		},
		ConditionExpression:       aws.String("attribute_not_exists(#pk) OR #t <> :t"),
		ExpressionAttributeNames:  map[string]string{"#t": "_token", "#pk": "_pk"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":t": text("none")},
	})
	return err
}

// BenchmarkRebuild fills a version of a view beside the live one, from the table of events, and compares the two.
func BenchmarkRebuild(b *testing.B) {
	for _, on := range platforms {
		b.Run(on.name, func(b *testing.B) {
			p := on.open(b)
			p.fill(b, func(i int) string { return fmt.Sprint("key", i%(p.events/10)) })
			n := 0
			began, worked := time.Now(), cpuTime(b)
			for b.Loop() {
				rounds++
				name := fmt.Sprint("rebuilt-", rounds)
				views, err := projector.New(p.store, p.rows, nil,
					projector.View[summed]{Name: name, Apply: sum}, projector.View[summed]{Name: name, Version: 2, Apply: sum})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := views.Rebuild(b.Context(), name, 2, nil); err != nil {
					if _, incomplete := err.(*projector.IncompleteError); !incomplete { //nolint:errorlint // the live one has seen nothing
						b.Fatal(err)
					}
				}
				n += p.events
			}
			rates(b, n, began, worked)
		})
	}
}
