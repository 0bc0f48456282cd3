package examples_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/aeon-es/aeon/examples/notifications/webhook"
)

// webhookSecret is what deliveries are signed by.
const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// notified is what the deployed notifications tell: a receiver, which is not in the cloud, and a queue, which is.
type notified struct {
	cloud    *cloud
	receiver *webhook.Receiver
	url      string
	queue    string
}

func notify(t *testing.T, c *cloud) *notified {
	t.Helper()
	receiver, err := webhook.NewReceiver(webhookSecret)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(receiver)
	t.Cleanup(server.Close)
	return &notified{cloud: c, receiver: receiver, url: server.URL}
}

// parameters are the stack's.
func (n *notified) parameters() []string {
	return []string{"WebhookUrl=" + n.url, "WebhookSecret=" + webhookSecret, "RetrySeconds=5"}
}

// beside serves, beside a deployed API, what the example serves of the queue and the receiver on one machine.
func (n *notified) beside(t *testing.T, api http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", api)
	mux.Handle("/receiver", webhook.Console(n.receiver))
	mux.Handle("/receiver/", webhook.Console(n.receiver))
	seen := map[string]webhook.Entry{}
	client := sqs.NewFromConfig(n.cloud.server.Config())
	mux.HandleFunc("GET /warehouse", func(w http.ResponseWriter, r *http.Request) {
		out, err := client.ReceiveMessage(r.Context(), &sqs.ReceiveMessageInput{QueueUrl: &n.queue, MaxNumberOfMessages: 10})
		if err != nil {
			t.Error(err)
			return
		}
		for _, m := range out.Messages {
			e, err := webhook.Parse([]byte(*m.Body))
			if err != nil {
				t.Errorf("%s: %v", *m.Body, err)
			}
			seen[e.ID] = e
		}
		if err := json.NewEncoder(w).Encode(webhook.Sorted(seen)); err != nil {
			t.Error(err)
		}
	})
	return mux
}
