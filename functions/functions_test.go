package functions_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/projector/consumer"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

func TestMain(m *testing.M) { bootstrap.Main(func() { dynamolocal.Main(m) }) }

// The names that the tables have in this package's tests.
var tables = []string{
	"EVENTS_TABLE=events", "METADATA_TABLE=metadata", "VIEWS_TABLE=views", "REDRIVE_QUEUE_URL=http://127.0.0.1:1/000000000000/nobody-listens",
	"EVENT_BUS=nobody-listens",
}

func createTables(t testing.TB, server *dynamolocal.Server) {
	t.Helper()
	if err := storedynamo.New(server.Client(), storedynamo.Tables{Events: "events", Metadata: "metadata"}).CreateTables(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := projectordynamo.New(server.Client(), "views").CreateTable(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Each function by itself, on its sample events: what was appended is projected, and read.
func TestFunctions(t *testing.T) {
	server := dynamolocal.Start(t)
	createTables(t, server)
	env := append(awsEnv(server.Endpoint()), tables...)
	appender, project, query := run(t, "append", env...), run(t, "project", env...), run(t, "query", env...)

	appender.expect(t, "append.json", http.StatusCreated, `"key":"c1","revision":1`)
	appender.expect(t, "append.json", http.StatusCreated, `"key":"c1","revision":2`)
	appender.expect(t, "append-expected.json", http.StatusCreated, `"key":"c1","revision":3`)
	appender.expect(t, "append-expected.json", http.StatusPreconditionFailed, `"expected":2,"actual":3`)
	appender.expect(t, "append-idempotent.json", http.StatusCreated, `"key":"counter/a b","revision":2`)
	appender.expect(t, "append-idempotent.json", http.StatusOK, `"duplicate":true`)
	for _, batch := range []string{"project.json", "project-batch.json", "project-changes.json"} {
		var response consumer.Response
		if project.invoke(t, sample(t, batch), &response); response.BatchItemFailures == nil || len(response.BatchItemFailures) > 0 {
			t.Errorf("%s: %+v", batch, response)
		}
	}
	query.expect(t, "query-row.json", http.StatusOK, `{"view":"counters","id":"c1","revision":3,"row":{"count":3,"increments":3,"decrements":0}}`)
	query.expect(t, "query-lazy.json", http.StatusOK, `"id":"c1","revision":3,"row":`)
	query.expect(t, "query-list.json", http.StatusOK, `"id":"c1","revision":3,"row":{"count":3,"increments":3,"decrements":0}}`)
	query.expect(t, "query-events.json", http.StatusOK, `{"events":[{"key":"counter/a b","revision":1,`)
	query.expect(t, "query-stream.json", http.StatusOK, `"key":"c1","revision":3`)
	query.expect(t, "query-stream-backward.json", http.StatusOK, `"key":"counter/a b","revision":2`)
	query.expect(t, "query-head.json", http.StatusOK, "")
	query.expect(t, "query-health.json", http.StatusOK, `"status":"ok"`)
}

// expect has the function answer a sample event of an HTTP request.
func (l *lambda) expect(t *testing.T, name string, status int, part string) {
	t.Helper()
	var response events.APIGatewayProxyResponse
	l.invoke(t, sample(t, name), &response)
	if response.StatusCode != status || !strings.Contains(response.Body, part) {
		t.Errorf("%s: status %d, %s; want %d with %s", name, response.StatusCode, response.Body, status, part)
	}
}

// A function whose environment is incomplete says so and ends: everything that is missing, and what for.
func TestMissingVariables(t *testing.T) {
	all := append(awsEnv("http://127.0.0.1:1"), tables...)
	for function, needed := range map[string][]string{
		"append":  {"EVENTS_TABLE", "METADATA_TABLE", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"},
		"query":   {"EVENTS_TABLE", "METADATA_TABLE", "VIEWS_TABLE", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"},
		"project": {"EVENTS_TABLE", "VIEWS_TABLE", "REDRIVE_QUEUE_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"},
		"publish": {"EVENTS_TABLE", "EVENT_BUS", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"},
		"redrive": {"EVENTS_TABLE", "VIEWS_TABLE", "REDRIVE_QUEUE_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"},
	} {
		expectRefusal(t, function, nil, needed...)
		for _, name := range needed {
			without := slices.DeleteFunc(slices.Clone(all), func(s string) bool { return strings.HasPrefix(s, name+"=") })
			expectRefusal(t, function, append(without, name+"="), name)
		}
	}
}

// An origin that no browser sends would never be let in.
func TestAllowedOrigins(t *testing.T) {
	env := append(awsEnv("http://127.0.0.1:1"), tables...)
	for _, function := range []string{"append", "query"} {
		out, code := refusal(t, function, append(slices.Clone(env), "ALLOWED_ORIGINS=https://a.example.com, shop.example.com/")...)
		if code == 0 || !strings.Contains(out, `environment variable ALLOWED_ORIGINS: origin \"shop.example.com/\"`) {
			t.Errorf("%s: exit code %d, printed %s", function, code, out)
		}
	}
	query := run(t, "query", append(env, "ALLOWED_ORIGINS=https://a.example.com, https://b.example.com")...)
	var event map[string]any
	if err := json.Unmarshal(sample(t, "query-row.json"), &event); err != nil {
		t.Fatal(err)
	}
	event["httpMethod"] = http.MethodOptions
	event["multiValueHeaders"] = map[string]any{"Origin": []string{"https://b.example.com"}, "Access-Control-Request-Method": []string{"GET"}}
	asked, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	var answer events.APIGatewayProxyResponse
	query.invoke(t, asked, &answer)
	h := http.Header(answer.MultiValueHeaders)
	if answer.StatusCode != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != "https://b.example.com" || h.Get("Access-Control-Allow-Methods") == "" {
		t.Errorf("%d %v", answer.StatusCode, h)
	}
}

// How a store is to be created is checked before anything is.
func TestCreationVariables(t *testing.T) {
	env := append(awsEnv("http://127.0.0.1:1"), tables...)
	for _, setting := range []string{"SLICES=0", "SLICES=257", "SLICES=many", "POSITION_INDEX=no"} {
		name, value, _ := strings.Cut(setting, "=")
		out, code := refusal(t, "append", append(slices.Clone(env), setting)...)
		if code == 0 || !strings.Contains(out, "environment variable "+name+` is \"`+value) {
			t.Errorf("append with %s: exit code %d, printed %s", setting, code, out)
		}
	}
}

func expectRefusal(t *testing.T, function string, env []string, missing ...string) {
	t.Helper()
	out, code := refusal(t, function, env...)
	var line struct{ Level, Message, Error string }
	if err := json.Unmarshal([]byte(out), &line); err != nil || line.Level != "ERROR" || code == 0 {
		t.Errorf("%s without %v: exit code %d, printed %s (%v)", function, missing, code, out, err)
	}
	if got := strings.Count(line.Error, "environment variable "); got != len(missing) {
		t.Errorf("%s names %d missing variables, want %v: %s", function, got, missing, line.Error)
	}
	for _, name := range missing {
		if !strings.Contains(line.Error, "environment variable "+name+" is missing: ") {
			t.Errorf("%s without %s: %s", function, name, line.Error)
		}
	}
}

// A table that isn't there is a clear answer, not a crash.
func TestMissingTables(t *testing.T) {
	env := append(awsEnv(dynamolocal.Shared(t).Endpoint()), "EVENTS_TABLE=nowhere", "METADATA_TABLE=nowhere", "VIEWS_TABLE=nowhere",
		"REDRIVE_QUEUE_URL=nowhere")
	appender, project, query := run(t, "append", env...), run(t, "project", env...), run(t, "query", env...)
	appender.expectUnavailable(t, "append.json", "append-idempotent.json", "append-expected.json")
	query.expectUnavailable(t, "query-stream.json", "query-row.json", "query-list.json", "query-lazy.json", "query-events.json", "query-health.json")
	var response consumer.Response
	project.invoke(t, sample(t, "project.json"), &response)
	if len(response.BatchItemFailures) != 1 {
		t.Errorf("project: %+v, want a failure", response)
	}
	for _, l := range []*lambda{appender, project, query} {
		l.expectPrinted(t, `table \"nowhere\" doesn't exist`)
	}
}

func (l *lambda) expectUnavailable(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		var response events.APIGatewayProxyResponse
		l.invoke(t, sample(t, name), &response)
		kind := response.MultiValueHeaders["Content-Type"]
		if response.StatusCode != http.StatusServiceUnavailable || !slices.Equal(kind, []string{"application/problem+json"}) {
			t.Errorf("%s: %+v, want a problem with status 503", name, response)
		}
	}
}
