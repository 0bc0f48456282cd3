package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/aeon-es/aeon/internal/testenv/ministack"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// inbox is a queue that a rule of an event bus sends everything of a source to.
type inbox struct {
	client *sqs.Client
	url    string
	got    map[string]bool // "key@revision position"
}

func subscribe(t *testing.T, server *ministack.Server, bus, source string) *inbox {
	t.Helper()
	name, pattern := "inbox", fmt.Sprintf(`{"source":[%q]}`, source)
	client, events := sqs.NewFromConfig(server.Config()), eventbridge.NewFromConfig(server.Config())
	queue, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := events.PutRule(t.Context(), &eventbridge.PutRuleInput{Name: &name, EventBusName: &bus, EventPattern: &pattern}); err != nil {
		t.Fatal(err)
	}
	arn := fmt.Sprintf("arn:aws:sqs:%s:000000000000:%s", ministack.Region, name)
	target := []eventtypes.Target{{Id: aws.String("queue"), Arn: &arn}}
	if _, err := events.PutTargets(t.Context(), &eventbridge.PutTargetsInput{Rule: &name, EventBusName: &bus, Targets: target}); err != nil {
		t.Fatal(err)
	}
	return &inbox{client: client, url: *queue.QueueUrl, got: map[string]bool{}}
}

// expect waits until all events of these commits have arrived.
func (i *inbox) expect(t *testing.T, commits []map[string]types.AttributeValue) {
	t.Helper()
	missing := map[string]bool{}
	for _, item := range commits {
		commit, err := storedynamo.DecodeCommit(item)
		if err != nil {
			t.Fatal(err)
		}
		for e := range commit.All() {
			missing[fmt.Sprintf("%s@%d %s", e.Key, e.Revision, e.Position)] = true
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for len(missing) > 0 && ctx.Err() == nil {
		i.receive(ctx, t)
		maps.DeleteFunc(missing, func(name string, _ bool) bool { return i.got[name] })
	}
	if len(missing) > 0 {
		t.Errorf("not published: %v", slices.Sorted(maps.Keys(missing)))
	}
}

// receive takes what there is, or waits a second for more.
func (i *inbox) receive(ctx context.Context, t *testing.T) {
	t.Helper()
	for {
		out, err := i.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &i.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 3600})
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return
		}
		for _, m := range out.Messages {
			var e struct {
				Detail struct {
					ID, Key  string
					Revision uint64
				}
			}
			if err := json.Unmarshal([]byte(*m.Body), &e); err != nil {
				t.Fatalf("%s: %v", *m.Body, err)
			}
			i.got[fmt.Sprintf("%s@%d %s", e.Detail.Key, e.Detail.Revision, e.Detail.ID)] = true
		}
	}
}
