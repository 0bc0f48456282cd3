package main_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/store"
)

// BenchmarkReadAll reads the events of all keys by position. On DynamoDB the same items are read bare in turn, slice beside
// slice and in no order: x-bare is how many times as long the order takes.
func BenchmarkReadAll(b *testing.B) {
	for _, on := range platforms {
		b.Run(on.name, func(b *testing.B) {
			p := on.open(b)
			p.fill(b, func(i int) string { return fmt.Sprint("key", i) })
			var took, bare time.Duration
			for b.Loop() {
				began, n := time.Now(), 0
				for _, err := range p.store.ReadAll(b.Context(), store.AllRange{}) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if took += time.Since(began); n != p.events {
					b.Fatalf("%d events, want %d", n, p.events)
				}
				if on.name == "dynamodb" {
					began = time.Now()
					querySlices(b, p.table)
					bare += time.Since(began)
				}
			}
			b.ReportMetric(float64(b.N*p.events)/took.Seconds(), "events/s")
			if bare > 0 {
				b.ReportMetric(took.Seconds()/bare.Seconds(), "x-bare")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

func querySlices(b *testing.B, table string) {
	b.Helper()
	client := dynamolocal.Shared(b).Client()
	var all sync.WaitGroup
	for slice := range 16 {
		all.Go(func() {
			pages := dynamodb.NewQueryPaginator(client, &dynamodb.QueryInput{
				TableName: &table, IndexName: aws.String("byPosition"), KeyConditionExpression: aws.String("slice = :slice"),
				ExpressionAttributeValues: map[string]types.AttributeValue{":slice": &types.AttributeValueMemberN{Value: fmt.Sprint(slice)}},
			})
			for pages.HasMorePages() {
				if _, err := pages.NextPage(b.Context()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// BenchmarkDecide decides on a key with 1,000 events, from all of them and from a snapshot.
func BenchmarkDecide(b *testing.B) {
	for _, on := range platforms {
		for _, from := range []struct {
			name      string
			snapshots *store.Snapshots[summed]
		}{{"all events", nil}, {"a snapshot", &store.Snapshots[summed]{Name: "summed"}}} {
			b.Run(on.name+"/"+from.name, func(b *testing.B) {
				p := on.open(b)
				events := make([]store.Pending, 100)
				for i := range events {
					events[i] = store.Pending{Type: "incremented", Data: about200}
				}
				for range 10 {
					if _, err := p.store.Append(b.Context(), "key", store.Any(), events, nil); err != nil {
						b.Fatal(err)
					}
				}
				d := store.Decider[summed]{Snapshots: from.snapshots, Evolve: func(s summed, e store.Committed) (summed, error) {
					row, err := sum(&s, e)
					return *row, err
				}}
				for b.Loop() {
					_, err := store.Decide(b.Context(), p.store, "key", d, func(summed) ([]store.Pending, error) {
						return []store.Pending{{Type: "incremented", Data: json.RawMessage(`{"by":1}`)}}, nil
					}, nil)
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
