package permissions_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/internal/testenv/mapping"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/projector"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	"github.com/aeon-es/aeon/projector/streams"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// world is a deployed store: the template's resources on emulators, and the five functions on their way through a recording.
type world struct {
	database *dynamolocal.Server
	services *ministack.Server
	tables   storedynamo.Tables
	views    string
	queue    string
	source   mapping.Source
	record   *recording
	commits  int

	append, query, project, redrive, publish *lambda.Function
}

// newWorld makes the resources that the template has, and the functions that it deploys. One with views of its own has these three from
// a binary of its own.
func newWorld(t *testing.T, record *recording, services *ministack.Server, name string, application ...string) *world {
	t.Helper()
	w := &world{
		database: dynamolocal.Shared(t), services: services, record: record, views: name + "-views",
		tables: storedynamo.Tables{Events: name + "-events", Metadata: name + "-metadata"},
	}
	record.database, record.others = w.database.Endpoint(), services.Endpoint()
	client := w.database.Client()
	if err := storedynamo.New(client, w.tables).CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := projectordynamo.New(client, w.views).CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
	arn, err := streams.ARN(t.Context(), client, w.tables.Events)
	if err != nil {
		t.Fatal(err)
	}
	w.source = mapping.Source{Client: w.database.Streams(), ARN: arn}
	bus, queue := name+"-bus", name+"-redrive"
	services.CreateBus(t, bus)
	w.queue = services.CreateQueue(t, queue, nil)
	for physical, logical := range map[string]string{
		w.tables.Events: "EventsTable", w.tables.Metadata: "MetadataTable", w.views: "ViewsTable", w.queue: "RedriveQueue", bus: "EventBus",
	} {
		record.resources[physical] = logical
	}
	for name, f := range map[string]**lambda.Function{
		"append": &w.append, "query": &w.query, "project": &w.project, "redrive": &w.redrive, "publish": &w.publish,
	} {
		*f = w.function(t, name, bus, application...)
	}
	return w
}

func (w *world) sqs() *sqs.Client { return sqs.NewFromConfig(w.services.Config()) }

// function sets one of the functions up, with the environment that the template gives to it, but for a longer time.
func (w *world) function(t *testing.T, name, bus string, application ...string) *lambda.Function {
	t.Helper()
	c := lambda.Config{Name: name, Timeout: 2 * time.Minute, Env: []string{
		"AWS_ENDPOINT_URL=" + w.record.listen(t, strings.ToUpper(name[:1])+name[1:]+"Function"), "EVENTS_TABLE=" + w.tables.Events,
	}}
	switch name {
	case "append":
		c.Env = append(c.Env, "METADATA_TABLE="+w.tables.Metadata)
	case "query":
		c.Env = append(c.Env, "METADATA_TABLE="+w.tables.Metadata, "VIEWS_TABLE="+w.views)
	case "project", "redrive":
		c.Env = append(c.Env, "VIEWS_TABLE="+w.views, "REDRIVE_QUEUE_URL="+w.queue)
	case "publish":
		c.Env = append(c.Env, "EVENT_BUS="+bus, "AWS_ENDPOINT_URL_EVENTBRIDGE="+strings.TrimPrefix(c.Env[0], "AWS_ENDPOINT_URL="))
	}
	if len(application) > 0 && name != "append" && name != "publish" {
		c.Bootstrap, c.Env = bootstrap.Package(t, "testdata/application"), append(c.Env, poison[name])
	} else {
		c.Bootstrap = bootstrap.Function(t, name)
	}
	return lambda.Start(t, c)
}

// ask has a function answer a request of the HTTP API, and expects that status.
func (w *world) ask(t *testing.T, f *lambda.Function, status int, method, target, body string, headers ...string) string {
	t.Helper()
	path, query, _ := strings.Cut(target, "?")
	r := events.APIGatewayProxyRequest{
		Resource: "/{proxy+}", Path: path, HTTPMethod: method, Body: body, Headers: map[string]string{},
		MultiValueQueryStringParameters: map[string][]string{},
	}
	if body != "" {
		r.Headers["Content-Type"] = "application/json"
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Headers[name] = value
	}
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			r.MultiValueQueryStringParameters[name] = append(r.MultiValueQueryStringParameters[name], value)
		}
	}
	event, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	answer := f.Invoke(t.Context(), event)
	var a events.APIGatewayProxyResponse
	if err := json.Unmarshal(answer.Payload, &a); err != nil || a.StatusCode != status {
		t.Fatalf("%s %s %v: %s, want status %d", method, target, headers, answer.Payload, status)
	}
	return a.Body
}

// get reads.
func (w *world) get(t *testing.T, status int, target string, headers ...string) string {
	t.Helper()
	return w.ask(t, w.query, status, http.MethodGet, target, "", headers...)
}

// post appends events of these types, each with its data if it has any.
func (w *world) post(t *testing.T, status int, key string, types []string, headers ...string) {
	t.Helper()
	all := make([]string, len(types))
	for i, kind := range types {
		name, data, found := strings.Cut(kind, " ")
		if all[i] = fmt.Sprintf(`{"type":%q}`, name); found {
			all[i] = fmt.Sprintf(`{"type":%q,"data":%s}`, name, data)
		}
	}
	w.ask(t, w.append, status, http.MethodPost, "/streams/"+key, `{"events":[`+strings.Join(all, ",")+`]}`, headers...)
	if status == http.StatusCreated {
		w.commits++
	}
}

// drain brings every commit of the stream to a function, as its mapping in the template does.
func (w *world) drain(t *testing.T, function string, f *lambda.Function) {
	t.Helper()
	settings, _ := mapping.FromTemplate(t, function)
	m := mapping.Start(t, w.source, f, settings)
	if err := m.Drain(t.Context(), w.commits); err != nil {
		t.Fatal(err)
	}
	m.Stop()
	if figures := m.Figures(); figures.Errors+figures.PartialFailures+figures.WholeFailures > 0 {
		t.Errorf("%s: %s", function, figures)
	}
}

// redriven brings messages to the redrive function until the queue's figures are as wanted.
func (w *world) redriven(t *testing.T, wanted func(mapping.QueueFigures) bool) {
	t.Helper()
	settings, _ := mapping.QueueFromTemplate(t, "RedriveFunction")
	q := mapping.StartQueue(t, mapping.QueueSource{Client: w.sqs(), URL: w.queue}, w.redrive, settings)
	if err := q.Wait(t.Context(), wanted); err != nil {
		t.Fatal(err)
	}
	q.Stop()
}

// operator is somebody with rights of their own: what they do isn't recorded.
func (w *world) operator(t *testing.T, views ...projector.Definition) *projector.Projector {
	t.Helper()
	s := store.New(storedynamo.New(w.database.Client(), w.tables))
	p, err := projector.New(s, projectordynamo.New(w.database.Client(), w.views), nil, views...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
