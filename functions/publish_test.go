package functions_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// The publish function, on its sample events: they go to the bus, those that a record doesn't carry come from the table, and what
// can't be published comes again.
func TestPublish(t *testing.T) {
	database, emulator := dynamolocal.Start(t), ministack.Start(t)
	createTables(t, database)
	s := store.New(storedynamo.New(database.Client(), storedynamo.Tables{Events: "events", Metadata: "metadata"}))
	if _, err := s.Append(t.Context(), "c1", store.NoStream(), []store.Pending{{Type: "incremented"}, {Type: "decremented"}}, nil); err != nil {
		t.Fatal(err)
	}
	emulator.CreateBus(t, "shop")
	inbox := emulator.Subscribe(t, "shop", "inbox", `{"source":["orders"],"detail":{"key":[{"prefix":""}]}}`)
	env := append(awsEnv(database.Endpoint()), "EVENTS_TABLE=events", "EVENT_BUS=shop", "EVENT_SOURCE=orders")
	publish := run(t, "publish", append(env, "AWS_ENDPOINT_URL_EVENTBRIDGE="+emulator.Endpoint())...)

	publish.expectFailures(t, sample(t, "publish.json"))
	expectEvents(t, inbox, "order-placed order/7@1", "order-paid order/7@2", "incremented c1@3")
	publish.expectFailures(t, sample(t, "publish-changes.json"))
	expectEvents(t, inbox, "incremented c1@1", "decremented c1@2")
	publish.expectFailures(t, sample(t, "publish-changes.json")) // which it published just now
	expectEvents(t, inbox)
	publish.expectPrinted(t, `"EventsPublished":3`)
	if out := publish.process.Output(); strings.Contains(out, "total") {
		t.Errorf("data in the log:\n%s", out)
	}

	down := run(t, "publish", append(env, "AWS_ENDPOINT_URL_EVENTBRIDGE=http://127.0.0.1:1", "AWS_LAMBDA_FUNCTION_TIMEOUT=3")...)
	var first struct {
		Records []struct {
			Change struct{ SequenceNumber string } `json:"dynamodb"`
		}
	}
	if err := json.Unmarshal(sample(t, "publish.json"), &first); err != nil {
		t.Fatal(err)
	}
	down.expectFailures(t, sample(t, "publish.json"), first.Records[0].Change.SequenceNumber)
}

// expectEvents says whether an inbox holds just these events, in any order.
func expectEvents(t *testing.T, inbox *ministack.Inbox, want ...string) {
	t.Helper()
	var got []string
	for _, m := range inbox.Take(t, 0) {
		e := m.Event(t)
		got = append(got, fmt.Sprintf("%s %s@%d", m.Type, e.Key, e.Revision))
	}
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("the inbox holds %v, want %v", got, want)
	}
}
