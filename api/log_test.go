package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/storetest"
)

// line is what the log tells of the last request.
func (p *platform) line(t *testing.T) map[string]any {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(p.log.String(), "\n"), "\n")
	p.log.Reset()
	var line map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &line); err != nil || len(lines) != 1 {
		t.Fatalf("%d lines, the last is %q: %v", len(lines), lines[len(lines)-1], err)
	}
	return line
}

func TestLog(t *testing.T) {
	t.Parallel()
	p := start(t)
	check := func(a *answer, want map[string]any) {
		t.Helper()
		line := p.line(t)
		if line["requestId"] != a.header.Get("X-Request-Id") || line["requestId"] == "" || line["status"] != float64(a.status) {
			t.Errorf("request %s, status %d: %v", a.header.Get("X-Request-Id"), a.status, line)
		}
		if took, ok := line["duration"].(float64); !ok || took <= 0 {
			t.Errorf("duration %v", line["duration"])
		}
		for name, value := range want {
			if line[name] != value {
				t.Errorf("%s is %v, want %v", name, line[name], value)
			}
		}
	}
	const stream, row = "/streams/{key}", "/views/{view}/{id}"
	check(p.append(t, "/streams/a/b", one), map[string]any{"level": "INFO", "method": "POST", "route": stream, "key": "a/b", "revision": 1.0})
	check(p.do(t, http.MethodGet, "/streams/a/b", ""), map[string]any{"level": "INFO", "method": "GET", "route": stream, "key": "a/b", "revision": 1.0})
	check(p.do(t, http.MethodHead, "/streams/a/b", ""), map[string]any{"method": "HEAD", "key": "a/b", "revision": 1.0})
	check(p.do(t, http.MethodPost, "/streams/a", `{}`), map[string]any{"level": "INFO", "key": "a", "problem": "invalid", "error": nil, "revision": nil})
	check(p.do(t, http.MethodGet, "/views/counters/x?revision=1", ""), map[string]any{"route": row, "view": "counters", "key": "x"})
	check(p.do(t, http.MethodGet, "/health", ""), map[string]any{"route": "/health", "key": nil})
	check(p.do(t, http.MethodGet, "/nowhere", ""), map[string]any{"route": "", "key": nil, "problem": "not-found"})
	check(p.do(t, http.MethodGet, "/streams/"+strings.Repeat("k", 2000), ""), map[string]any{"key": nil})
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	p := start(t)
	for id, kept := range map[string]bool{
		"r-1": true, "6e8b1c0e-0000-4000-8000-000000000000": true, "Root=1-67891233-abcdef012345678912345678": true, "ATfSmjLgPHcESJw=": true, strings.Repeat("i", 128): true,
		"": false, strings.Repeat("i", 129): false, "two words": false, "ü": false, `"quoted"`: false, "a\tb": false,
	} {
		a := p.do(t, http.MethodGet, "/health", "", "X-Request-Id: "+id)
		if got := a.header.Get("X-Request-Id"); (got == id) != kept || got == "" {
			t.Errorf("%q became %q", id, got)
		}
	}
	first, second := p.do(t, http.MethodGet, "/health", ""), p.do(t, http.MethodGet, "/health", "")
	if first.header.Get("X-Request-Id") == second.header.Get("X-Request-Id") {
		t.Error("two requests have the same id")
	}
}

// Whatever comes of a request, nothing of an event but its key gets into the log.
func TestLogHasNoData(t *testing.T) {
	t.Parallel()
	const body = `{"events":[{"type":"secret","correlationId":"basket-7","metadata":{"secret":"secret"},"data":{"secret":"secret"}}]}`
	for name, fault := range map[string]storetest.Fault{
		"stored": {}, "throttled": {Fail: store.ErrThrottled}, "unavailable": {Fail: store.ErrUnavailable}, "lost": {Lose: true}, "failed": {Fail: http.ErrAbortHandler},
	} {
		p := faulty(t, fault, storetest.Put)
		p.doWithin(shortly(t), t, http.MethodPost, "/streams/a", body)
		p.doWithin(shortly(t), t, http.MethodPost, "/streams/a", body, `If-Match: "7"`)
		p.do(t, http.MethodPost, "/streams/a", `{"events":[{"type":"secret\u0000"}]}`)
		p.do(t, http.MethodPost, "/streams/a", `{"events":[{"secret":"secret"}]}`)
		p.do(t, http.MethodPost, "/streams/a", `{"events":[{"type":"secret","data":secret}]}`)
		p.do(t, http.MethodGet, "/streams/a", "")
		if strings.Contains(p.log.String(), "secret") || strings.Count(p.log.String(), "\n") != 6 {
			t.Errorf("%s: %s", name, p.log)
		}
	}
}
