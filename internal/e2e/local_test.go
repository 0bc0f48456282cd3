package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/conversation"
	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/internal/sampleevents"
	"github.com/aeon-es/aeon/internal/testenv/docker"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/internal/testenv/port"
	"github.com/aeon-es/aeon/internal/testenv/sam"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/consumer/consumertest"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/projector/streams"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// testLocal runs the functions in the containers of "sam local", on DynamoDB Local.
func testLocal(t *testing.T, s stack) {
	l := &local{stack: s, engine: docker.Start(t), database: dynamolocal.Start(t), bus: reachable(t, ministack.Start(t).Endpoint())}
	send := l.start(t) // the CLI makes its image now, once
	t.Run("sam local invoke", func(t *testing.T) { t.Parallel(); l.testInvoke(t) })
	t.Run("sam local start-api", func(t *testing.T) { t.Parallel(); l.testStartAPI(t) })
	t.Run("sam local start-lambda", func(t *testing.T) { t.Parallel(); l.testStartLambda(t, send) })
}

type local struct {
	stack
	engine   *docker.Engine
	database *dynamolocal.Server
	bus      string // the port that EventBridge has in the containers' eyes
}

// reachable lets the containers reach an emulator that listens to this machine alone, and gives the port for it.
func reachable(t *testing.T, endpoint string) (port string) {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", ":0") // the engine's network isn't known
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }})
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	_, port, err = net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// invoke has a function handle an event, and gives its answer.
type invoke func(ctx context.Context, function string, event []byte) ([]byte, error)

// testInvoke has each function handle sample events by "sam local invoke", on their files. That takes seconds for each: the others
// are for the containers that stay.
func (l *local) testInvoke(t *testing.T) {
	environment := l.environment(t, "aeon-") // the names that "aeon dev" gives its tables
	call := func(sample sampleevents.Sample) []byte {
		args := append([]string{
			"local", "invoke", sample.Function(), "--event", filepath.Join("events", sample.File), "--env-vars", environment, "--skip-pull-image",
		}, l.settings("local")...)
		printed, _, err := sam.Run(t, l.root, l.engine.Env(), args...)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(printed)
	}
	all := map[string]sampleevents.Sample{}
	for _, sample := range sampleevents.All() {
		all[sample.File] = sample
	}
	for _, step := range []struct {
		file string
		want *sampleevents.Want // nil: what is said of the sample
	}{
		{"append.json", &sampleevents.Want{Status: http.StatusCreated, Part: `"key":"c1","revision":1`}},
		{"append.json", &sampleevents.Want{Status: http.StatusCreated, Part: `"key":"c1","revision":2`}},
		{"project.json", nil},
		{"query-row.json", &sampleevents.Want{Status: http.StatusOK, Part: `"row":{"count":2,"increments":2,"decrements":0}`}},
		{"redrive.json", nil},
		{"publish.json", nil},
		{"append-not-http.json", nil},
	} {
		sample := all[step.file]
		if step.want != nil {
			sample.Want = step.want
		}
		if wrong := sample.Differs(call(sample)); wrong != "" {
			t.Error(wrong)
		}
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

// The tables of the functions that "sam local start-api" runs.
const served = "served-"

// testStartAPI has the conversation of the sample events, over HTTP as a developer has it. The API alone runs there, so the views are
// brought up to date from here.
func (l *local) testStartAPI(t *testing.T) {
	reserved, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	server := sam.Start(t, l.root, l.engine.Env(), append([]string{
		"local", "start-api", "--port", strconv.Itoa(reserved.Number), "--env-vars", l.environment(t, served), "--skip-pull-image", "--warm-containers", "LAZY",
	}, l.settings("local")...)...)
	send := conversation.HTTP("http://"+reserved.Address(), nil)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	err = server.WaitUntil(ctx, func(ctx context.Context) error {
		a, err := send(ctx, conversation.Request{Method: http.MethodGet, Target: "/health"})
		if err == nil && a.Status != http.StatusOK {
			err = errors.New(a.Body)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	client := l.database.Client()
	s := store.New(storedynamo.New(client, storedynamo.Tables{Events: served + "events", Metadata: served + "metadata"}))
	views, err := projector.New(s, projectordynamo.New(client, served+"views"), nil, defaultapp.Views()...)
	if err != nil {
		t.Fatal(err)
	}
	talk := conversation.New(func(ctx context.Context, r conversation.Request) (conversation.Answer, error) {
		if strings.HasPrefix(r.Target, "/views/counters/c1") {
			if _, err := views.CatchUp(ctx, "counters", "c1"); err != nil {
				return conversation.Answer{}, err
			}
		}
		return send(ctx, r)
	})
	talk.Samples(t)
	talk.ExpectTable(t, client, served+"events")
}

// testStartLambda has the conversation of the sample events (the long tests: all of it), with the table's stream delivered to the project function, and then the
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
	long.Or(talk.Hold, talk.Samples)(t) // all of it is said to the deployed API, too
	talk.ExpectTable(t, l.database.Client(), started+"events")
	samples.expectOthers(t, call)
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
	here := strings.NewReplacer(":8000", ":"+number, ":4566", ":"+l.bus, `"aeon-`, `"`+prefix)
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
