package gateway_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/aeon-es/aeon/api"
	"github.com/aeon-es/aeon/api/gateway"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

// received is the request that a handler got for an event.
func received(t *testing.T, event any) (r *http.Request, body string) {
	t.Helper()
	_, err := gateway.Handler(http.HandlerFunc(func(_ http.ResponseWriter, got *http.Request) {
		content, err := io.ReadAll(got.Body)
		if err != nil {
			t.Error(err)
		}
		r, body = got, string(content)
	}))(t.Context(), encoded(t, event))
	if err != nil {
		t.Fatal(err)
	}
	return r, body
}

func TestKeys(t *testing.T) {
	t.Parallel()
	keys := []string{
		"counter/a b", "ü", "50%", "what?", "a//b", "/", "..", "a+b", "a#b", "%", "%2F", "%20", "a%zz", "?", "a&b=c;d", `"<>\^{|}`, "key", "a/live/b", "\u2028😀",
		"/live/streams/x",
	}
	for name, front := range fronts {
		for _, key := range keys {
			if front.lost(key) {
				continue
			}
			for _, escaped := range []string{url.PathEscape(key), strings.ReplaceAll(url.PathEscape(key), "%2F", "/")} {
				r, _ := received(t, front.event(t, map[string]any{"": "/streams/" + escaped}))
				rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/streams/")
				got, err := url.PathUnescape(rest)
				if !ok || err != nil || got != key || r.URL.Path != "/streams/"+key {
					t.Errorf("%s: key %q, sent as %q, arrives in %q", name, key, escaped, r.URL.EscapedPath())
				}
				if uri, err := url.ParseRequestURI(r.RequestURI); err != nil || uri.EscapedPath() != r.URL.EscapedPath() {
					t.Errorf("%s: request URI %q for the path %q", name, r.RequestURI, r.URL.EscapedPath())
				}
			}
		}
	}
}

// What is escaped stays so, where the front tells: "%2F" is not a "/" for a router.
func TestEscapesStay(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"REST API", "function URL"} {
		r, _ := received(t, fronts[name].event(t, map[string]any{"": "/views/a%2Fb/c%2fd"}))
		if got := r.URL.EscapedPath(); got != "/views/a%2Fb/c%2fd" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	for name, front := range fronts {
		r, body := received(t, front.event(t, map[string]any{"": "/streams/counter/a%20b"}))
		if r.Method != http.MethodPost || r.URL.Path != "/streams/counter/a b" || r.RemoteAddr != "192.0.2.1" {
			t.Errorf("%s: %s %s from %s", name, r.Method, r.URL, r.RemoteAddr)
		}
		if body != `{"events":[{"type":"happened","data":"ü"}]}` || r.ContentLength != int64(len(body)) {
			t.Errorf("%s: body of %d: %s", name, r.ContentLength, body)
		}
		if q, err := url.ParseQuery(r.URL.RawQuery); err != nil || !slices.Equal(q["type"], []string{"a b", "b&c=d"}) || !slices.Equal(q["limit"], []string{"5"}) {
			t.Errorf("%s: query %s: %v", name, r.URL.RawQuery, err)
		}
		if got := strings.Join(r.Header.Values("If-Match"), ","); got != `"1","2"` {
			t.Errorf("%s: If-Match %s", name, got)
		}
		if r.Header.Get("Content-Type") != "application/json" || !strings.HasSuffix(r.Host, "amazonaws.com") && !strings.HasSuffix(r.Host, ".on.aws") || r.Header.Get("Host") != "" {
			t.Errorf("%s: host %s, headers %v", name, r.Host, r.Header)
		}
		if front.v2 && r.Header.Get("Cookie") != "session=abc123; theme=dark" {
			t.Errorf("%s: cookies %q", name, r.Header["Cookie"])
		}
	}
}

