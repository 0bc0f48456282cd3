package api_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/api"
)

// Who has an answer already is told so, as long as it would be the same.
func TestConditionalReads(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.append(t, "/streams/a", `{"events":[{"type":"incremented"}]}`)
	p.catchUp(t, "counters", "a")
	p.catchUp(t, "streams", "a")
	tags := map[string]string{}
	for _, target := range []string{"/events", "/events?limit=1", "/views/counters", "/views/counters/a", "/views/counters/a?revision=1", "/openapi.yaml"} {
		a := p.do(t, http.MethodGet, target, "")
		a.want(t, http.StatusOK)
		tag := a.header.Get("ETag")
		tags[target] = tag
		for _, header := range []string{tag, "*", "W/" + tag, `"other", ` + tag} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				again := p.do(t, method, target, "", "If-None-Match: "+header)
				again.want(t, http.StatusNotModified)
				if again.header.Get("ETag") != tag || len(again.body) > 0 || again.header.Get("Content-Type") != "" {
					t.Errorf("%s %s, If-None-Match %s: %v, %d bytes", method, target, header, again.header, len(again.body))
				}
			}
		}
		p.do(t, http.MethodGet, target, "", `If-None-Match: "other"`).want(t, http.StatusOK)
		head := p.do(t, http.MethodHead, target, "")
		if head.want(t, http.StatusOK); head.header.Get("ETag") != tag {
			t.Errorf("HEAD %s: ETag %s, GET has %s", target, head.header.Get("ETag"), tag)
		}
	}
	lines := p.do(t, http.MethodGet, "/events", "", "Accept: application/x-ndjson")
	if tag := lines.header.Get("ETag"); tag == tags["/events"] {
		t.Error("lines have the tag of the document")
	}
	p.append(t, "/streams/a", `{"events":[{"type":"incremented"}]}`)
	p.catchUp(t, "counters", "a")
	for _, target := range []string{"/events", "/views/counters", "/views/counters/a"} {
		p.do(t, http.MethodGet, target, "", "If-None-Match: "+tags[target]).want(t, http.StatusOK)
	}
	late := p.do(t, http.MethodGet, "/views/counters/a?revision=3", "", "If-None-Match: *")
	if late.want(t, http.StatusAccepted); late.header.Get("ETag") != "" {
		t.Error("what is behind has a tag")
	}
	p.do(t, http.MethodGet, "/views/counters/b", "", "If-None-Match: *").want(t, http.StatusNotFound)
}

// Who takes nothing of what there is gets nothing, and nothing is done.
func TestNotAcceptable(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.append(t, "/streams/a", `{"events":[{"type":"incremented"}]}`)
	p.catchUp(t, "counters", "a")
	const pages = "application/json or application/x-ndjson"
	for target, types := range map[string]string{
		"POST /streams/a": "application/json", "GET /streams/a": pages, "HEAD /streams/a": pages, "GET /events": pages, "HEAD /events": pages,
		"GET /views/counters": "application/json", "HEAD /views/counters": "application/json", "GET /views/counters/a": "application/json",
		"HEAD /views/counters/a": "application/json", "GET /openapi.yaml": "application/yaml", "HEAD /openapi.yaml": "application/yaml",
	} {
		method, path, _ := strings.Cut(target, " ")
		usual, _, _ := strings.Cut(types, " ")
		for accept, ok := range map[string]bool{
			"text/html": false, "application/problem+json": false, "*/*;q=0": false, usual + ";q=0, text/plain": false, "*/*, " + usual + ";q=0, application/x-ndjson;q=0": false,
			"*/*": true, "application/*": true, "text/html, */*;q=0.1": true, usual: true, strings.ToUpper(usual): true, usual + ";q=0.1": true, ";": true,
			"*/*;q=0, " + usual: true,
		} {
			a := p.do(t, method, path, one, "Accept: "+accept)
			if ok != (a.status < http.StatusBadRequest) {
				t.Errorf("%s, Accept %s: %d", target, accept, a.status)
			}
			if !ok && method != http.MethodHead {
				if got := a.wantProblem(t, http.StatusNotAcceptable, "not-acceptable"); !strings.Contains(got.Detail, types) {
					t.Errorf("%s, Accept %s: %s", target, accept, got.Detail)
				}
			}
		}
	}
	p.do(t, http.MethodGet, "/health", "", "Accept: text/plain").want(t, http.StatusOK)
	p.do(t, http.MethodPost, "/streams/none", one, "Accept: text/html").want(t, http.StatusNotAcceptable)
	if head := p.do(t, http.MethodHead, "/streams/none", ""); head.header.Get("ETag") != `"0"` {
		t.Errorf("what was refused was stored: %s", head.header.Get("ETag"))
	}
}

// OPTIONS tells the methods of a path, and takes no notice of what databases do.
func TestOptions(t *testing.T) {
	t.Parallel()
	p := start(t)
	for target, allowed := range map[string]string{
		"/streams/a": "GET, HEAD, OPTIONS, POST", "/views/none/a": "GET, HEAD, OPTIONS", "/views/none": "GET, HEAD, OPTIONS",
		"/events": "GET, HEAD, OPTIONS", "/health": "GET, HEAD, OPTIONS", "/openapi.yaml": "GET, HEAD, OPTIONS",
	} {
		w := p.plain(http.MethodOptions, target, "Origin", "https://shop.example.com", "Access-Control-Request-Method", "POST")
		if w.Code != http.StatusNoContent || w.Body.Len() > 0 || w.Header().Get("Allow") != allowed || len(crossOrigin(w.Header())) > 0 {
			t.Errorf("%s: %d %v %s", target, w.Code, w.Header(), w.Body)
		}
	}
	if w := p.plain(http.MethodOptions, "/nowhere"); w.Code != http.StatusNotFound {
		t.Errorf("/nowhere: %d", w.Code)
	}
}

