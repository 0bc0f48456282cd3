package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	"github.com/aeon-es/aeon/internal/testenv/lambda"
	projectordynamo "github.com/aeon-es/aeon/projector/dynamo"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// lambdas are the functions, each with a sample of its events.
var lambdas = []struct{ name, event string }{
	{"nothing", ""}, {"append", "append.json"}, {"query", "query-head.json"}, {"project", "project.json"}, {"redrive", "redrive.json"},
	{"publish", "publish.json"},
}

// BenchmarkLambda starts each function as Lambda does, without a container, and has it handle an event: cold is the time from the start
// of the process to the answer, warm that of another one. x-nothing is how many times as long a cold start takes as
// that of a function that does nothing, started in turn. DynamoDB Local answers them, and a bus and a queue that do nothing; warm,
// publish meets events that it has published already.
func BenchmarkLambda(b *testing.B) {
	server := dynamolocal.Shared(b)
	if err := storedynamo.New(server.Client(), storedynamo.Tables{Events: "lambda-events", Metadata: "lambda-metadata"}).CreateTables(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := projectordynamo.New(server.Client(), "lambda-views").CreateTable(b.Context()); err != nil {
		b.Fatal(err)
	}
	paths, events := map[string]string{"nothing": bootstrap.Package(b, "testdata/nothing")}, map[string][]byte{"nothing": []byte("{}")}
	for _, f := range lambdas[1:] {
		event, err := os.ReadFile(filepath.Join("..", "events", f.event))
		if err != nil {
			b.Fatal(err)
		}
		paths[f.name], events[f.name] = bootstrap.Function(b, f.name), event
	}
	bus := idle(b)
	cold, warm := map[string][]time.Duration{}, map[string][]time.Duration{}
	b.Run("starts", func(b *testing.B) {
		for b.Loop() {
			for _, f := range lambdas {
				c, w := invoke(b, f.name, paths[f.name], events[f.name], "AWS_ENDPOINT_URL="+server.Endpoint(), "AWS_ENDPOINT_URL_EVENTBRIDGE="+bus, "AWS_ENDPOINT_URL_SQS="+bus)
				cold[f.name], warm[f.name] = append(cold[f.name], c), append(warm[f.name], w)
			}
		}
		for _, f := range lambdas {
			b.ReportMetric(median(cold[f.name]).Seconds()*1000, "ms-cold-"+f.name)
			b.ReportMetric(median(warm[f.name]).Seconds()*1000, "ms-warm-"+f.name)
			b.ReportMetric(median(cold[f.name]).Seconds()/median(cold["nothing"]).Seconds(), "x-nothing-"+f.name)
		}
		for _, f := range lambdas {
			b.ReportMetric(peakMemory(b, paths[f.name]), "MB-memory-"+f.name)
		}
		for _, f := range lambdas {
			info, err := os.Stat(paths[f.name])
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/1e6, "MB-"+f.name)
		}
		b.ReportMetric(0, "ns/op")
	})
}

// idle is an EventBridge that takes all entries, and an SQS that does what it is asked with messages; neither does anything.
func idle(b *testing.B) (url string) {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sent struct{ Entries []json.RawMessage }
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			b.Errorf("a request: %v", err)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		answer := `{"Successful":[],"Failed":[]}`
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutEvents") {
			taken := strings.TrimSuffix(strings.Repeat(`{"EventId":"1"},`, len(sent.Entries)), ",")
			answer = fmt.Sprintf(`{"FailedEntryCount":0,"Entries":[%s]}`, taken)
		}
		_, _ = io.WriteString(w, answer)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// invoke starts a function for one event, and has it handle another few.
func invoke(b *testing.B, name, path string, event []byte, env ...string) (cold, warm time.Duration) {
	b.Helper()
	f := lambda.Start(b, lambda.Config{Name: name, Bootstrap: path, Timeout: time.Minute, Env: append(env,
		"EVENTS_TABLE=lambda-events", "METADATA_TABLE=lambda-metadata", "VIEWS_TABLE=lambda-views",
		"EVENT_BUS=nobody-listens", "REDRIVE_QUEUE_URL=http://nobody/000000000000/listens",
	)})
	once := func() time.Duration {
		began := time.Now()
		if r := f.Invoke(b.Context(), event); r.Outcome != lambda.Answered {
			b.Fatalf("%s: %s: %s", name, r.Outcome, r.Payload)
		}
		return time.Since(began)
	}
	cold = once()
	var all []time.Duration
	for range 5 {
		all = append(all, once())
	}
	return cold, median(all)
}

// peakMemory is the most that a process of this binary has had in memory, in MB; of all that there are.
func peakMemory(b *testing.B, path string) (most float64) {
	b.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		b.Fatal(err)
	}
	for _, link := range links {
		if to, err := os.Readlink(link); err != nil || to != path {
			continue
		}
		status, err := os.ReadFile(filepath.Join(filepath.Dir(link), "status"))
		if err != nil {
			b.Fatal(err)
		}
		_, after, _ := strings.Cut(string(status), "VmHWM:")
		kilobytes, err := strconv.ParseFloat(strings.Fields(after + " 0")[0], 64)
		if err != nil {
			b.Fatal(err)
		}
		most = max(most, kilobytes/1000)
	}
	return most
}

func median(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[len(all)/2]
}
