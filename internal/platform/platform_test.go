package platform_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/internal/platform"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// What is parked by hand is told to the queue of the functions.
func TestParkedOnDynamoDBIsToldToTheQueue(t *testing.T) {
	t.Parallel()
	server := ministack.Start(t)
	config, url := server.Config(), server.CreateQueue(t, "redrive", nil)
	p, err := platform.Open(t.Context(), platform.Options{
		DynamoDB: &config, CreateTables: true, RedriveQueue: url, Views: defaultapp.Views(),
	})
	if err != nil {
		t.Fatal(err)
	}
	bad := []store.Pending{{Type: defaultapp.Incremented, Data: json.RawMessage(`{"by":"one"}`)}}
	if _, err := p.Store.Append(t.Context(), "c1", store.NoStream(), bad, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Projector.CatchUp(t.Context(), "counters", "c1"); !errors.Is(err, projector.ErrParked) {
		t.Errorf("not parked: %v", err)
	}
	out, err := sqs.NewFromConfig(config).ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
	if err != nil || len(out.Messages) != 1 || *out.Messages[0].Body != `{"view":"counters","key":"c1"}` {
		t.Errorf("received %+v, %v", out, err)
	}
}
