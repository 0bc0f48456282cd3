package e2e_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// patience is how long something may take that comes by itself.
const patience = 2 * time.Minute

// redrive has a parked key tried again now, as docs/parking.md says. The message that has been there since it parked may wait
// for long: the emulator kills a function that is handling a message when its code is updated.
func (d *deployment) redrive(t *testing.T, message string) {
	t.Helper()
	url := d.outputs["RedriveQueueUrl"]
	if _, err := sqs.NewFromConfig(d.server.Config()).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &message}); err != nil {
		t.Fatal(err)
	}
}

// expectEmpty waits for a queue to hold no message, visible or not.
func (d *deployment) expectEmpty(t *testing.T, output string) {
	t.Helper()
	url, client := d.outputs[output], sqs.NewFromConfig(d.server.Config())
	var attributes map[string]string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		out, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
		})
		if err != nil {
			t.Fatal(err)
		}
		attributes = out.Attributes
		if attributes["ApproximateNumberOfMessages"] == "0" && attributes["ApproximateNumberOfMessagesNotVisible"] == "0" {
			return
		}
	}
	t.Errorf("%s holds messages: %v", output, attributes)
}
