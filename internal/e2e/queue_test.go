package e2e_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// patience is how long something may take that comes by itself.
const patience = 2 * time.Minute

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
