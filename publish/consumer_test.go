package publish_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/aeon-es/aeon/projector/consumer/consumertest"
	"github.com/aeon-es/aeon/publish"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// What an entry looks like, to the letter: rules and consumers depend on it.
func TestEntries(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.append(t, "order/7",
		store.Pending{
			Type: "order-placed", CorrelationID: "r-1", Metadata: map[string]string{"causation": "cart/3@2"},
			Data: json.RawMessage(`{"total": 12345678901234567890.10, "note": "<a> & b"}`),
		},
		store.Pending{Type: "order-paid"})
	bus := &bus{t: t}
	b.target(t, bus).mustDeliver(t, b.records(t)...)
	if len(bus.taken) != 2 || len(bus.requests) != 1 {
		t.Fatalf("%d entries in %d requests", len(bus.taken), len(bus.requests))
	}
	var events []store.Committed
	for e, err := range b.store.Read(t.Context(), "order/7", store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	for i, rest := range []string{
		`"type":"order-placed","correlationId":"r-1","metadata":{"causation":"cart/3@2"},` +
			`"data":{"total":12345678901234567890.10,"note":"<a> & b"}}`,
		`"type":"order-paid"}`,
	} {
		e, got := events[i], bus.taken[i]
		want := fmt.Sprintf(`{"id":"%[1]s","key":"order/7","revision":%[2]d,"position":"%[1]s","committedAt":"%[3]s",%[4]s`,
			e.Position, i+1, e.CommittedAt.Format("2006-01-02T15:04:05.000Z"), rest)
		if got.Detail != want {
			t.Errorf("detail\n%s, want\n%s", got.Detail, want)
		}
		if got.Source != "aeon" || got.DetailType != e.Type || got.EventBusName != "events" {
			t.Errorf("got %+v", got)
		}
		if at := time.UnixMilli(int64(got.Time * 1000)); at.Sub(e.CommittedAt).Abs() > time.Millisecond {
			t.Errorf("time %v, want %v", at, e.CommittedAt)
		}
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.appendTypes(t, "c1", "incremented")
	bus := &bus{t: t}
	p, err := publish.New(client(bus), "events", &publish.Options{Source: "shop.orders"})
	if err != nil {
		t.Fatal(err)
	}
	(&target{Consumer: publish.NewConsumer(p, b.backend)}).mustDeliver(t, b.records(t)...)
	if len(bus.taken) != 1 || bus.taken[0].Source != "shop.orders" {
		t.Errorf("got %+v", bus.taken)
	}
}

func TestSettingsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ bus, source, field string }{
		{"", "", "bus"}, {"events", "aws.events", "source"}, {"events", "AWS.x", "source"}, {"events", " ", "source"},
		{"events", strings.Repeat("x", 257), "source"},
	} {
		_, err := publish.New(client(nil), c.bus, &publish.Options{Source: c.source})
		if invalid, ok := errors.AsType[*store.InvalidError](err); !ok || invalid.Field != c.field {
			t.Errorf("bus %q, source %.10q: %v", c.bus, c.source, err)
		}
	}
}

// A record that carries no commit is read from the table, which is the truth. What is deleted is no news.
func TestRecordsWithoutACommit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.appendTypes(t, "c1", "a", "b")
	b.appendTypes(t, "c1", "c")
	b.appendTypes(t, "c2", "d")
	records := b.records(t)
	for name, r := range map[string]consumertest.Record{
		"no image":          records[0].With(func(c map[string]any) { delete(c, "NewImage") }),
		"no item":           records[0].With(func(c map[string]any) { c["NewImage"] = "x" }),
		"not a commit":      records[0].With(func(c map[string]any) { c["NewImage"] = c["Keys"] }),
		"of another commit": records[0].With(func(c map[string]any) { c["NewImage"] = records[1].Change()["NewImage"] }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bus := &bus{t: t}
			g := b.target(t, bus)
			g.mustDeliver(t, r, records[2])
			bus.expect(t, "c1@1", "c1@2", "c2@1")
			if !strings.Contains(g.log.String(), `"level":"WARN"`) {
				t.Errorf("no warning: %s", &g.log)
			}
		})
	}
}

// What somebody does to the table by hand reaches the stream, too. It neither stops the stream, nor is it published for
// what it isn't.
func TestRecordsOfWhatAeonNeverDoes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.appendTypes(t, "c1", "a")
	b.appendTypes(t, "gone", "b")
	b.appendTypes(t, "c2", "c")
	item := func(key, revision string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{
			"key": &types.AttributeValueMemberS{Value: key}, "revision": &types.AttributeValueMemberN{Value: revision},
		}
	}
	update := "REMOVE slice"
	for _, key := range [][]string{{"c1", "1"}, {"\x01", "1"}, {"c1", "-1.5"}} {
		_, err := b.client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{TableName: &b.tables.Events, Key: item(key[0], key[1]), UpdateExpression: &update})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &b.tables.Events, Key: item("gone", "1")}); err != nil {
		t.Fatal(err)
	}
	records := b.records(t)
	if len(records) != 7 {
		t.Fatalf("%d records", len(records))
	}
	bus := &bus{t: t}
	g := b.target(t, bus)
	// The record of what is gone by now carries no commit: there is nothing to publish.
	g.mustDeliver(t, records[1].With(func(c map[string]any) { delete(c, "NewImage") }))
	g.mustDeliver(t, records[2:]...)
	bus.expect(t, "c1@1", "c2@1") // the first by its modification
	// What a record of a modification carries doesn't count, and a removal is no news even of what is there.
	image, ok := records[3].Change()["NewImage"].(json.RawMessage)
	if !ok || fmt.Sprint(records[3]["eventName"]) != "MODIFY" {
		t.Fatalf("record %v", records[3])
	}
	removal := records[2].With(func(map[string]any) {}) // of c2
	removal["eventName"] = "REMOVE"
	fresh := b.target(t, bus)
	bus.taken = nil
	fresh.mustDeliver(t, removal, records[3].With(func(c map[string]any) {
		c["NewImage"] = json.RawMessage(strings.Replace(string(image), "classified", "forged", 1))
	}))
	if bus.expect(t, "c1@1"); !strings.Contains(bus.taken[0].Detail, "classified") {
		t.Errorf("published what the table doesn't have: %s", bus.taken[0].Detail)
	}

	log := g.log.String()
	if got := strings.Count(log, "stream record passed over"); got != 2 {
		t.Errorf("%d records passed over, want the 2 whose keys no store has:\n%s", got, log)
	}
	for _, part := range []string{"somebody modified the commit", "the commit that a stream record tells of is gone"} {
		if !strings.Contains(log, part) {
			t.Errorf("nothing says %q:\n%s", part, log)
		}
	}
}

