package recorder_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/recorder"
)

func TestMain(m *testing.M) { dynamolocal.Main(m) }

// setup returns a recorded client, and the names of two tables with an index on "other".
func setup(t *testing.T) (*dynamodb.Client, *recorder.Recorder, [2]string) {
	t.Helper()
	client, rec := dynamolocal.Shared(t).Recorded()
	tables := [2]string{t.Name() + "-a", t.Name() + "-b"}
	for _, table := range tables {
		if _, err := client.CreateTable(t.Context(), tableOf(table)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := names(rec.Take()), []string{"CreateTable " + tables[0], "CreateTable " + tables[1]}; !cmp.Equal(got, want) {
		t.Fatalf("recorded %v, want %v", got, want)
	}
	return client, rec, tables
}

func tableOf(name string) *dynamodb.CreateTableInput {
	return &dynamodb.CreateTableInput{
		TableName:   &name,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("other"), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName:  aws.String("byOther"),
			KeySchema:  []types.KeySchemaElement{{AttributeName: aws.String("other"), KeyType: types.KeyTypeHash}},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}},
	}
}

func item(id string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"id":    &types.AttributeValueMemberS{Value: id},
		"other": &types.AttributeValueMemberS{Value: "x"},
	}
}

func names(requests []recorder.Request) []string {
	list := make([]string, 0, len(requests))
	for _, r := range requests {
		list = append(list, r.String())
	}
	return list
}

func TestRecordsWhatWasSentAndAnswered(t *testing.T) {
	client, rec, tables := setup(t)
	put := &dynamodb.PutItemInput{TableName: &tables[0], Item: item("1"), ConditionExpression: aws.String("attribute_not_exists(id)")}
	if _, err := client.PutItem(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutItem(t.Context(), put); !isConditionFailure(err) {
		t.Fatalf("the second put: %v, want a failed condition", err)
	}
	got := rec.Take()
	if want := []string{"PutItem " + tables[0], "PutItem " + tables[0]}; !cmp.Equal(names(got), want) {
		t.Fatalf("recorded %v, want %v", names(got), want)
	}
	if got[0].Status != http.StatusOK || got[1].Status != http.StatusBadRequest {
		t.Errorf("statuses %d and %d, want 200 and 400", got[0].Status, got[1].Status)
	}
	want := fmt.Sprintf(`{"ConditionExpression":"attribute_not_exists(id)","Item":{"id":{"S":"1"},"other":{"S":"x"}},"TableName":%q}`, tables[0])
	if diff := cmp.Diff(canonical(t, want), canonical(t, string(got[0].Body))); diff != "" {
		t.Errorf("recorded body (-want +got):\n%s", diff)
	}
	if rest := rec.Take(); len(rest) != 0 {
		t.Errorf("taken twice: %v", rest)
	}
}

func TestRecordsTheTablesOfTransactionsAndBatches(t *testing.T) {
	client, rec, tables := setup(t)
	_, err := client.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
		{Put: &types.Put{TableName: &tables[1], Item: item("1")}},
		{Put: &types.Put{TableName: &tables[0], Item: item("1")}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{
		tables[1]: {{PutRequest: &types.PutRequest{Item: item("2")}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"TransactWriteItems " + tables[0] + "," + tables[1], "BatchWriteItem " + tables[1]}
	if got := names(rec.Take()); !cmp.Equal(got, want) {
		t.Errorf("recorded %v, want %v", got, want)
	}
}

func TestMeasuresCapacity(t *testing.T) {
	client, rec, tables := setup(t)
	put := &dynamodb.PutItemInput{TableName: &tables[0], Item: item("1")}
	if _, err := client.PutItem(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	rec.MeasureCapacity(true)
	if _, err := client.PutItem(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	if _, err := client.ListTables(t.Context(), nil); err != nil {
		t.Fatal(err) // takes no ReturnConsumedCapacity
	}
	_, err := client.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
		tables[0]: {Keys: []map[string]types.AttributeValue{{"id": item("1")["id"]}}, ConsistentRead: aws.Bool(true)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := [][]recorder.Capacity{}
	for _, r := range rec.Take() {
		got = append(got, r.Consumed)
	}
	want := [][]recorder.Capacity{
		nil,
		// The item is the same as before: the index has nothing to write.
		{{Table: tables[0], Total: 1, OnTable: 1, OnIndex: map[string]float64{}}},
		nil,
		{{Table: tables[0], Total: 1, OnTable: 1, OnIndex: map[string]float64{}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("consumed (-want +got):\n%s", diff)
	}
}

func TestMeasuresIndexesApart(t *testing.T) {
	client, rec, tables := setup(t)
	rec.MeasureCapacity(true)
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &tables[0], Item: item("1")}); err != nil {
		t.Fatal(err)
	}
	want := []recorder.Capacity{{Table: tables[0], Total: 2, OnTable: 1, OnIndex: map[string]float64{"byOther": 1}}}
	if diff := cmp.Diff(want, rec.Take()[0].Consumed); diff != "" {
		t.Errorf("consumed (-want +got):\n%s", diff)
	}
}

func TestRecordsConcurrentRequests(t *testing.T) {
	client, rec, tables := setup(t)
	const writers = 16
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			put := &dynamodb.PutItemInput{TableName: &tables[0], Item: item(fmt.Sprint(i))}
			if _, err := client.PutItem(t.Context(), put); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := len(rec.Take()); got != writers {
		t.Errorf("recorded %d requests, want %d", got, writers)
	}
}

func TestRecordsThatThereWasNoAnswer(t *testing.T) {
	client, rec, tables := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	rec2 := recorder.New(cancelling{rec, cancel})
	config := dynamolocal.Shared(t).Config()
	config.HTTPClient = &http.Client{Transport: rec2}
	_, err := dynamodb.NewFromConfig(config).PutItem(ctx, &dynamodb.PutItemInput{TableName: &tables[0], Item: item("1")})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("PutItem: %v, want it canceled", err)
	}
	got := rec2.Take()
	if len(got) != 1 || got[0].Status != 0 || !errors.Is(got[0].Err, context.Canceled) {
		t.Errorf("recorded %+v, want one request without an answer", got)
	}
	if _, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &tables[0], Key: map[string]types.AttributeValue{"id": item("1")["id"]}}); err != nil {
		t.Error(err)
	}
}

// cancelling cancels the request before it is sent.
type cancelling struct {
	next   http.RoundTripper
	cancel context.CancelFunc
}

func (c cancelling) RoundTrip(req *http.Request) (*http.Response, error) {
	c.cancel()
	return c.next.RoundTrip(req)
}

func isConditionFailure(err error) bool {
	_, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
	return ok
}

func canonical(t *testing.T, text string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}
