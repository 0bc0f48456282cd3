package functions_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/dynamolocal"
	runtimeapi "github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/internal/testenv/ministack"
	"github.com/aeon-es/aeon/projector/consumer/consumertest"
	"github.com/aeon-es/aeon/projector/streams"
	"github.com/aeon-es/aeon/store"
	storedynamo "github.com/aeon-es/aeon/store/dynamo"
)

// load is a function, an event that it gets often, and the most that it has to do for one event.
type load struct {
	name        string
	usual, most []byte
}

// BenchmarkFunctions measures what MemorySize and Timeout of the template are chosen by: for each function how long it takes in a new sandbox (ms-cold,
// with DynamoDB Local behind it) and in a warm one (ms-warm, the median; ms-p99) for a usual event, and for the most that one event may
// ask of it (ms-most); and how much memory its process has had at most (MB-usual, MB-most).
func BenchmarkFunctions(b *testing.B) {
	database, services := dynamolocal.Start(b), ministack.Start(b)
	createTables(b, database)
	services.CreateBus(b, "bus")
	env := append(slices.Clone(tables), "AWS_ENDPOINT_URL="+database.Endpoint(), "AWS_ENDPOINT_URL_EVENTBRIDGE="+services.Endpoint(), "EVENT_BUS=bus")
	for _, l := range loads(b, database) {
		b.Run(l.name, func(b *testing.B) {
			c := runtimeapi.Config{Name: l.name, Bootstrap: bootstrap.Function(b, l.name), Timeout: 5 * time.Minute, Memory: 512, Env: env}
			f := runtimeapi.Start(b, c)
			cold := handle(b, f, l.usual)
			var warm []time.Duration
			for range 200 {
				warm = append(warm, handle(b, f, l.usual))
			}
			slices.Sort(warm)
			usual := peak(b, f)
			most := handle(b, f, l.most)
			b.ReportMetric(milliseconds(cold), "ms-cold")
			b.ReportMetric(milliseconds(median(warm)), "ms-warm")
			b.ReportMetric(milliseconds(warm[len(warm)*99/100]), "ms-p99")
			b.ReportMetric(milliseconds(most), "ms-most")
			b.ReportMetric(usual, "MB-usual")
			b.ReportMetric(peak(b, f), "MB-most")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func handle(b *testing.B, f *runtimeapi.Function, event []byte) time.Duration {
	b.Helper()
	began := time.Now()
	r := f.Invoke(b.Context(), event)
	took := time.Since(began)
	if r.Outcome != runtimeapi.Answered || strings.Contains(string(r.Payload), "itemIdentifier") || strings.Contains(string(r.Payload), `"statusCode":5`) {
		b.Fatalf("%s: %s", r.Outcome, r.Payload[:min(len(r.Payload), 500)])
	}
	return took
}

// peak is the most memory, in MB, that a function's process has had.
func peak(b *testing.B, f *runtimeapi.Function) float64 {
	b.Helper()
	most := 0.0
	for _, pid := range f.PIDs() {
		status, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			b.Fatal(err)
		}
		for lines := bufio.NewScanner(status); lines.Scan(); {
			if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
				kb, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
				if err != nil {
					b.Fatal(err)
				}
				most = max(most, kb/1024)
			}
		}
		_ = status.Close() // it was only read
	}
	return most
}

// loads are those of the five functions, with what they are about in the store.
func loads(b *testing.B, database *dynamolocal.Server) []load {
	b.Helper()
	s := store.New(storedynamo.New(database.Client(), storedynamo.Tables{Events: "events", Metadata: "metadata"}))
	put := func(key string, events, size int) {
		all := make([]store.Pending, events)
		for i := range all {
			all[i] = store.Pending{Type: "incremented", Data: fmt.Appendf(nil, `{"by":1,"note":%q}`, strings.Repeat("x", size))}
		}
		if _, err := s.Append(b.Context(), key, store.Any(), all, nil); err != nil {
			b.Fatal(err)
		}
	}
	for i := range 100 {
		put(fmt.Sprint("usual/", i%10), 1, 200)
	}
	for i := range 14 { // an event of Lambda's has 6 MB at most
		put(fmt.Sprint("most/", i), 1, 350<<10)
	}
	for range 12 { // a page has 4 MB
		put("page", 10, 35<<10)
	}
	put("small", 9_000, 0)
	for range 10 {
		put("long", 1000, 50)
	}
	usual, most := stream(b, database, "usual/"), stream(b, database, "most/")
	return []load{
		{"append", request(b, http.MethodPost, "/streams/appended", body(1, 200)), request(b, http.MethodPost, "/streams/large", body(1, 390<<10))},
		{"query", request(b, http.MethodGet, "/streams/usual%2F1", ""), request(b, http.MethodGet, "/streams/page?limit=1000", "")},
		{"project", usual, most},
		{"publish", usual, stream(b, database, "small")},
		{"redrive", message("usual/1"), message("long")},
	}
}

func body(events, size int) string {
	one := fmt.Sprintf(`{"type":"incremented","data":{"by":1,"note":%q}}`, strings.Repeat("x", size))
	return `{"events":[` + strings.TrimSuffix(strings.Repeat(one+",", events), ",") + `]}`
}

func request(b *testing.B, method, target, body string) []byte {
	b.Helper()
	path, query, _ := strings.Cut(target, "?")
	r := events.APIGatewayProxyRequest{Path: path, HTTPMethod: method, Body: body, Headers: map[string]string{"Content-Type": "application/json"}}
	if name, value, ok := strings.Cut(query, "="); ok {
		r.MultiValueQueryStringParameters = map[string][]string{name: {value}}
	}
	event, err := json.Marshal(r)
	if err != nil {
		b.Fatal(err)
	}
	return event
}

// message is an event with a message of the redrive queue for each view.
func message(key string) []byte {
	one := func(view string) string {
		return fmt.Sprintf(`{"messageId":%q,"receiptHandle":"r","body":%q,"eventSource":"aws:sqs","attributes":{"ApproximateReceiveCount":"1"}}`,
			view, fmt.Sprintf(`{"view":%q,"key":%q}`, view, key))
	}
	return []byte(`{"Records":[` + one("counters") + "," + one("streams") + `]}`)
}

// stream is the event with the stream's records of keys that begin so.
func stream(b *testing.B, database *dynamolocal.Server, prefix string) []byte {
	b.Helper()
	arn, err := streams.ARN(b.Context(), database.Client(), "events")
	if err != nil {
		b.Fatal(err)
	}
	all, err := consumertest.Records(b.Context(), database.Streams(), arn)
	if err != nil {
		b.Fatal(err)
	}
	var some []consumertest.Record
	for _, r := range all {
		keys, err := json.Marshal(r.Change()["Keys"])
		if err != nil {
			b.Fatal(err)
		}
		if strings.Contains(string(keys), `"`+prefix) {
			some = append(some, r)
		}
	}
	event, err := consumertest.Event(some...)
	if err != nil || len(some) == 0 {
		b.Fatalf("%d records of %q (%v)", len(some), prefix, err)
	}
	b.Logf("%d records of %q are %d bytes", len(some), prefix, len(event))
	return event
}