// The payloads of Amazon's own library, too, without what they may leave out.
func TestSmallEvents(t *testing.T) {
	t.Parallel()
	v1 := events.APIGatewayProxyRequest{Path: "/health", HTTPMethod: http.MethodGet, QueryStringParameters: map[string]string{"a": "1 2"}, Headers: map[string]string{"accept": "x"}}
	v2 := events.APIGatewayV2HTTPRequest{Version: "2.0", RawPath: "/health", RawQueryString: "a=1%202", Headers: map[string]string{"accept": "x"}}
	v2.RequestContext.HTTP.Method = http.MethodGet
	for _, event := range []any{v1, v2} {
		r, body := received(t, event)
		if r.Method != http.MethodGet || r.URL.Path != "/health" || r.URL.Query().Get("a") != "1 2" || r.Header.Get("Accept") != "x" || body != "" || r.Body != http.NoBody {
			t.Errorf("%T: %s %s %v %q", event, r.Method, r.URL, r.Header, body)
		}
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	for name, front := range fronts {
		event := front.event(t, nil)
		context, _ := event["requestContext"].(map[string]any)
		id := context["requestId"]
		if r, _ := received(t, event); r.Header.Get("X-Request-Id") != id {
			t.Errorf("%s: %s, the front's is %s", name, r.Header.Get("X-Request-Id"), id)
		}
		set(event["headers"], "x-request-id", "mine")
		if r, _ := received(t, event); r.Header.Get("X-Request-Id") != "mine" {
			t.Errorf("%s: %s", name, r.Header.Get("X-Request-Id"))
		}
	}
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "invocation"})
	h := gateway.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Request-Id") != "invocation" || r.Context().Value(key{}) != "value" {
			t.Errorf("%v", r.Header)
		}
	}))
	if _, err := h(context.WithValue(ctx, key{}, "value"), encoded(t, fronts["REST API"].event(t, nil))); err != nil {
		t.Error(err)
	}
}

type key struct{}

// The handler's time ends before the function's, so that it can still answer.
func TestDeadline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	all, _ := ctx.Deadline()
	_, err := gateway.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if own, ok := r.Context().Deadline(); !ok || all.Sub(own) < time.Second {
			t.Errorf("until %s of %s", own, all)
		}
	}))(ctx, encoded(t, fronts["REST API"].event(t, nil)))
	if err != nil {
		t.Error(err)
	}
}

// answered is what an event is answered with by h, in both formats.
func answered(t *testing.T, h http.HandlerFunc) (v1 events.APIGatewayProxyResponse, v2 events.APIGatewayV2HTTPResponse) {
	t.Helper()
	for name, into := range map[string]any{"REST API": &v1, "HTTP API": &v2} {
		response, err := gateway.Handler(h)(t.Context(), encoded(t, fronts[name].event(t, nil)))
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bytes.NewReader(response))
		d.DisallowUnknownFields()
		if err := d.Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return v1, v2
}

func TestResponses(t *testing.T) {
	t.Parallel()
	v1, v2 := answered(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"7"`)
		w.Header().Add("Vary", "Accept")
		w.Header().Add("Vary", "Cookie")
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2, 3")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusCreated)
		w.WriteHeader(http.StatusTeapot)
		w.Header().Set("Late", "1")
		_, _ = io.WriteString(w, `{"ü":`)
		_, _ = io.WriteString(w, `"<&>"}`)
	})
	const body = `{"ü":"<&>"}`
	h := http.Header(v1.MultiValueHeaders)
	if v1.StatusCode != http.StatusCreated || v1.Body != body || v1.IsBase64Encoded || len(h) != 3 ||
		h.Get("ETag") != `"7"` || len(h.Values("Vary")) != 2 || len(h.Values("Set-Cookie")) != 2 {
		t.Errorf("%+v", v1)
	}
	if v2.StatusCode != http.StatusCreated || v2.Body != body || v2.IsBase64Encoded || len(v2.Headers) != 2 ||
		v2.Headers["Etag"] != `"7"` || v2.Headers["Vary"] != "Accept, Cookie" || !slices.Equal(v2.Cookies, []string{"a=1", "b=2, 3"}) {
		t.Errorf("%+v", v2)
	}
}

func TestResponsesOfNothingAndOfBytes(t *testing.T) {
	t.Parallel()
	v1, v2 := answered(t, func(http.ResponseWriter, *http.Request) {})
	if v1.StatusCode != http.StatusOK || v1.Body != "" || v2.StatusCode != http.StatusOK || v2.Body != "" {
		t.Errorf("%+v, %+v", v1, v2)
	}
	content := []byte{0xff, 0, '"', 0xfe}
	v1, v2 = answered(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) })
	for _, r := range []struct {
		body    string
		encoded bool
	}{{v1.Body, v1.IsBase64Encoded}, {v2.Body, v2.IsBase64Encoded}} {
		if got, err := base64.StdEncoding.DecodeString(r.body); err != nil || !r.encoded || !bytes.Equal(got, content) {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

func TestNotHTTP(t *testing.T) {
	t.Parallel()
	called := false
	h := gateway.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	for name, event := range map[string]string{
		"nothing": ``, "empty": `{}`, "null": `null`, "list": `[]`, "text": `"x"`, "number": `7`, "cut": `{"path":"/`,
		"of a queue":          `{"Records":[{"messageId":"1","body":"x","eventSource":"aws:sqs"}]}`,
		"of another version":  `{"version":"3.0","rawPath":"/","requestContext":{"http":{"method":"GET"}}}`,
		"of a websocket":      `{"requestContext":{"connectionId":"x","eventType":"CONNECT","routeKey":"$connect"}}`,
		"without a method":    `{"path":"/"}`,
		"without a path":      `{"httpMethod":"GET"}`,
		"a relative path":     `{"httpMethod":"GET","path":"health"}`,
		"of a load balancer":  `{"httpMethod":"GET","path":"/","requestContext":{"elb":{"targetGroupArn":"arn:x"}}}`,
		"fields of no use":    `{"httpMethod":7,"path":{}}`,
		"2.0 without context": `{"version":"2.0","rawPath":"/","httpMethod":"GET"}`,
	} {
		response, err := h(t.Context(), json.RawMessage(event))
		if !errors.Is(err, gateway.ErrNotHTTP) || response != nil || !strings.Contains(err.Error(), "REST API") {
			t.Errorf("%s: %s, %v", name, response, err)
		}
	}
	for name, event := range map[string]string{
		"body":   `{"httpMethod":"GET","path":"/","body":"!","isBase64Encoded":true}`,
		"method": `{"httpMethod":"G T","path":"/"}`,
	} {
		if _, err := h(t.Context(), json.RawMessage(event)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if called {
		t.Error("a handler was called")
	}
}

// An answer that Lambda wouldn't take fails here, where the reason can be told.
func TestResponseTooLarge(t *testing.T) {
	t.Parallel()
	event := encoded(t, fronts["REST API"].event(t, nil))
	for n, ok := range map[int]bool{3<<20 - 1000: true, 3 << 20: false} {
		response, err := gateway.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(bytes.Repeat([]byte{'"'}, n))
		}))(t.Context(), event)
		if (err == nil) != ok || ok && len(response) > 6<<20 {
			t.Errorf("%d quotes: %d bytes, %v", n, len(response), err)
		}
	}
}

