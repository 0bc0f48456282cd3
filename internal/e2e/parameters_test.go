package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/aeon-es/aeon/internal/conversation"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/internal/testenv/schemathesis"
)

// others are parameters, all of them other than their defaults.
const others = "StoreName=orders EventSource=shop ApiAuth=NONE PositionIndex=false Slices=4 DeletionProtection=true LogRetentionDays=1 " +
	"ReservedConcurrency=7 ApiRateLimit=50 ApiBurstLimit=20 AllowedOrigin=https://shop.example.com " +
	"AlarmTopicArn=arn:aws:sns:us-east-1:000000000000:alarms KmsKeyArn="

// The stack takes every parameter: what is deployed then is another store, and answers everybody.
func testParameters(t *testing.T, s stack) {
	const key = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab" // the emulator encrypts nothing
	s.parameters = others + key
	s.template = s.open(t)
	d := &deployment{stack: s, server: ministack.Start(t, "AUTH=true")}
	d.deploy(t)
	if warning := d.outputs["ApiIsOpen"]; !strings.HasPrefix(warning, "WARNING: ") {
		t.Errorf("the stack doesn't warn of an open API: %q", warning)
	}
	api := d.api(t, aws.Credentials{}) // unsigned
	a, err := api(t.Context(), conversation.Request{
		Method: http.MethodPost, Target: "/streams/c1", Header: map[string]string{"Content-Type": "application/json"}, Body: `{"events":[{"type":"incremented"}]}`,
	})
	if err != nil || a.Status != http.StatusCreated {
		t.Errorf("an append without a signature: %d %s (%v)", a.Status, a.Body, err)
	}
	a, err = api(t.Context(), conversation.Request{Method: http.MethodGet, Target: "/events"})
	if err != nil || a.Status/100 != 4 || !strings.Contains(a.Body, "index") {
		t.Errorf("all events, of a store without the index: %d %s (%v)", a.Status, a.Body, err)
	}
	const shop = "https://shop.example.com"
	a, err = api(t.Context(), conversation.Request{Method: http.MethodGet, Target: "/streams/c1", Header: map[string]string{"Origin": shop}})
	if err != nil || a.Status != http.StatusOK || a.Header.Get("Access-Control-Allow-Origin") != shop {
		t.Errorf("a script's request: %d %v %s (%v)", a.Status, a.Header, a.Body, err)
	}
	// What stands before the functions answers by itself; the emulator's leaves out the headers.
	a, err = api(t.Context(), conversation.Request{Method: http.MethodOptions, Target: "/streams/c1", Header: map[string]string{"Origin": shop}})
	if err != nil || a.Status != http.StatusOK || a.Header.Get("X-Request-Id") != "" {
		t.Errorf("a browser's question for a script: %d %v %s (%v)", a.Status, a.Header, a.Body, err)
	}
	d.expectOthers(t, key)
	d.deployReacting(t, api).expect(t)
	schemathesis.Run(t, d.front(t, aws.Credentials{}), schemathesis.Options{Phases: []string{"examples", "fuzzing"}, Examples: long.Or(200, 3), Right: true})
}

// front stands before the deployed API, is known by its address alone, and signs what has no body with these credentials, if they are any.
func (d *deployment) front(t *testing.T, credentials aws.Credentials) (address string) {
	t.Helper()
	host, stage := d.address(t)
	id, _, _ := strings.Cut(host, ".")
	target, err := url.Parse(d.server.Endpoint() + stage)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = id + ".execute-api.localhost" // the name that the emulator knows it by
		if credentials.AccessKeyID == "" {
			return
		}
		if err := sign(r.Out, "", "execute-api", credentials); err != nil {
			t.Error(err)
		}
	}})
	t.Cleanup(server.Close)
	return server.URL
}

// open is the built template with an open API by default: where templates are transformed the emulator knows the defaults of parameters
// only, while AWS knows what is given.
func (s stack) open(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.built, "template.yaml"))
	if err != nil || strings.Count(string(text), "Default: AWS_IAM\n") != 1 {
		t.Fatalf("the template has no ApiAuth: %v", err)
	}
	path := filepath.Join(s.built, "open.yaml")
	write(t, path, strings.Replace(string(text), "Default: AWS_IAM\n", "Default: NONE\n", 1))
	return path
}

// expectOthers looks at what was made.
func (d *deployment) expectOthers(t *testing.T, key string) {
	t.Helper()
	url := d.outputs["RedriveQueueUrl"]
	queue, err := sqs.NewFromConfig(d.server.Config()).GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	if err != nil || queue.Attributes["KmsMasterKeyId"] != key {
		t.Errorf("the queue: %v (%v)", queue.Attributes, err)
	}
	buses, err := eventbridge.NewFromConfig(d.server.Config()).ListEventBuses(t.Context(), &eventbridge.ListEventBusesInput{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, bus := range buses.EventBuses {
		names = append(names, *bus.Name)
	}
	if !slices.Contains(names, "orders") {
		t.Errorf("buses %v, want one named after the store", names)
	}
}