// A commit that can't be read stops what is behind it: no event is ever passed over. Once it is mended, or gone,
// all goes on.
func TestDamagedCommit(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.appendTypes(t, "c1", "a")
	b.appendTypes(t, "bad", "b")
	b.appendTypes(t, "c2", "c")
	records := b.records(t)
	damage := "SET events = :none"
	in := map[string]types.AttributeValue{"key": &types.AttributeValueMemberS{Value: "bad"}, "revision": &types.AttributeValueMemberN{Value: "1"}}
	_, err := b.client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &b.tables.Events, Key: in, UpdateExpression: &damage,
		ExpressionAttributeValues: map[string]types.AttributeValue{":none": &types.AttributeValueMemberL{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	records[1] = records[1].With(func(c map[string]any) { delete(c, "NewImage") })
	bus := &bus{t: t}
	g := b.target(t, bus)
	for range 3 {
		expectFailure(t, g.deliver(t, records...), records[1])
	}
	if !strings.Contains(g.log.String(), `@ 1 is damaged`) {
		t.Errorf("the log doesn't name it: %s", &g.log)
	}
	if _, err := b.client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &b.tables.Events, Key: in}); err != nil {
		t.Fatal(err)
	}
	g.mustDeliver(t, records[1:]...)
	bus.expect(t, "c1@1", "c2@1") // and once only, though it came again and again
}

func TestEventsThatAreNoStreamRecords(t *testing.T) {
	t.Parallel()
	g := &target{Consumer: publish.NewConsumer(publisher(t, &bus{t: t}, &strings.Builder{}), nil)}
	for event, want := range map[string]string{
		``:                 "unexpected end",
		`{}`:               `it has no "Records"`,
		`{"Records":[{}]}`: `Records[0] has the eventSource ""`,
		`{"Records":[{"eventSource":"aws:sqs","body":"classified"}]}`: `Records[0] has the eventSource "aws:sqs"`,
	} {
		_, err := g.Handle(t.Context(), json.RawMessage(event))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", event, err, want)
		}
	}
}

func TestResponseAndSummary(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.appendTypes(t, "c1", "a", "b")
	b.appendTypes(t, "c2", "c")
	bus := &bus{t: t}
	g := b.target(t, bus)
	for _, records := range [][]consumertest.Record{b.records(t), nil} {
		text, err := json.Marshal(g.deliver(t, records...))
		if err != nil || string(text) != `{"batchItemFailures":[]}` {
			t.Errorf("response %s, %v", text, err)
		}
	}
	lines := strings.Split(strings.TrimSpace(g.log.String()), "\n")
	if len(lines) != 2 {
		t.Errorf("%d lines logged, want one for each batch:\n%s", len(lines), &g.log)
	}
	for _, part := range []string{`"msg":"batch published"`, `"records":2`, `"events":3`, `"sentAgain":0`, `"withoutData":0`, `"milliseconds":`} {
		if !strings.Contains(lines[0], part) {
			t.Errorf("no %s in %s", part, lines[0])
		}
	}
}

// A missing table fails the batch from the first record on that needs it.
func TestMissingTable(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.appendTypes(t, "c1", "a")
	b.appendTypes(t, "c2", "b")
	records := b.records(t)
	records[1] = records[1].With(func(c map[string]any) { delete(c, "NewImage") })
	g := &target{}
	bus := &bus{t: t}
	g.Consumer = publish.NewConsumer(publisher(t, bus, &g.log), storedynamo.New(b.client, storedynamo.Tables{Events: "nowhere"}))
	expectFailure(t, g.deliver(t, records...), records[1])
	bus.expect(t, "c1@1")
	if !strings.Contains(g.log.String(), `table \"nowhere\" doesn't exist`) {
		t.Errorf("the log doesn't name the table: %s", &g.log)
	}
}

// An EventBridge that doesn't answer is a failure, reported before the function's time is over.
func TestDeadline(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.appendTypes(t, "c1", "a")
	records := b.records(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", silent.Addr().String())
	}}
	g := b.target(t, transport)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	expectFailure(t, g.deliverIn(ctx, t, records...), records[0])
	if ctx.Err() != nil {
		t.Error("it answered after the deadline")
	}
	over, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	expectFailure(t, b.target(t, &bus{t: t}).deliverIn(over, t, records...), records[0])
}
