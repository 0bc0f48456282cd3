package functions_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

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
	queue := subscribe(t, emulator, "shop", `{"source":["orders"],"detail":{"key":[{"prefix":""}]}}`)
	env := append(awsEnv(database.Endpoint()), "EVENTS_TABLE=events", "EVENT_BUS=shop", "EVENT_SOURCE=orders")
	publish := run(t, "publish", append(env, "AWS_ENDPOINT_URL_EVENTBRIDGE="+emulator.Endpoint())...)

	publish.expectFailures(t, sample(t, "publish.json"))
	expectEvents(t, emulator, queue, "order-placed order/7@1", "order-paid order/7@2", "incremented c1@3")
	publish.expectFailures(t, sample(t, "publish-changes.json"))
	expectEvents(t, emulator, queue, "incremented c1@1", "decremented c1@2")
	publish.expectFailures(t, sample(t, "publish-changes.json")) // which it published just now
	expectEvents(t, emulator, queue)
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

// subscribe makes a bus with a rule, and the queue that it sends to.
func subscribe(t *testing.T, server *ministack.Server, bus, pattern string) (url string) {
	t.Helper()
	events, name := eventbridge.NewFromConfig(server.Config()), "inbox"
	if _, err := events.CreateEventBus(t.Context(), &eventbridge.CreateEventBusInput{Name: &bus}); err != nil {
		t.Fatal(err)
	}
	if _, err := events.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: &name, EventBusName: &bus, EventPattern: &pattern}); err != nil {
		t.Fatal(err)
	}
	queue, err := sqs.NewFromConfig(server.Config()).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	arn := fmt.Sprintf("arn:aws:sqs:%s:000000000000:%s", ministack.Region, name)
	_, err = events.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: &name, EventBusName: &bus, Targets: []types.Target{{Id: aws.String("queue"), Arn: &arn}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return *queue.QueueUrl
}

// expectEvents says whether a queue holds just these events, in any order, and takes them out.
func expectEvents(t *testing.T, server *ministack.Server, queue string, want ...string) {
	t.Helper()
	client := sqs.NewFromConfig(server.Config())
	var got []string
	for {
		out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 10, VisibilityTimeout: 3600})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			break
		}
		for _, m := range out.Messages {
			var e struct {
				Kind   string `json:"detail-type"`
				Detail struct {
					Key      string
					Revision int
				}
			}
			if err := json.Unmarshal([]byte(*m.Body), &e); err != nil {
				t.Fatalf("%s: %v", *m.Body, err)
			}
			got = append(got, fmt.Sprintf("%s %s@%d", e.Kind, e.Detail.Key, e.Detail.Revision))
		}
	}
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("the queue holds %v, want %v", got, want)
	}
}
