package dynamo_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/dynamo"
)

// Reading takes two allocations for each at the most, above those of the same queries without Aeon. It
// doesn't run in parallel: it counts what the whole process allocates.
func TestAllocationsOfReading(t *testing.T) { //nolint:paralleltest // see above
	client := dynamolocal.Shared(t).Client()
	tables := dynamo.Tables{Events: "allocs-events", Metadata: "allocs-metadata"}
	b := dynamo.New(client, tables)
	if err := b.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := store.New(b)
	const total, perCommit = 5_000, 100
	for range total / perCommit {
		if _, err := s.Append(t.Context(), "k", store.Any(), events(perCommit), nil); err != nil {
			t.Fatal(err)
		}
	}
	read := testing.AllocsPerRun(1, func() {
		n := 0
		for _, err := range s.Read(t.Context(), "k", store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != total {
			t.Fatalf("%d events", n)
		}
	})
	query := testing.AllocsPerRun(1, func() {
		if n := queryAll(t, client, tables.Events); n != total/perCommit {
			t.Fatalf("%d commits", n)
		}
	})
	const most = 2
	if perEvent := (read - query) / total; perEvent > most {
		t.Errorf("%.2f allocations for each event, want at most %d", perEvent, most)
	}
}

// queryAll reads a key as simply as can be, and counts its items.
func queryAll(t *testing.T, client *dynamodb.Client, table string) (n int) {
	t.Helper()
	pages := dynamodb.NewQueryPaginator(client, &dynamodb.QueryInput{
		TableName: &table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#key = :key"),
		ExpressionAttributeNames:  map[string]string{"#key": "key"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":key": &types.AttributeValueMemberS{Value: "k"}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.Items)
	}
	return n
}
