package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/aeon-es/aeon/internal/conversation"
	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/internal/testenv/sam"
)

// reacting is the stack of testdata/reacting: a rule on the store's bus sends orders to a queue, and a function that reacts takes them from there.
type reacting struct {
	*deployment
	api conversation.Send // of the store
}

const reactingStack = "reacting"

// deployReacting deploys that stack beside the store.
func (d *deployment) deployReacting(t *testing.T, api conversation.Send) *reacting {
	t.Helper()
	folder := filepath.Join(d.root, "internal", "e2e", "testdata", "reacting")
	text, err := os.ReadFile(filepath.Join(folder, "template.yaml"))
	if err != nil || strings.Count(string(text), "CodeUri: CODE") != 1 {
		t.Fatalf("%s (%v)", text, err)
	}
	binary := bootstrap.Package(t, filepath.Join("testdata", "reacting"))
	template := filepath.Join(t.TempDir(), "template.yaml")
	write(t, template, strings.Replace(string(text), "CodeUri: CODE", "CodeUri: "+filepath.Dir(binary), 1))
	if _, _, err := sam.Run(t, d.root, d.server.Env(), "deploy", "--stack-name", reactingStack, "--template-file", template, "--resolve-s3",
		"--region", ministack.Region, "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset",
		"--parameter-overrides", "Store=aeon-dev Architecture="+architecture()); err != nil {
		t.FailNow() // it has told why
	}
	return &reacting{deployment: d, api: api}
}

// expect goes all the way of an event: it is appended over HTTP, shows in a view, is published, brought by a rule to a queue and from there to the
// function, whose reaction is appended, and shows in a view in turn. Once, though the news come twice.
func (r *reacting) expect(t *testing.T) {
	t.Helper()
	r.placeOrder(t, 1)
	r.expectShipments(t, 1)
	r.ringAgain(t)
	r.placeOrder(t, 2) // it comes behind the repetition
	r.expectShipments(t, 2)
}

func (r *reacting) placeOrder(t *testing.T, revision int) {
	t.Helper()
	a, err := r.api(t.Context(), conversation.Request{
		Method: http.MethodPost, Target: "/streams/order%2F7", Header: map[string]string{"Content-Type": "application/json"},
		Body: `{"events":[{"type":"placed","correlationId":"basket-7"}]}`,
	})
	if err != nil || a.Status != http.StatusCreated || a.Header.Get("ETag") != fmt.Sprintf(`"%d"`, revision) {
		t.Fatalf("place order %d: %d %v %s (%v)", revision, a.Status, a.Header, a.Body, err)
	}
	r.expectView(t, "order/7", revision)
}

// expectView waits until the store's view "streams" has seen that revision of a key.
func (r *reacting) expectView(t *testing.T, key string, revision int) {
	t.Helper()
	target := fmt.Sprintf("/views/streams/%s?revision=%d", strings.ReplaceAll(key, "/", "%2F"), revision)
	a := r.ask(t, target, func(a conversation.Answer) bool { return a.Status == http.StatusOK })
	if want := fmt.Sprintf(`"revision":%d,"row":{"events":%d,`, revision, revision); !strings.Contains(a.Body, want) {
		t.Errorf("%s: %d %s, want %s", target, a.Status, a.Body, want)
	}
}

// expectShipments waits until just so many shipments are asked for, each because of one order.
func (r *reacting) expectShipments(t *testing.T, count int) {
	t.Helper()
	r.expectView(t, "shipment/7", count)
	a := r.ask(t, "/streams/shipment%2F7", func(a conversation.Answer) bool { return a.Status == http.StatusOK })
	var got struct {
		Events []struct {
			Type, CorrelationID string
			Metadata            map[string]string
		}
	}
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil || len(got.Events) != count {
		t.Fatalf("%d orders were placed, and led to %s (%v)", count, a.Body, err)
	}
	for i, e := range got.Events {
		if e.Type != "requested" || e.CorrelationID != "basket-7" || e.Metadata["causationKey"] != "order/7" || e.Metadata["causationRevision"] != fmt.Sprint(i+1) {
			t.Errorf("reaction %d is %+v", i+1, e)
		}
	}
}

// ask asks the store until its answer is as wanted, or patience is gone.
func (r *reacting) ask(t *testing.T, target string, wanted func(conversation.Answer) bool) (a conversation.Answer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for ctx.Err() == nil {
		var err error
		if a, err = r.api(ctx, conversation.Request{Method: http.MethodGet, Target: target}); err == nil && wanted(a) {
			return a
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s answers %d %s, still", target, a.Status, a.Body)
	return a
}

// ringAgain sends the news of the first order once more.
func (r *reacting) ringAgain(t *testing.T) {
	t.Helper()
	client := sqs.NewFromConfig(r.server.Config())
	listed, err := client.ListQueues(t.Context(), &sqs.ListQueuesInput{})
	if err != nil {
		t.Fatal(err)
	}
	rung := `{"key":"order/7","revision":1}`
	for _, url := range listed.QueueUrls {
		if strings.Contains(url, reactingStack) && strings.Contains(url, "NewsQueue") {
			if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &rung}); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("no queue of the stack %s: %v", reactingStack, listed.QueueUrls)
}
