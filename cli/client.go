package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/aeon-es/aeon/api"
)

// client speaks the HTTP API: with a server, or with one that is in this process, over a database.
type client struct {
	base  string
	do    func(*http.Request) (*http.Response, error)
	close func() error
}

// client opens what --store names.
func (r *run) client(ctx context.Context, create bool) (*client, error) {
	t, err := r.target()
	if err != nil {
		return nil, err
	}
	if t.server == nil {
		return r.inProcess(ctx, create)
	}
	c := &client{base: strings.TrimSuffix(t.server.String(), "/"), do: http.DefaultClient.Do, close: func() error { return nil }}
	if strings.Contains(t.server.Host, ".execute-api.") || strings.Contains(t.server.Host, ".lambda-url.") {
		config, err := awsConfig(ctx)
		if err != nil {
			return nil, err
		}
		c.do = signed(config, t.server) //nolint:bodyclose // it makes no request yet: send closes the body of each
	}
	return c, nil
}

// inProcess serves the API from a database.
func (r *run) inProcess(ctx context.Context, create bool) (*client, error) {
	p, err := r.open(ctx, create)
	if err != nil {
		return nil, err
	}
	if p.CatchUp != nil {
		if err := p.CatchUp(ctx); err != nil {
			return nil, errors.Join(err, p.Close())
		}
	}
	handler := api.New(p.Store, p.Projector, &api.Options{Log: r.log()}) // it tells the cause of what the answer keeps to itself
	do := func(q *http.Request) (*http.Response, error) {
		w := &recorder{header: http.Header{}, status: http.StatusOK}
		handler.ServeHTTP(w, q)
		return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body)}, q.Context().Err()
	}
	return &client{do: do, close: p.Close}, nil
}

// recorder takes an answer.
type recorder struct {
	status int
	header http.Header
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (w *recorder) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *recorder) WriteHeader(status int) { w.status = status }

// Write implements [http.ResponseWriter].
func (w *recorder) Write(b []byte) (int, error) { return w.body.Write(b) }

// signed sends requests signed, as an API that IAM authorises wants them.
func signed(c *aws.Config, server *url.URL) func(*http.Request) (*http.Response, error) {
	service := "execute-api"
	if strings.Contains(server.Host, ".lambda-url.") {
		service = "lambda"
	}
	return func(q *http.Request) (*http.Response, error) {
		var body []byte
		if q.Body != nil {
			var err error
			if body, err = io.ReadAll(q.Body); err != nil {
				return nil, err
			}
			q.Body = io.NopCloser(bytes.NewReader(body))
		}
		keys, err := c.Credentials.Retrieve(q.Context())
		if err != nil {
			return nil, fmt.Errorf("AWS credentials to sign the request with: %w", err)
		}
		sum := sha256.Sum256(body)
		if err := v4.NewSigner().SignHTTP(q.Context(), keys, q, hex.EncodeToString(sum[:]), service, c.Region, time.Now()); err != nil {
			return nil, err
		}
		return http.DefaultClient.Do(q)
	}
}

// request is one request of the API.
type request struct {
	method string
	path   []string // its parts, not escaped
	query  url.Values
	header http.Header
	body   any
}

// answer is what came back: a status below 300, or else it is an error.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send sends a request, and reads the answer.
func (c *client) send(ctx context.Context, q request) (*answer, error) {
	path := ""
	for _, part := range q.path {
		path += "/" + url.PathEscape(part)
	}
	if len(q.query) > 0 {
		path += "?" + q.query.Encode()
	}
	var body io.Reader = http.NoBody
	if q.body != nil {
		text, err := json.Marshal(q.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, q.method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	for name, values := range q.header {
		r.Header[name] = values
	}
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := c.do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &problemError{Title: "the server can't be reached", Detail: err.Error(), Status: http.StatusServiceUnavailable}
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return nil, problemOf(response.StatusCode, text)
	}
	return &answer{status: response.StatusCode, header: response.Header, body: text}, nil
}

// problemError is an error that the API answered.
type problemError struct {
	Type     string  `json:"type"`
	Title    string  `json:"title"`
	Detail   string  `json:"detail"`
	Status   int     `json:"status"`
	Expected *uint64 `json:"expected"`
	Actual   *uint64 `json:"actual"`
}

func problemOf(status int, text []byte) error {
	p := &problemError{}
	if err := json.Unmarshal(text, p); err != nil || p.Title == "" {
		p = &problemError{Title: fmt.Sprintf("the server answered %d %s", status, http.StatusText(status)), Detail: firstLine(text)}
	}
	p.Status = status
	return p
}

// firstLine is what there may be to read in an answer that is none of the API's.
func firstLine(text []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(text), []byte("\n"))
	return string(line[:min(len(line), 200)])
}

// Error says what is wrong in one line.
func (e *problemError) Error() string {
	if e.Detail == "" {
		return e.Title
	}
	return e.Title + ": " + e.Detail
}

func (e *problemError) exitCode() int {
	switch e.Status {
	case http.StatusPreconditionFailed, http.StatusUnprocessableEntity:
		return exitConflict
	case http.StatusNotFound:
		return exitNotThere
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusBadGateway:
		return exitUnavailable
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType:
		return exitUsage
	}
	return exitFailure
}
