package dynamo_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/dynamo"
)

func appendOne(t *testing.T, b *dynamo.Backend, key string) error {
	t.Helper()
	_, err := store.New(b).Append(t.Context(), key, store.Any(), []store.Pending{{Type: "happened"}}, nil)
	return err
}

// on makes another backend on the tables of a store, as another process has it.
func on(client *dynamodb.Client, tables dynamo.Tables, opts ...dynamo.Option) *dynamo.Backend {
	return dynamo.New(client, tables, opts...)
}

func TestSlicesAreFixedAtCreation(t *testing.T) {
	t.Parallel()
	client := dynamolocal.Shared(t).Client()
	tables := dynamo.Tables{Events: "slices-events", Metadata: "slices-metadata"}
	first := on(client, tables, dynamo.WithSlices(3))
	if err := errors.Join(first.CreateTables(t.Context()), appendOne(t, first, "a")); err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string]*dynamo.Backend{
		"another number": on(client, tables, dynamo.WithSlices(4)), "no index": on(client, tables, dynamo.WithoutPositionIndex()),
	} {
		err := appendOne(t, other, "b")
		if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "was created with") {
			t.Errorf("%s: %v", name, err)
		}
		if err := other.Check(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s, checked: %v", name, err)
		}
		for _, err := range store.New(other).ReadAll(t.Context(), store.AllRange{}) {
			if !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s, read: %v", name, err)
			}
		}
	}
	for _, same := range []*dynamo.Backend{on(client, tables), on(client, tables, dynamo.WithSlices(3))} {
		if n, err := same.Slices(t.Context()); n != 3 || err != nil {
			t.Errorf("%d slices, %v", n, err)
		}
		if err := appendOne(t, same, "c"); err != nil {
			t.Error(err)
		}
	}
}

func TestProcessesThatCreateAStoreAtOnceAgree(t *testing.T) {
	t.Parallel()
	client := dynamolocal.Shared(t).Client()
	tables := dynamo.Tables{Events: "race-events", Metadata: "race-metadata"}
	if err := on(client, tables).CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	accepted := make([]bool, 8)
	for i := range accepted {
		all.Go(func() { accepted[i] = on(client, tables, dynamo.WithSlices(i+1)).Check(t.Context()) == nil })
	}
	all.Wait()
	n := 0
	for _, yes := range accepted {
		if yes {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d of 8 different settings were accepted, want 1", n)
	}
}

func TestWithoutPositionIndex(t *testing.T) {
	t.Parallel()
	client, rec := dynamolocal.Shared(t).Recorded()
	rec.MeasureCapacity(true)
	b := newBackend(t, client, dynamo.WithoutPositionIndex())
	if err := appendOne(t, b, "a"); err != nil {
		t.Fatal(err)
	}
	rec.Take()
	if err := appendOne(t, b, "b"); err != nil {
		t.Fatal(err)
	}
	requests := rec.Take()
	if put := requests[len(requests)-1].Consumed; put[0].Total != 1 {
		t.Errorf("an append consumed %+v, want 1 unit", put)
	}
	for _, err := range store.New(b).ReadAll(t.Context(), store.AllRange{}) {
		if !errors.Is(err, store.ErrNoPositionIndex) {
			t.Errorf("got %v", err)
		}
	}
}

func TestReadAllOfAStoreWithNothingInIt(t *testing.T) {
	t.Parallel()
	b := newBackend(t, dynamolocal.Shared(t).Client())
	for e, err := range store.New(b).ReadAll(t.Context(), store.AllRange{}) {
		t.Errorf("got %v, %v", e, err)
	}
}

func TestNewerFormatIsRefused(t *testing.T) {
	t.Parallel()
	client := dynamolocal.Shared(t).Client()
	tables := dynamo.Tables{Events: "newer-events", Metadata: "newer-metadata"}
	b := on(client, tables)
	if err := b.CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &tables.Metadata, Item: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "settings"}, "sk": &types.AttributeValueMemberS{Value: "store"},
		"format": &types.AttributeValueMemberN{Value: "2"}, "slices": &types.AttributeValueMemberN{Value: "16"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := appendOne(t, b, "a"); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "format 2") {
		t.Errorf("got %v", err)
	}
}

func TestMissingTablesAreNamed(t *testing.T) {
	t.Parallel()
	client := dynamolocal.Shared(t).Client()
	b := on(client, dynamo.Tables{Events: "no-events", Metadata: "no-metadata"})
	if err := appendOne(t, b, "a"); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), `"no-`) {
		t.Errorf("append: %v", err)
	}
	if err := b.Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), `"no-events"`) {
		t.Errorf("ping: %v", err)
	}
	there := on(client, dynamo.Tables{Events: "half-events", Metadata: "half-metadata"})
	if err := errors.Join(there.CreateTables(t.Context()), there.Check(t.Context())); err != nil {
		t.Fatal(err)
	}
	half := on(client, dynamo.Tables{Events: "no-events", Metadata: "half-metadata"})
	if err := half.Check(t.Context()); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), `"no-events"`) {
		t.Errorf("check: %v", err)
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	config := dynamolocal.Shared(t).Config()
	nowhere := "http://127.0.0.1:1"
	config.BaseEndpoint = &nowhere
	b := on(dynamodb.NewFromConfig(config), dynamo.DefaultTables)
	if err := appendOne(t, b, "a"); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "can't be reached") {
		t.Errorf("got %v", err)
	}
}
