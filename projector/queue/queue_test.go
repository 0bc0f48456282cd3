package queue_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/aeon-es/aeon/internal/testenv/ministack"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/projector/queue"
	"github.com/aeon-es/aeon/store"
)

// On queues with the ways of SQS.
func TestOnQueues(t *testing.T) {
	t.Parallel()
	server := ministack.Start(t)
	for name, run := range map[string]func(t *testing.T, server *ministack.Server){
		"parked, mended, redriven": parkedMendedRedriven,
		"given up":                 givenUp,
		"parked anew":              parkedAnew,
		"the same key often":       theSameKeyOften,
		"failed messages wait":     failedMessagesWait,
		"a message of a newer one": messageOfANewerOne,
		"any key":                  anyKey,
	} {
		t.Run(name, func(t *testing.T) { run(t, server) })
	}
}

// parkedMendedRedriven is the whole way: a key parks, its message stays while the code fails, and goes once it is mended.
func parkedMendedRedriven(t *testing.T, server *ministack.Server) {
	b := setup(t, server, 10)
	b.append(t, "good", "happened")
	b.append(t, "bad", "happened", "strange", "happened")
	b.append(t, "bad", "happened")
	b.expectSeen(t, "good", 1, 0)
	b.expectSeen(t, "bad", 1, 2)
	b.expectMessages(t, b.url, 1)
	for range 3 {
		b.mustDeliver(t, b.consumer(t, 0), 1, 1)
		b.expectSeen(t, "bad", 1, 2)
		b.expectMessages(t, b.url, 1)
	}
	b.expectLog(t, "still parked", `"view":"counts"`, `"key":"bad"`, `"receives":3`, `"revision":2`, `"class":"error"`)

	b.good["strange"] = true
	b.mustDeliver(t, b.consumer(t, 0), 1, 0)
	b.expectSeen(t, "bad", 4, 0)
	if r, err := b.projector(t).Query(t.Context(), "counts", "bad"); err != nil || string(r.Row) != `{"count":4}` {
		t.Errorf("got %s, %v", r.Row, err)
	}
	b.expectMessages(t, b.url, 0)
	b.expectMessages(t, b.dead, 0)
}

// givenUp has messages fail as often as they may: they end up with the dead letters, where an operator can take them from.
func givenUp(t *testing.T, server *ministack.Server) {
	const tries = 3
	b := setup(t, server, tries)
	b.append(t, "bad", "strange")
	hopeless := []string{
		`{"view":"gone","key":"c1"}`, `{"view":"counts"}`, `{"key":"c1"}`, `{"view":"counts","key":"a\nb"}`, `{"view":"counts","key":1}`,
		`not JSON`, `[]`, `"counts"`, `{"view":"counts","key":"c1"}{}`,
	}
	b.send(t, hopeless...)
	for range tries {
		b.mustDeliver(t, b.consumer(t, 0), 1+len(hopeless), 1+len(hopeless))
	}
	b.receive(t, b.url, 0) // this is when the queue gives them up
	b.expectMessages(t, b.url, 0)
	b.expectLog(t, "can't be read", "not like", "it has no view")
	b.expectLog(t, "can't be redriven", `unknown view \"gone\"`)
	b.expectSeen(t, "bad", 0, 1) // it is still known to be parked

	dead := b.receive(t, b.dead, 1+len(hopeless))
	if len(dead) != 1+len(hopeless) {
		t.Errorf("%d dead letters, want %d", len(dead), 1+len(hopeless))
	}
	b.good["strange"] = true
	for _, m := range dead {
		if strings.Contains(*m.Body, `"bad"`) {
			b.send(t, *m.Body) // as moving it back does
		}
	}
	b.mustDeliver(t, b.consumer(t, 0), 1, 0)
	b.expectSeen(t, "bad", 1, 0)
}

