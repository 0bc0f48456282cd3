package mapping_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/internal/testenv/mapping"
)

func TestMain(m *testing.M) { bootstrap.Main(func() { dynamolocal.Main(m) }) }

var created atomic.Int64 // numbers tables

// table is one with a stream of its own, and a function that does what its items say.
type table struct {
	server   *dynamolocal.Server
	name     string
	source   mapping.Source
	puts     int
	function *recorded
	failed   chan mapping.InvocationRecord // what went to the on-failure destination
}

func newTable(t *testing.T) *table {
	t.Helper()
	return newTableFor(t, lambda.Config{Timeout: time.Minute}) // nothing may depend on the machine's speed
}

func newTableFor(t *testing.T, c lambda.Config) *table {
	t.Helper()
	server := dynamolocal.Shared(t)
	b := &table{server: server, name: fmt.Sprint("table", created.Add(1)), failed: make(chan mapping.InvocationRecord, 100)}
	out, err := server.Client().CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &b.name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("n"), AttributeType: types.ScalarAttributeTypeN},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("n"), KeyType: types.KeyTypeRange},
		},
		StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.source = mapping.Source{Client: server.Streams(), ARN: *out.TableDescription.LatestStreamArn}
	c.Name, c.Bootstrap, c.Env = "misbehave", bootstrap.Package(t, "testdata/misbehave"), []string{"STATE=" + t.TempDir()}
	b.function = &recorded{Function: lambda.Start(t, c)}
	return b
}

// put stores items that say what is to be done about them, each with a number as its key.
func (b *table) put(t *testing.T, do ...string) {
	t.Helper()
	for _, d := range do {
		b.putItem(t, fmt.Sprint(b.puts), 0, d)
		b.puts++
	}
}

func (b *table) putItem(t *testing.T, id string, n int, do string) {
	t.Helper()
	_, err := b.server.Client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &b.name, Item: map[string]types.AttributeValue{
		"id": &types.AttributeValueMemberS{Value: id}, "n": &types.AttributeValueMemberN{Value: fmt.Sprint(n)}, "do": &types.AttributeValueMemberS{Value: do},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// run starts a mapping with AWS's defaults, changed by change, and waits until it is done with what was put.
func (b *table) run(t *testing.T, change func(*mapping.Settings)) *mapping.Stream {
	t.Helper()
	settings := mapping.Defaults()
	settings.OnFailure = func(r mapping.InvocationRecord) { b.failed <- r }
	change(&settings)
	m := mapping.Start(t, b.source, b.function, settings)
	if err := m.Drain(t.Context(), b.puts); err != nil {
		t.Fatal(err)
	}
	return m
}

// discarded is the next of what went to the on-failure destination.
func (b *table) discarded(t *testing.T) mapping.InvocationRecord {
	t.Helper()
	select {
	case r := <-b.failed:
		return r
	default:
		t.Fatal("nothing more was discarded")
		return mapping.InvocationRecord{}
	}
}

// expect says whether the function got these batches, in this order: each as its items' ids, with how it ended.
func (b *table) expect(t *testing.T, batches ...string) {
	t.Helper()
	b.function.mu.Lock()
	defer b.function.mu.Unlock()
	if got, want := strings.Join(b.function.batches, "\n"), strings.Join(batches, "\n"); got != want {
		t.Errorf("the function got the batches\n%s\nwant\n%s", got, want)
	}
}

// recorded is a function that keeps what it was invoked with.
type recorded struct {
	*lambda.Function
	mu      sync.Mutex
	batches []string // the ids of each batch, and the outcome
	events  []events.DynamoDBEvent
	begun   []time.Time
	active  map[string]bool // items under way
	clashes int             // items that were under way twice at the same time
	atOnce  int             // the most invocations at the same time
	now     int
}

// Invoke implements [mapping.Function].
func (f *recorded) Invoke(ctx context.Context, payload []byte) lambda.Result {
	var e events.DynamoDBEvent
	if err := json.Unmarshal(payload, &e); err != nil {
		panic(err)
	}
	ids := make([]string, len(e.Records))
	f.mu.Lock()
	f.begun = append(f.begun, time.Now())
	f.now++
	f.atOnce = max(f.atOnce, f.now)
	if f.active == nil {
		f.active = map[string]bool{}
	}
	items := map[string]bool{}
	for i, r := range e.Records {
		ids[i] = r.Change.Keys["id"].String()
		items[ids[i]+"#"+r.Change.Keys["n"].Number()] = true
	}
	for item := range items {
		if f.active[item] {
			f.clashes++
		}
		f.active[item] = true
	}
	f.mu.Unlock()
	result := f.Function.Invoke(ctx, payload)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now--
	for item := range items {
		delete(f.active, item)
	}
	f.batches = append(f.batches, strings.Join(ids, " ")+": "+string(result.Outcome))
	f.events = append(f.events, e)
	return result
}
