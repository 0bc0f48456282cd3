package publish_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"pgregory.net/rapid"

	"github.com/aeon-es/aeon/publish"
)

// bus stands where EventBridge is. It holds requests to what AWS documents of PutEvents, which no emulator does, and keeps
// what it took.
type bus struct {
	t rapid.TB
	// fails has a whole request fail with that status and code, if the status isn't 0; refuses has an entry fail with that code,
	// if it isn't empty. Either may be nil.
	fails   func(entries []sent) (status int, code string)
	refuses func(sent) (code string)

	mu       sync.Mutex
	requests [][]sent // all that came
	taken    []sent   // in the order in which it came
}

// sent is an entry on the wire.
type sent struct {
	EventBusName, Source, DetailType, Detail string
	Time                                     float64
}

// size is that of an entry as AWS computes it.
func (s sent) size() int { return 14 + len(s.Source) + len(s.DetailType) + len(s.Detail) }

// detail is what an entry says.
type detail struct {
	ID, Key         string
	Revision        uint64
	Position        string
	CommittedAt     string
	Type            string
	CorrelationID   string
	Metadata        map[string]string
	Data            json.RawMessage
	DataOmitted     bool
	MetadataOmitted bool
}

func (s sent) detail(t rapid.TB) (d detail) {
	t.Helper()
	if err := json.Unmarshal([]byte(s.Detail), &d); err != nil {
		t.Fatalf("detail %.200s: %v", s.Detail, err)
	}
	return d
}

const awsLimit = 256 * 1024

// RoundTrip implements [http.RoundTripper].
func (b *bus) RoundTrip(r *http.Request) (*http.Response, error) {
	var in struct{ Entries []sent }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	if target := r.Header.Get("X-Amz-Target"); target != "AWSEvents.PutEvents" {
		b.t.Errorf("a request for %s", target)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = append(b.requests, in.Entries)
	size := 0
	for _, e := range in.Entries {
		size += e.size()
	}
	if len(in.Entries) < 1 || len(in.Entries) > 10 || size >= awsLimit {
		b.t.Errorf("a request of %d entries, %d bytes", len(in.Entries), size)
	}
	if b.fails != nil {
		if status, code := b.fails(in.Entries); status != 0 {
			return answer(r, status, map[string]string{"__type": code, "message": "on purpose"})
		}
	}
	var out struct {
		FailedEntryCount int
		Entries          []map[string]string
	}
	for _, e := range in.Entries {
		if code := b.judge(e); code != "" {
			out.FailedEntryCount++
			out.Entries = append(out.Entries, map[string]string{"ErrorCode": code, "ErrorMessage": "on purpose"})
			continue
		}
		b.taken = append(b.taken, e)
		out.Entries = append(out.Entries, map[string]string{"EventId": fmt.Sprint(len(b.taken))})
	}
	return answer(r, http.StatusOK, out)
}

// judge gives the code by which an entry is refused.
func (b *bus) judge(e sent) string {
	switch {
	case e.DetailType == "" || len(e.DetailType) > 128:
		return "InvalidArgument"
	case !json.Valid([]byte(e.Detail)) || !strings.HasPrefix(e.Detail, "{") || depth(e.Detail) > 1000:
		return "MalformedDetail"
	case b.refuses != nil:
		return b.refuses(e)
	}
	return ""
}

// depth is how deep JSON is nested.
func depth(text string) (deepest int) {
	d, at := json.NewDecoder(strings.NewReader(text)), 0
	for {
		token, err := d.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			at++
			deepest = max(deepest, at)
		case json.Delim('}'), json.Delim(']'):
			at--
		}
	}
}

func answer(r *http.Request, status int, content any) (*http.Response, error) {
	body, err := json.Marshal(content)
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, err
}

// client reaches EventBridge by a transport.
func client(transport http.RoundTripper) *eventbridge.Client {
	return eventbridge.New(eventbridge.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://eventbridge"), Credentials: aws.AnonymousCredentials{},
		HTTPClient: &http.Client{Transport: transport},
	})
}

// publisher publishes to the bus named "events" behind a transport, and logs to log.
func publisher(t rapid.TB, transport http.RoundTripper, log io.Writer) *publish.Publisher {
	t.Helper()
	p, err := publish.New(client(transport), "events", &publish.Options{Log: slog.New(slog.NewJSONHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
