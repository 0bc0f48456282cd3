package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/conversation"
	"github.com/aeon-es/aeon/internal/testenv/docker"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/port"
	"github.com/aeon-es/aeon/internal/testenv/sam"
	"github.com/aeon-es/aeon/projector/consumer"
	"github.com/aeon-es/aeon/projector/consumer/consumertest"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/projector/streams"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// testLocal runs the functions in the containers of "sam local", on DynamoDB Local.
func testLocal(t *testing.T, s stack) {
	l := &local{stack: s, engine: docker.Start(t), database: dynamolocal.Start(t)}
	send := l.start(t) // the CLI makes its image now, once
	t.Run("sam local invoke", func(t *testing.T) { t.Parallel(); l.testInvoke(t) })
	t.Run("sam local start-lambda", func(t *testing.T) { t.Parallel(); l.testStartLambda(t, send) })
}

type local struct {
	stack
	engine   *docker.Engine
	database *dynamolocal.Server
}

// invoke has a function handle an event, and gives its answer.
type invoke func(ctx context.Context, function string, event []byte) ([]byte, error)

// testInvoke has the conversation of the sample events by "sam local invoke", on each of them as it is in its file.
func (l *local) testInvoke(t *testing.T) {
	environment := l.environment(t, "aeon-") // the names that "aeon dev" gives its tables
	samples := readSamples(t, l.root)
	call := func(_ context.Context, function string, event []byte) ([]byte, error) {
		file := filepath.Join(t.TempDir(), "event.json")
		if sample := samples.use(event); sample != "" {
			file = filepath.Join("events", sample)
		} else if err := os.WriteFile(file, event, 0o600); err != nil {
			return nil, err
		}
		args := append([]string{"local", "invoke", function, "--event", file, "--env-vars", environment, "--skip-pull-image"}, l.settings("local")...)
		printed, _, err := sam.Run(t, l.root, l.engine.Env(), args...)
		return []byte(printed), err
	}
	talk := conversation.New(front(samples, call, func(ctx context.Context) error {
		return succeed(ctx, call, "ProjectFunction", samples.files["project.json"])
	}))
	talk.Samples(t)
	talk.ExpectTable(t, l.database.Client(), "aeon-events")
	if err := succeed(t.Context(), call, "RedriveFunction", samples.files["redrive.json"]); err != nil {
		t.Errorf("events/redrive.json: %v", err)
	}
}

// expectSense expects a sensible answer to a sample event that is no part of the conversation.
func expectSense(t *testing.T, call invoke, name string, event []byte) {
	t.Helper()
	kind, _, _ := strings.Cut(strings.TrimSuffix(name, ".json"), "-")
	text, err := call(t.Context(), strings.ToUpper(kind[:1])+kind[1:]+"Function", event)
	var answered struct {
		StatusCode        int                    // of a request
		BatchItemFailures *[]consumer.Failure    // of a batch
		Views             []consumer.ReachedView // of a doorbell
	}
	err = errors.Join(err, json.Unmarshal(text, &answered))
	done := answered.BatchItemFailures != nil && len(*answered.BatchItemFailures) == 0
	if err != nil || answered.StatusCode/100 != 2 && !done && len(answered.Views) == 0 {
		t.Errorf("events/%s: %s %v", name, text, err)
	}
}

// The tables of the functions that "sam local start-lambda" runs.
const started = "started-"