// parkedAnew has a redrive get past the mark and park again: the new mark has a message of its own, so that one is left.
func parkedAnew(t *testing.T, server *ministack.Server) {
	b := setup(t, server, 10)
	b.append(t, "bad", "strange", "happened", "stranger")
	b.good["strange"] = true
	b.mustDeliver(t, b.consumer(t, 3600), 1, 0)
	b.expectSeen(t, "bad", 2, 3)
	b.expectMessages(t, b.url, 1)
	b.mustDeliver(t, b.consumer(t, 0), 1, 1)
	b.good["stranger"] = true
	b.mustDeliver(t, b.consumer(t, 0), 1, 0)
	b.expectSeen(t, "bad", 3, 0)
	b.expectMessages(t, b.url, 0)
}

// theSameKeyOften does the work for a key once, however many messages of a batch name it.
func theSameKeyOften(t *testing.T, server *ministack.Server) {
	b := setup(t, server, 10)
	b.append(t, "bad", "strange")
	for range 7 {
		b.send(t, `{"view":"counts","key":"bad"}`)
	}
	b.send(t, `{"view":"gone","key":"bad"}`)
	b.applied.Store(0)
	b.mustDeliver(t, b.consumer(t, 0), 9, 9)
	if n := b.applied.Load(); n != 1 {
		t.Errorf("the view's code ran %d times, want once", n)
	}
	b.good["strange"] = true
	b.mustDeliver(t, b.consumer(t, 0), 9, 1)
	b.expectSeen(t, "bad", 1, 0)
	b.expectLog(t, "batch redriven", `"messages":9`, `"keys":2`, `"failures":1`)
}

// failedMessagesWait shows that the queue is told how long: it would be an hour otherwise, as it is for those that are told so.
func failedMessagesWait(t *testing.T, server *ministack.Server) {
	b := setup(t, server, 100)
	for i := range 11 { // more than one request takes
		b.append(t, fmt.Sprint("bad", i), "strange")
	}
	b.mustDeliver(t, b.consumer(t, 0), 11, 11)
	b.mustDeliver(t, b.consumer(t, 3600), 11, 11)
	if shown := b.receive(t, b.url, 0); len(shown) > 0 {
		t.Errorf("%d messages come again at once", len(shown))
	}
	b.expectMessages(t, b.url, 11)
}

// messageOfANewerOne has fields that aren't known yet.
func messageOfANewerOne(t *testing.T, server *ministack.Server) {
	b := setup(t, server, 10)
	b.send(t, `{"view":"counts","key":"c1","version":7,"more":{"a":[1]}}`)
	b.mustDeliver(t, b.consumer(t, 0), 1, 0)
}

// settings are those for an address where nobody answers.
func settings(address string) aws.Config {
	return aws.Config{
		Region: "eu-central-1", BaseEndpoint: &address, HTTPClient: &http.Client{}, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "x", SecretAccessKey: "x"}, nil
		}),
	}
}

// lonely is the function where neither the queue nor the database answers.
func lonely(t *testing.T, address string, log *bytes.Buffer) (*queue.Queue, *queue.Consumer) {
	t.Helper()
	b := &bundle{rows: projectordynamo.New(dynamodb.NewFromConfig(settings(address)), "views")}
	q := queue.New(sqs.NewFromConfig(settings(address)), address+"/000000000000/redrive")
	return q, queue.NewConsumer(q, b.projector(t), slog.New(slog.NewJSONHandler(log, nil)))
}

// nobody listens there.
const nobody = "http://127.0.0.1:1"

// With the queue down the answer is the same, and a message that it loses is only late.
func TestQueueDown(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	q, c := lonely(t, nobody, &log)
	r, err := c.Handle(t.Context(), json.RawMessage(`{"Records":[{"eventSource":"aws:sqs","messageId":"1","body":"?"}]}`))
	if err != nil || len(r.BatchItemFailures) != 1 || r.BatchItemFailures[0].ItemIdentifier != "1" {
		t.Errorf("got %+v, %v", r, err)
	}
	if !strings.Contains(log.String(), "come again earlier or later") {
		t.Errorf("nothing says that the message wasn't told to wait:\n%s", &log)
	}
	if err := q.SendRedrive(t.Context(), "counts", "c1"); err == nil || !strings.Contains(err.Error(), "/000000000000/redrive") {
		t.Errorf("sent: %v", err)
	}
}

