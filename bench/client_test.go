package main_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/aeon-es/aeon/bench/internal/ours"
)

// BenchmarkClient shows what Aeon does for an append besides the SDK: processor time and allocations of a client whose requests are
// answered at once, in turn with the bare conditional PutItem of the same item.
func BenchmarkClient(b *testing.B) {
	b.Run("append behind a known head", func(b *testing.B) {
		client := answeredClient()
		names := []string{"bare", "aeon"}
		worked, allocated := map[string]time.Duration{}, map[string]float64{}
		appends := map[string]func(){}
		for _, name := range names {
			contender := ours.On(client, name, name)
			appends[name] = func() {
				if err := contender.Append(b.Context(), "key", 1, "known"); err != nil {
					b.Fatal(err)
				}
			}
			allocated[name] = testing.AllocsPerRun(1000, appends[name])
		}
		const each = 20
		for b.Loop() {
			for _, name := range names {
				began := cpuTime(b)
				for range each {
					appends[name]()
				}
				worked[name] += cpuTime(b) - began
			}
		}
		for _, name := range names {
			b.ReportMetric(worked[name].Seconds()*1e6/float64(each*b.N), "cpu-us-"+name)
			b.ReportMetric(allocated[name], "allocs-"+name)
		}
		b.ReportMetric(worked["aeon"].Seconds()/worked["bare"].Seconds(), "x-bare-cpu")
		b.ReportMetric(0, "ns/op")
	})
}

// Aeon's append takes few allocations besides those of the SDK's bare PutItem with the same item. It doesn't run in parallel: it counts
// what the whole process allocates.
func TestAllocationsOfAppendsBesideTheSDK(t *testing.T) { //nolint:paralleltest // see above
	client := answeredClient()
	for n, most := range map[int]float64{1: 16, 10: 24} {
		allocated := map[string]float64{}
		for _, name := range []string{"bare", "aeon"} {
			contender := ours.On(client, name, name)
			allocated[name] = testing.AllocsPerRun(500, func() {
				if err := contender.Append(t.Context(), "key", n, "known"); err != nil {
					t.Fatal(err)
				}
			})
		}
		more := allocated["aeon"] - allocated["bare"]
		if t.Logf("%d events: %.0f allocations more than the SDK's %.0f", n, more, allocated["bare"]); more > most {
			t.Errorf("%d events: %.0f allocations more than the SDK's %.0f, want at most %.0f", n, more, allocated["bare"], most)
		}
	}
}

func answeredClient() *dynamodb.Client {
	return dynamodb.NewFromConfig(aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: answering{}}, Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
}

// answering answers each request at once, without a network.
type answering struct{}

// RoundTrip implements [http.RoundTripper].
func (answering) RoundTrip(r *http.Request) (*http.Response, error) {
	_, err := io.Copy(io.Discard, r.Body)
	if err == nil {
		err = r.Body.Close()
	}
	const settings = `{"Item":{"pk":{"S":"settings"},"sk":{"S":"settings"},"format":{"N":"1"},"slices":{"N":"16"}}}`
	body := "{}"
	if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "GetItem") {
		body = settings
	}
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: int64(len(body)),
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Body: io.NopCloser(strings.NewReader(body)),
	}, err
}