// start starts a "sam local start-lambda", and waits until a function answers.
func (l *local) start(t *testing.T) invoke {
	t.Helper()
	reserved, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	server := sam.Start(t, l.root, l.engine.Env(), append([]string{
		"local", "start-lambda", "--port", strconv.Itoa(reserved.Number), "--env-vars", l.environment(t, started),
		"--skip-pull-image", "--warm-containers", "LAZY",
	}, l.settings("local")...)...)
	call := func(ctx context.Context, function string, event []byte) ([]byte, error) {
		return post(ctx, "http://"+reserved.Address()+"/2015-03-31/functions/"+function+"/invocations", event)
	}
	health := readSamples(t, l.root).files["query-health.json"]
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	err = server.WaitUntil(ctx, func(ctx context.Context) error { _, err := call(ctx, "QueryFunction", health); return err })
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// testStartLambda has all of the conversation, with the table's stream delivered to the project function, and then the
// sample events that are no part of it.
func (l *local) testStartLambda(t *testing.T, send invoke) {
	samples, delivered := readSamples(t, l.root), 0
	call := func(ctx context.Context, function string, event []byte) ([]byte, error) {
		samples.use(event)
		return send(ctx, function, event)
	}
	arn, err := streams.ARN(t.Context(), l.database.Client(), started+"events")
	if err != nil {
		t.Fatal(err)
	}
	talk := conversation.New(front(samples, call, func(ctx context.Context) error {
		records, err := consumertest.Records(ctx, l.database.Streams(), arn)
		if err != nil || len(records) == delivered {
			return err
		}
		event, err := consumertest.Event(records[delivered:]...)
		delivered = len(records)
		return errors.Join(err, succeed(ctx, call, "ProjectFunction", event))
	}))
	talk.Hold(t)
	talk.ExpectTable(t, l.database.Client(), started+"events")
	for _, name := range samples.unused() {
		expectSense(t, call, name, samples.files[name])
	}
}

// environment makes the tables, and a file such as events/env.json that leads to them: with another port, and prefix.
func (l *local) environment(t *testing.T, prefix string) string {
	t.Helper()
	client := l.database.Client()
	if err := storedynamo.New(client, storedynamo.Tables{Events: prefix + "events", Metadata: prefix + "metadata"}).CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := projectordynamo.New(client, prefix+"views").CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(l.root, "events", "env.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, number, _ := strings.Cut(strings.TrimPrefix(l.database.Endpoint(), "http://"), ":")
	here := strings.NewReplacer(":8000", ":"+number, `"aeon-`, `"`+prefix)
	file := filepath.Join(t.TempDir(), "env.json")
	write(t, file, here.Replace(string(text)))
	return file
}

// succeed has a function handle a batch in which nothing may fail.
func succeed(ctx context.Context, call invoke, function string, batch []byte) error {
	answer, err := call(ctx, function, batch)
	if err != nil {
		return err
	}
	var compact bytes.Buffer // the SAM CLI prints JSON in its own way
	if err := json.Compact(&compact, answer); err != nil || compact.String() != `{"batchItemFailures":[]}` {
		return fmt.Errorf("%s answers %s (%w)", function, answer, err)
	}
	return nil
}

func post(ctx context.Context, address string, body []byte) ([]byte, error) {
	a, err := conversation.HTTP(address, nil)(ctx, conversation.Request{Method: http.MethodPost, Body: string(body)})
	if err == nil && a.Status != http.StatusOK {
		err = errors.New(strconv.Itoa(a.Status) + " " + a.Body)
	}
	return []byte(a.Body), err
}

// front is what API Gateway does: it makes events of requests and answers of what the functions answer. Before a view is asked
// for, ring brings the news to the project function.
func front(samples *samples, call invoke, ring func(context.Context) error) conversation.Send {
	return func(ctx context.Context, r conversation.Request) (conversation.Answer, error) {
		if strings.HasPrefix(r.Target, "/views/") {
			if err := ring(ctx); err != nil {
				return conversation.Answer{}, err
			}
		}
		function, event := samples.event(r)
		text, err := call(ctx, function, event)
		if err != nil {
			return conversation.Answer{}, err
		}
		var answered struct {
			StatusCode        int
			MultiValueHeaders http.Header
			Body              string
			IsBase64Encoded   bool
		}
		if err := json.Unmarshal(text, &answered); err != nil || answered.StatusCode == 0 || answered.IsBase64Encoded {
			return conversation.Answer{}, errors.Join(err, errors.New(function+" answers "+string(text)))
		}
		return conversation.Answer{Status: answered.StatusCode, Header: answered.MultiValueHeaders, Body: answered.Body}, nil
	}
}
