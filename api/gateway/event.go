package gateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// event is what is used of an event, in payload format 1.0 or 2.0.
type event struct {
	Version string `json:"version"` // a REST API's has none

	// Format 1.0.
	HTTPMethod        string              `json:"httpMethod"`
	Path              string              `json:"path"`
	Resource          string              `json:"resource"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	Query             map[string]string   `json:"queryStringParameters"` // as 2.0 has it, it can't be taken apart
	MultiValueQuery   map[string][]string `json:"multiValueQueryStringParameters"`

	// Format 2.0.
	RawPath        string   `json:"rawPath"`
	RawQueryString string   `json:"rawQueryString"`
	Cookies        []string `json:"cookies"`

	Headers         map[string]string `json:"headers"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
	Context         struct {
		RequestID  string `json:"requestId"`
		Stage      string `json:"stage"`
		Path       string `json:"path"`
		DomainName string `json:"domainName"`
		Identity   struct {
			SourceIP string `json:"sourceIp"`
		} `json:"identity"`
		HTTP struct {
			Method   string `json:"method"`
			SourceIP string `json:"sourceIp"`
		} `json:"http"`
		ELB json.RawMessage `json:"elb"` // there if it comes from a load balancer
	} `json:"requestContext"`
}

func (e *event) v2() bool { return e.Version == "2.0" }

func (e *event) method() string {
	if e.v2() {
		return e.Context.HTTP.Method
	}
	return e.HTTPMethod
}

func (e *event) path() string {
	if e.v2() {
		return e.RawPath
	}
	return e.Path
}

// request is the HTTP request that the event stands for.
func (e *event) request(ctx context.Context) (*http.Request, error) {
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, e.method(), "/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.URL = e.url()
	r.RequestURI = r.URL.RequestURI()
	r.Header = e.header()
	r.Host = r.Header.Get("Host")
	r.Header.Del("Host") // as a server does it
	r.RemoteAddr = e.Context.Identity.SourceIP
	if e.v2() {
		r.RemoteAddr = e.Context.HTTP.SourceIP
	}
	if len(body) == 0 {
		r.Body = http.NoBody
	}
	return r, nil
}

func (e *event) header() http.Header {
	h := http.Header{}
	for name, value := range e.Headers {
		h.Set(name, value)
	}
	for name, values := range e.MultiValueHeaders {
		h.Del(name)
		for _, value := range values {
			h.Add(name, value)
		}
	}
	if len(e.Cookies) > 0 {
		h.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	return h
}

// query is the query as a URL has it. Format 1.0 has its names and values decoded.
func (e *event) query() string {
	if e.v2() {
		return e.RawQueryString
	}
	q := url.Values{}
	for name, value := range e.Query {
		q.Set(name, value)
	}
	for name, values := range e.MultiValueQuery {
		q[name] = values
	}
	return q.Encode()
}
