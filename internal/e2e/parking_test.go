package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/aeon-es/aeon/internal/conversation"
)

// patience is how long something may take that comes by itself: a message that failed once waits up to ten seconds.
const patience = 2 * time.Minute

// testParking has the project function park a key, and the redrive function bring it right. Here it is the event that gets
// mended, by hand, where it would be the view's code: that rings once more, and still nothing but the redrive moves the key.
func (d *deployment) testParking(t *testing.T, api conversation.Send) {
	t.Helper()
	a, err := api(t.Context(), conversation.Request{
		Method: http.MethodPost, Target: "/streams/parked", Header: map[string]string{"Content-Type": "application/json"},
		Body: `{"events":[{"type":"incremented"},{"type":"incremented","data":{"by":"two"}},{"type":"incremented"}]}`,
	})
	if err != nil || a.Status != http.StatusCreated {
		t.Fatalf("%d %s (%v)", a.Status, a.Body, err)
	}
	d.eventually(t, api, http.StatusServiceUnavailable, "parked")

	client := dynamodb.NewFromConfig(d.server.Config())
	table := d.outputs["EventsTableName"]
	key := map[string]types.AttributeValue{"key": &types.AttributeValueMemberS{Value: "parked"}, "revision": &types.AttributeValueMemberN{Value: "1"}}
	got, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &table, Key: key})
	if err != nil || got.Item == nil {
		t.Fatalf("%v, %v", got, err)
	}
	events, _ := got.Item["events"].(*types.AttributeValueMemberL)
	bad, _ := events.Value[1].(*types.AttributeValueMemberM)
	bad.Value["data"] = &types.AttributeValueMemberS{Value: `{"by":2}`}
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: got.Item}); err != nil {
		t.Fatal(err)
	}
	d.eventually(t, api, http.StatusOK, `"revision":3,"row":{"count":4,"increments":3,"decrements":0}`)
	d.expectEmpty(t, "RedriveQueueUrl")
	d.expectEmpty(t, "RedriveDeadLetterQueueUrl")
	// The conversation expects the table to hold nothing but its own.
	if _, err := client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &table, Key: key}); err != nil {
		t.Fatal(err)
	}
}

// eventually waits for the view's answer to be as it should.
func (d *deployment) eventually(t *testing.T, api conversation.Send, status int, part string) {
	t.Helper()
	var a conversation.Answer
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		a, err = api(t.Context(), conversation.Request{Method: http.MethodGet, Target: "/views/counters/parked?revision=3"})
		if err == nil && a.Status == status && strings.Contains(a.Body, part) {
			return
		}
	}
	t.Fatalf("%d %s (%v); want %d with %s", a.Status, a.Body, err, status, part)
}

// expectEmpty waits for a queue to hold no message, visible or not.
func (d *deployment) expectEmpty(t *testing.T, output string) {
	t.Helper()
	url, client := d.outputs[output], sqs.NewFromConfig(d.server.Config())
	var attributes map[string]string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		out, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
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
