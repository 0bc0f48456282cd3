// Package recorder records the requests that a DynamoDB client sends, so that a test can hold code to
// the exact list of its requests and to what they cost.
//
//	client, rec := server.Recorded() // or: config.HTTPClient = &http.Client{Transport: recorder.New(nil)}
//	…
//	got := rec.Take() // [Query events] [PutItem events]
package recorder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// Request is one request as it went over the wire, with its answer: a retry of the client is a request more.
type Request struct {
	Operation string     // such as "PutItem", "Query", "TransactWriteItems"
	Tables    []string   // the tables it names, each once, sorted
	Body      []byte     // the JSON that was sent
	Status    int        // the answer's HTTP status; 0 when there was none
	Response  []byte     // the JSON that was answered
	Consumed  []Capacity // what it cost, by table; only when the request or MeasureCapacity asked
	Err       error      // why there was no answer
}

// String returns the operation and its tables, such as "TransactWriteItems events,metadata": lists of
// requests compare well in this form.
func (r Request) String() string {
	return strings.TrimSpace(r.Operation + " " + strings.Join(r.Tables, ","))
}

// Recorder is an http.RoundTripper that records. It is safe for concurrent use.
type Recorder struct {
	next    http.RoundTripper
	measure atomic.Bool

	mu       sync.Mutex
	requests []Request
}

// New returns a Recorder that sends requests on by next; nil means [http.DefaultTransport].
func New(next http.RoundTripper) *Recorder {
	if next == nil {
		next = http.DefaultTransport
	}
	return &Recorder{next: next}
}

// MeasureCapacity sets whether the recorder asks for the consumed capacity, per table and index, in the
// place of code that doesn't. It changes the body after it was signed: DynamoDB Local doesn't mind, AWS would.
func (r *Recorder) MeasureCapacity(on bool) { r.measure.Store(on) }

// Take returns the requests answered since the last Take, in the order of their answers, and forgets them.
func (r *Recorder) Take() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.requests
	r.requests = nil
	return taken
}

// RoundTrip sends the request on and records it with its answer.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readAll(req.Body)
	if err != nil {
		return nil, fmt.Errorf("record a request: read its body: %w", err)
	}
	recorded := Request{Operation: operation(req), Body: body}
	if err := recorded.readBody(); err != nil {
		return nil, err
	}
	sent := body
	if r.measure.Load() {
		sent = askForCapacity(recorded.Operation, body)
	}
	resp, err := r.send(req, sent, &recorded)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, recorded)
	return resp, err
}

// send sends the request with this body, and notes the answer. The caller of RoundTrip gets the answer
// whole, from memory.
func (r *Recorder) send(req *http.Request, body []byte, recorded *Request) (*http.Response, error) {
	out := req.Clone(req.Context())
	out.Body = io.NopCloser(bytes.NewReader(body))
	out.ContentLength = int64(len(body))
	if out.Header.Get("Content-Length") != "" {
		out.Header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	resp, err := r.next.RoundTrip(out)
	if err != nil {
		recorded.Err = err
		return nil, err
	}
	recorded.Status = resp.StatusCode
	recorded.Response, recorded.Err = readAll(resp.Body)
	if recorded.Err != nil {
		return nil, recorded.Err
	}
	resp.Body = io.NopCloser(bytes.NewReader(recorded.Response))
	recorded.Consumed, recorded.Err = consumed(recorded.Response)
	return resp, nil
}

// operation takes "PutItem" from the header X-Amz-Target: DynamoDB_20120810.PutItem.
func operation(req *http.Request) string {
	_, name, _ := strings.Cut(req.Header.Get("X-Amz-Target"), ".")
	return name
}

func readAll(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	read, err := io.ReadAll(body)
	return read, errors.Join(err, body.Close())
}