// A database that doesn't answer is a failure of each message, told before the function's time is over.
func TestDeadline(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	var log bytes.Buffer
	_, c := lonely(t, "http://"+silent.Addr().String(), &log)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	r, err := c.Handle(ctx, json.RawMessage(`{"Records":[
		{"eventSource":"aws:sqs","messageId":"1","body":"{\"view\":\"counts\",\"key\":\"c1\"}"},
		{"eventSource":"aws:sqs","messageId":"2","body":"{\"view\":\"counts\",\"key\":\"c2\"}"}]}`))
	if err != nil || len(r.BatchItemFailures) != 2 {
		t.Errorf("got %+v, %v", r, err)
	}
	if ctx.Err() != nil {
		t.Error("it answered after the deadline")
	}
}

func TestEventsThatAreNoMessages(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	_, c := lonely(t, nobody, &log)
	for event, want := range map[string]string{
		``:                 "unexpected end",
		`"x"`:              "no batch of messages of SQS",
		`{}`:               `it has no "Records"`,
		`{"Records":null}`: `it has no "Records"`,
		`{"Records":[{"eventSource":"aws:dynamodb","messageId":"1"}]}`: `Records[0] has the eventSource "aws:dynamodb"`,
		`{"Records":[{"eventSource":"aws:sqs","body":"classified"}]}`:  `Records[0] has no messageId`,
		`{"view":"counts","key":"c1"}`:                                 `it has no "Records"`,
	} {
		_, err := c.Handle(t.Context(), json.RawMessage(event))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", event, err, want)
		}
	}
	r, err := c.Handle(t.Context(), json.RawMessage(`{"Records":[]}`))
	text, _ := json.Marshal(r)
	if err != nil || string(text) != `{"batchItemFailures":[]}` {
		t.Errorf("an empty batch: %s, %v", text, err)
	}
	if strings.Contains(log.String(), "classified") {
		t.Errorf("data in the log:\n%s", &log)
	}
}

// The waits grow to an hour, and are spread over all of the time.
func TestBackoff(t *testing.T) {
	t.Parallel()
	last := int32(0)
	for n := range 100 {
		longest := queue.Longest(n)
		if longest < last || longest > 3600 || n >= 20 && longest != 3600 {
			t.Errorf("after %d failures it waits %d s at most, after one less %d s", n, longest, last)
		}
		last = longest
		low, high := longest, int32(0)
		for range 1000 {
			wait := queue.Backoff(n)
			low, high = min(low, wait), max(high, wait)
		}
		if low < 1 || high > longest || low > longest/5+1 || high < longest-longest/5 {
			t.Errorf("after %d failures it waits %d to %d s of %d", n, low, high, longest)
		}
	}
	if queue.Longest(1) != 10 || queue.Longest(2) != 20 || queue.Longest(1<<40) != 3600 {
		t.Errorf("waits %d, %d, %d s at most", queue.Longest(1), queue.Longest(2), queue.Longest(1<<40))
	}
}

// anyKey parks and redrives keys of all characters: SQS takes just those of XML.
func anyKey(t *testing.T, server *ministack.Server) {
	b := setup(t, server, 10)
	keys := []string{"plain", `"quoted" \ <b>&amp;`, "ü😀 \u2028", "\uFFFE\uFFFF\U0001FFFE", "\uD7FF\uE000\uFFFD\U0010FFFF", strings.Repeat("k", store.MaxKey)}
	for _, key := range keys {
		b.append(t, key, "strange")
	}
	for _, m := range b.receive(t, b.url, len(keys)) {
		for _, r := range *m.Body {
			if r != '\t' && r != '\n' && r != '\r' && (r < 0x20 || r > 0xD7FF && r < 0xE000 || r > 0xFFFD && r < 0x10000) {
				t.Errorf("%q: SQS doesn't take the character %U", *m.Body, r)
			}
		}
		b.send(t, *m.Body)
	}
	b.good["strange"] = true
	b.mustDeliver(t, b.consumer(t, 0), len(keys), 0)
	for _, key := range keys {
		b.expectSeen(t, key, 1, 0)
	}
}
