package functions_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/projector"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/projector/queue"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// What the project function parks, the redrive function takes from the queue: it stays there while it fails, and goes when it
// is right.
func TestRedrive(t *testing.T) {
	database, aws := dynamolocal.Start(t), ministack.Start(t)
	createTables(t, database)
	client, url := sqs.NewFromConfig(aws.Config()), aws.CreateQueue(t, "redrive", nil)
	env := append(awsEnv(database.Endpoint()), "EVENTS_TABLE=events", "VIEWS_TABLE=views",
		"AWS_ENDPOINT_URL_SQS="+aws.Endpoint(), "REDRIVE_QUEUE_URL="+url)
	project, redrive := run(t, "project", env...), run(t, "redrive", env...)

	s := store.New(storedynamo.New(database.Client(), storedynamo.Tables{Events: "events", Metadata: "metadata"}))
	if _, err := s.Append(t.Context(), "c1", store.NoStream(), []store.Pending{
		{Type: defaultapp.Incremented}, {Type: defaultapp.Incremented, Data: json.RawMessage(`{"by":"classified"}`)}, {Type: defaultapp.Incremented},
	}, nil); err != nil {
		t.Fatal(err)
	}
	p, err := projector.New(s, projectordynamo.New(database.Client(), "views"), &projector.Options{Redriver: queue.New(client, url)}, defaultapp.Views()...)
	if err != nil {
		t.Fatal(err)
	}
	const parked = `{"key":"c1","views":[{"view":"counters","revision":1,"parked":{"revision":2,"class":"error"}},{"view":"streams","revision":3}]}`
	for _, doorbell := range []string{"project-doorbell.json", "project-bus.json"} {
		var answer json.RawMessage
		if project.invoke(t, sample(t, doorbell), &answer); string(answer) != parked {
			t.Fatalf("%s: the function answered %s, want %s", doorbell, answer, parked)
		}
	}
	project.expectFailures(t, sample(t, "project-messages.json"))
	redrive.expectFailures(t, sample(t, "redrive.json"), "2e1424d4-f796-459a-8184-9c92662be6da")

	message := receive(t, client, url)
	event := redriveEvent(t, message)
	redrive.expectFailures(t, event, *message.MessageId)
	if _, err := p.Skip(t.Context(), "counters", "c1", 2, "a test"); err != nil {
		t.Fatal(err)
	}
	redrive.expectFailures(t, event)
	redrive.expectFailures(t, sample(t, "redrive.json"))
	if r, err := p.Query(t.Context(), "counters", "c1"); err != nil || r.Revision != 3 || string(r.Row) != `{"count":2,"increments":2,"decrements":0}` {
		t.Errorf("got %s at revision %d, %v", r.Row, r.Revision, err)
	}
	for _, out := range []string{project.process.Output(), redrive.process.Output()} {
		if strings.Contains(out, "classified") {
			t.Errorf("data in the log:\n%s", out)
		}
	}
}

// receive takes one message from a queue.
func receive(t *testing.T, client *sqs.Client, url string) types.Message {
	t.Helper()
	out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 10, VisibilityTimeout: 3600})
	if err != nil || len(out.Messages) != 1 {
		t.Fatalf("received %+v, %v; want one message", out, err)
	}
	return out.Messages[0]
}

// redriveEvent is the sample event with this message only.
func redriveEvent(t *testing.T, m types.Message) []byte {
	t.Helper()
	var event struct {
		Records []map[string]any
	}
	if err := json.Unmarshal(sample(t, "redrive.json"), &event); err != nil {
		t.Fatal(err)
	}
	event.Records = event.Records[:1]
	event.Records[0]["messageId"], event.Records[0]["receiptHandle"], event.Records[0]["body"] = *m.MessageId, *m.ReceiptHandle, *m.Body
	edited, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return edited
}

// expectFailures has the function handle an event, and says whether just these messages or records failed.
func (l *lambda) expectFailures(t *testing.T, event []byte, want ...string) {
	t.Helper()
	var answer any
	l.invoke(t, event, &answer)
	failures := []any{}
	for _, id := range want {
		failures = append(failures, map[string]any{"itemIdentifier": id})
	}
	if got, wanted := fmt.Sprint(answer), fmt.Sprint(map[string]any{"batchItemFailures": failures}); got != wanted {
		t.Errorf("answered %s, want %s", got, wanted)
	}
}
