package faults

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"

	"github.com/aeon-es/aeon/internal/dynamotable"
	"github.com/aeon-es/aeon/store"
)

// server counts the requests that get there.
func server(t *testing.T) (url string, got *atomic.Int64) {
	got = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) != "hello" {
			t.Errorf("the body is %q", body)
		}
		_, _ = fmt.Fprint(w, got.Add(1))
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

func request(t *testing.T, url, operation string) *http.Request {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	return req
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		odds   Odds
		got    int64 // requests that get there
		status int   // 0: the connection broke
	}{
		"nothing":      {Odds{}, 1, 200},
		"request lost": {Odds{LoseRequest: 1}, 0, 0},
		"answer lost":  {Odds{LoseAnswer: 1}, 1, 0},
		"late":         {Odds{Late: 1, MaxLate: time.Millisecond}, 1, 0},
		"repeated":     {Odds{Repeat: 1, MaxDelay: time.Millisecond}, 2, 200},
		"throttled":    {Odds{Throttle: 1}, 0, 400},
		"conflict":     {Odds{Conflict: 1}, 0, 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, got := server(t)
			transport := New(http.DefaultTransport, 1, c.odds)
			resp, err := transport.RoundTrip(request(t, url, "PutItem"))
			status := 0
			if err == nil {
				status = resp.StatusCode
				_ = resp.Body.Close()
			}
			transport.Land()
			if got.Load() != c.got || status != c.status || (err != nil) != (c.status == 0) {
				t.Errorf("%d requests, status %d, %v; want %d and %d", got.Load(), status, err, c.got, c.status)
			}
		})
	}
}

func TestBrokenIsDoneHalfOfTheTimes(t *testing.T) {
	t.Parallel()
	url, got := server(t)
	transport := New(http.DefaultTransport, 1, Odds{Break: 1})
	for range 100 {
		resp, err := transport.RoundTrip(request(t, url, "PutItem"))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusInternalServerError {
			t.Fatal(resp.Status)
		}
	}
	if n := got.Load(); n < 25 || n > 75 {
		t.Errorf("%d of 100 were done", n)
	}
}

func TestSameSeedSameFaults(t *testing.T) {
	t.Parallel()
	url, _ := server(t)
	counts := func(seed uint64) map[string]int {
		transport := New(http.DefaultTransport, seed, Odds{LoseRequest: 0.2, Throttle: 0.3, Conflict: 0.2})
		for i := range 100 {
			resp, err := transport.RoundTrip(request(t, url, []string{"PutItem", "Query"}[i%2]))
			if err == nil {
				_ = resp.Body.Close()
			}
		}
		return transport.Counts()
	}
	a, b, c := counts(1), counts(1), counts(2)
	if !maps.Equal(a, b) || maps.Equal(a, c) || len(a) != 3 {
		t.Errorf("seeds 1, 1 and 2 gave %v, %v and %v", a, b, c)
	}
}

// Of the entries of a request some fail, and the others get there: each is answered as what befell it.
func TestPartial(t *testing.T) {
	t.Parallel()
	arrived := map[string]bool{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Entries []struct{ Detail string } }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		var out results
		for _, e := range in.Entries {
			arrived[e.Detail] = true
			out.Entries = append(out.Entries, map[string]any{"EventId": "id of " + e.Detail})
		}
		_ = json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(s.Close)
	client := eventbridge.New(eventbridge.Options{
		Region: "us-east-1", BaseEndpoint: &s.URL, Retryer: aws.NopRetryer{}, Credentials: aws.AnonymousCredentials{},
		HTTPClient: &http.Client{Transport: New(http.DefaultTransport, 1, Odds{Partial: 1})},
	})
	for n := 1; n <= 10; n++ {
		in := &eventbridge.PutEventsInput{}
		for i := range n {
			in.Entries = append(in.Entries, eventtypes.PutEventsRequestEntry{Detail: aws.String(fmt.Sprint(n, ".", i))})
		}
		out, err := client.PutEvents(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		failed := 0
		for i, e := range out.Entries {
			name := *in.Entries[i].Detail
			if e.ErrorCode != nil {
				failed++
			}
			if taken := aws.ToString(e.EventId) == "id of "+name; taken == (e.ErrorCode != nil) || taken != arrived[name] {
				t.Errorf("entry %s: %+v, arrived: %v", name, e, arrived[name])
			}
		}
		if len(out.Entries) != n || failed == 0 || failed != int(out.FailedEntryCount) {
			t.Errorf("%d entries: %d answers, %d failed, %d reported", n, len(out.Entries), failed, out.FailedEntryCount)
		}
	}
}

// TestTheSDKUnderstands makes the answers pass through the SDK to what the adapters make of them.
func TestTheSDKUnderstands(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		odds  Odds
		code  string
		known bool // that nothing was done
	}{
		"throttled":   {Odds{Throttle: 1}, "ProvisionedThroughputExceededException", true},
		"conflict":    {Odds{Conflict: 1}, "TransactionConflictException", true},
		"broken":      {Odds{Break: 1}, "InternalServerError", false},
		"answer lost": {Odds{LoseRequest: 1}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := dynamodb.New(dynamodb.Options{
				Region: "us-east-1", BaseEndpoint: aws.String("http://127.0.0.1:1"), Retryer: aws.NopRetryer{},
				Credentials: aws.AnonymousCredentials{}, HTTPClient: &http.Client{Transport: New(http.DefaultTransport, 4, c.odds)},
			})
			_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("t"), Item: map[string]types.AttributeValue{}})
			told, ok := errors.AsType[smithy.APIError](err)
			if ok != (c.code != "") || ok && told.ErrorCode() != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
			if known := errors.Is(dynamotable.Classify("t", err), store.ErrThrottled); known != c.known {
				t.Errorf("%v: known to have done nothing: %v", err, known)
			}
		})
	}
	t.Run("conflict of a transaction", func(t *testing.T) {
		t.Parallel()
		client := dynamodb.New(dynamodb.Options{
			Region: "us-east-1", BaseEndpoint: aws.String("http://127.0.0.1:1"), Retryer: aws.NopRetryer{},
			Credentials: aws.AnonymousCredentials{}, HTTPClient: &http.Client{Transport: New(http.DefaultTransport, 1, Odds{Conflict: 1})},
		})
		_, err := client.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{{}}})
		if err = dynamotable.Classify("t", err); !errors.Is(err, store.ErrThrottled) {
			t.Errorf("got %v", err)
		}
	})
}