// plain sends a request that openapi.yaml doesn't speak of. Headers are names and values in turn.
func (p *platform) plain(method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, http.NoBody)
	for pair := range slices.Chunk(header, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w
}

// crossOrigin are the headers by which scripts of other pages are let in.
func crossOrigin(h http.Header) (names []string) {
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			names = append(names, name)
		}
	}
	return names
}

// Scripts are let in from the origins that are allowed, and from no others: whatever is asked, and also when it fails.
func TestAllowedOrigins(t *testing.T) {
	t.Parallel()
	const shop, other = "https://shop.example.com", "http://localhost:3000"
	p := start(t)
	for _, tc := range []struct {
		allowed        []string
		origin, answer string
	}{
		{nil, shop, ""}, {[]string{shop}, shop, shop}, {[]string{other, shop}, shop, shop}, {[]string{shop}, other, ""}, {[]string{shop}, "", ""},
		{[]string{shop}, shop + ":8443", ""}, {[]string{shop}, "http://shop.example.com", ""}, {[]string{shop}, "null", ""}, {[]string{"*"}, other, "*"},
	} {
		q := *p
		q.handler = api.New(p.store, p.projector, &api.Options{AllowedOrigins: tc.allowed})
		for _, target := range []string{"GET /health", "GET /views/none", "GET /nowhere", "PUT /streams/a", "OPTIONS /streams/a"} {
			method, path, _ := strings.Cut(target, " ")
			w := q.plain(method, path, "Origin", tc.origin, "Access-Control-Request-Method", "POST")
			h := w.Header()
			if got := h.Get("Access-Control-Allow-Origin"); got != tc.answer {
				t.Errorf("%v, %s from %q: allows %q, want %q", tc.allowed, target, tc.origin, got, tc.answer)
			}
			if tc.answer == "" && len(crossOrigin(h)) > 0 {
				t.Errorf("%v, %s from %q: %v", tc.allowed, target, tc.origin, h)
			}
			if named := len(tc.allowed) > 0 && tc.allowed[0] != "*"; named != slices.Contains(h.Values("Vary"), "Origin") {
				t.Errorf("%v, %s: Vary is %v", tc.allowed, target, h.Values("Vary"))
			}
			if tc.answer == "" {
				continue
			}
			if !strings.Contains(h.Get("Access-Control-Expose-Headers"), "ETag") || h.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s: %v", target, h)
			}
			asked := method == http.MethodOptions
			if asked != (h.Get("Access-Control-Allow-Methods") == "GET, HEAD, OPTIONS, POST") || asked != strings.Contains(h.Get("Access-Control-Allow-Headers"), "Idempotency-Key") {
				t.Errorf("%s: %v", target, h)
			}
		}
	}
}

// What varies with Accept does so with Origin, too.
func TestVary(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.handler = api.New(p.store, p.projector, &api.Options{AllowedOrigins: []string{"https://shop.example.com"}})
	if got := p.plain(http.MethodGet, "/streams/a").Header().Values("Vary"); !slices.Equal(got, []string{"Accept", "Origin"}) {
		t.Errorf("Vary: %v", got)
	}
}

func TestValidateOrigin(t *testing.T) {
	t.Parallel()
	for origin, ok := range map[string]bool{
		"*": true, "https://shop.example.com": true, "http://localhost:3000": true, "http://[::1]:3000": true,
		"": false, "null": false, "shop.example.com": false, "https://": false, "https://Shop.example.com": false, "https://shop.example.com/": false,
		"https://shop.example.com/x": false, "https://*.example.com": false, "ftp://shop.example.com": false, "https://me@shop.example.com": false, "https://a?b": false,
		"https://a b": false,
	} {
		if err := api.ValidateOrigin(origin); (err == nil) != ok {
			t.Errorf("%q: %v", origin, err)
		}
	}
}

// A problem tells by what the log knows the request.
func TestProblemsTellTheRequest(t *testing.T) {
	t.Parallel()
	p := start(t)
	for _, id := range []string{"", "request-17", strings.Repeat("x", 129), "a b"} {
		p.log.Reset()
		a := p.do(t, http.MethodGet, "/views/none", "", "X-Request-Id: "+id)
		got := a.wantProblem(t, http.StatusNotFound, "unknown-view")
		if got.RequestID == "" || got.RequestID != a.header.Get("X-Request-Id") || !strings.Contains(p.log.String(), `"requestId":"`+got.RequestID+`"`) ||
			(id == "request-17") != (got.RequestID == id) {
			t.Errorf("%q: %q, %s, %s", id, got.RequestID, a.header.Get("X-Request-Id"), p.log)
		}
	}
}

// What has no name is told of by where it is.
func TestNameless(t *testing.T) {
	t.Parallel()
	p := start(t)
	for target, body := range map[string]string{"/streams/a?=1": one, "/streams/a?&=": one, "/streams/a": `{"":[]}`} {
		want := "query"
		if body != one {
			want = "body"
		}
		a := p.do(t, http.MethodPost, target, body)
		if got := a.wantProblem(t, http.StatusBadRequest, "invalid"); got.Field != want {
			t.Errorf("%s %s: %s", target, body, a.body)
		}
	}
}