// The whole way: each front, the handler, a store.
func TestAppendAndRead(t *testing.T) {
	t.Parallel()
	for name, front := range fronts {
		database, err := sqlite.Open(sqlite.Memory)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = database.Close() })
		h := gateway.Handler(api.New(store.New(database), nil, nil))
		do := func(change map[string]any) (status int, body string) {
			event := front.event(t, change)
			for _, headers := range []string{"headers", "multiValueHeaders"} {
				if h, ok := event[headers].(map[string]any); ok {
					delete(h, "If-Match")
					delete(h, "if-match")
				}
			}
			response, err := h(t.Context(), encoded(t, event))
			if err != nil {
				t.Fatal(err)
			}
			var got events.APIGatewayProxyResponse
			if err := json.Unmarshal(response, &got); err != nil {
				t.Fatal(err)
			}
			return got.StatusCode, got.Body
		}
		const path = "/streams/counter/a%20b"
		none := map[string]any{}
		if status, body := do(map[string]any{"": path, "rawQueryString": "", "queryStringParameters": none, "multiValueQueryStringParameters": none}); status != http.StatusCreated || !strings.Contains(body, `"key":"counter/a b"`) {
			t.Errorf("%s: %d %s", name, status, body)
		}
		change := map[string]any{
			"": path, "rawQueryString": "type=happened", "queryStringParameters": none, "multiValueQueryStringParameters": map[string]any{"type": []string{"happened"}},
			"httpMethod": http.MethodGet, "requestContext.http": map[string]any{"method": http.MethodGet}, "body": nil, "isBase64Encoded": false,
		}
		if status, body := do(change); status != http.StatusOK || !strings.Contains(body, `"data":"ü"`) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func FuzzHandler(f *testing.F) {
	samples, err := filepath.Glob("testdata/*.json")
	if err != nil || len(samples) == 0 {
		f.Fatal(samples, err)
	}
	for _, sample := range samples {
		text, err := os.ReadFile(sample)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, event []byte) {
		response, err := gateway.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.EscapedPath(), "/") {
				t.Errorf("path %q", r.URL.EscapedPath())
			}
			w.WriteHeader(http.StatusNoContent)
		}))(t.Context(), event)
		if (err == nil) != json.Valid(response) {
			t.Errorf("%s, %v", response, err)
		}
	})
}
