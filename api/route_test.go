package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
)

func TestNotFound(t *testing.T) {
	t.Parallel()
	p := start(t)
	for _, target := range []string{
		"/", "/streams", "/stream/a", "/Streams/a", "//streams/a", "/streams%2Fa", "/views", "/views/", "/views%2Fcounters/a", "/views%2Fcounters",
		"/health/", "/healthy", "/openapi.yaml/", "/openapi.json", "/events/", "/events/a", "/favicon.ico",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			p.do(t, method, target, one).wantProblem(t, http.StatusNotFound, "not-found")
		}
		p.do(t, http.MethodHead, target, "").want(t, http.StatusNotFound)
	}
}

func TestMethodNotAllowed(t *testing.T) {
	t.Parallel()
	p := start(t)
	for target, allowed := range map[string]string{
		"/streams/a": "GET, HEAD, OPTIONS, POST", "/views/counters/a": "GET, HEAD, OPTIONS", "/views/counters": "GET, HEAD, OPTIONS", "/events": "GET, HEAD, OPTIONS",
		"/health": "GET, HEAD, OPTIONS", "/openapi.yaml": "GET, HEAD, OPTIONS",
	} {
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodPost, http.MethodTrace, "BREW"} {
			if strings.Contains(allowed, method) {
				continue
			}
			a := p.do(t, method, target, one)
			if a.want(t, http.StatusMethodNotAllowed); method != http.MethodHead {
				a.wantProblem(t, http.StatusMethodNotAllowed, "method-not-allowed")
			}
			if a.header.Get("Allow") != allowed {
				t.Errorf("%s %s: Allow %s", method, target, a.header.Get("Allow"))
			}
		}
	}
}

func TestDescriptionIsServed(t *testing.T) {
	t.Parallel()
	p := start(t)
	want, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	a := p.do(t, http.MethodGet, "/openapi.yaml", "")
	a.want(t, http.StatusOK)
	if string(a.body) != string(want) {
		t.Errorf("%d bytes, the file has %d", len(a.body), len(want))
	}
	p.do(t, http.MethodHead, "/openapi.yaml", "").want(t, http.StatusOK)
	p.do(t, http.MethodGet, "/openapi.yaml?x", "").want(t, http.StatusBadRequest)
	p.do(t, http.MethodHead, "/openapi.yaml?x", "").want(t, http.StatusBadRequest)
}

// Through a real server and client, each key arrives as it is.
func TestKeysOverTheWire(t *testing.T) {
	t.Parallel()
	p := start(t)
	server := httptest.NewServer(p.handler)
	t.Cleanup(server.Close)
	for path, key := range map[string]string{
		"counter/a%20b": "counter/a b", "counter%2Fa%20b%2F": "counter/a b/", "%C3%BC": "ü", "50%25": "50%", "what%3F": "what?", "a//b": "a//b",
		"/": "/", "//": "//", ".": ".", "..": "..", "../..": "../..", "a/../b/./c": "a/../b/./c", "a+b": "a+b", "a%2Bb": "a+b",
		"a%252Fb": "a%2Fb", "%2520": "%20", "a%23b": "a#b", "a;b=c&d": "a;b=c&d", "%22%3C%3E%5C%5E%60%7B%7C%7D": "\"<>\\^`{|}", "a:b@c": "a:b@c",
		"*": "*", "streams/a": "streams/a", "%E2%80%A8": "\u2028", "%F0%9F%98%80": "😀",
	} {
		for _, part := range []string{"/streams/", "/views/streams/"} {
			method, body := http.MethodPost, one
			if part != "/streams/" {
				p.catchUp(t, "streams", key)
				method, body = http.MethodGet, ""
			}
			r, err := http.NewRequestWithContext(t.Context(), method, server.URL+part+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			response, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ Key, ID string }
			if err := json.Unmarshal(content, &got); err != nil || got.Key+got.ID != key || response.StatusCode >= 300 || response.Request.URL.Path != r.URL.Path {
				t.Errorf("%s%s: %d, want key %q: %s", part, path, response.StatusCode, key, content)
			}
		}
		if unescaped, err := url.PathUnescape(path); err != nil || unescaped != key {
			t.Errorf("%q is not %q", path, key) // the table is wrong
		}
		if head, err := p.store.Head(t.Context(), key); err != nil || head.Revision() == 0 {
			t.Errorf("%q has no events: %v", key, err)
		}
	}
}
