package conversation

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// twoWriters append to c1 at once, both on the expectation of revision 2: one of them is told where the other has brought it.
func (k *Talk) twoWriters(t *testing.T) {
	var both sync.WaitGroup
	answers := make([]Answer, 2)
	for i := range answers {
		both.Go(func() {
			var err error
			if answers[i], err = k.ask(t.Context(), post("/streams/c1", incremented, `If-Match: "2"`)); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	won, lost := answers[0], answers[1]
	if won.Status != http.StatusCreated {
		won, lost = lost, won
	}
	if wrong := stored("c1", 3, 1, 1).differs(won, Mask(won.Body)); wrong != "" {
		t.Errorf("the one: %s", wrong)
	}
	if wrong := conflict("c1", 2, 3).differs(lost, Mask(lost.Body)); wrong != "" {
		t.Errorf("the other: %s", wrong)
	}
}

// refusal is a request that can't be fulfilled, whatever there is, and which of the words of its problem to go by.
type refusal struct {
	ask    Request
	status int
	kind   string
	field  string
	detail string // a part of it
}

func refusals() map[string]refusal {
	stream := func(name string) string { return "/streams/" + url.PathEscape("refused/"+name) }
	invalid := func(ask Request, field, detail string) refusal {
		return refusal{ask: ask, status: http.StatusBadRequest, kind: "invalid", field: field, detail: detail}
	}
	large := func(n int) string { return `{"events":[{"type":"large","data":"` + strings.Repeat("x", n) + `"}]}` }
	return map[string]refusal{
		"JSON that breaks off": invalid(post(stream("json"), `{"events":[{"type":"a"}`), "body", "is not JSON"),
		"no JSON at all":       invalid(post(stream("xml"), `<events/>`), "body", "is not JSON"),
		"unknown field":        invalid(post(stream("field"), `{"events":[{"type":"a"}],"expected":1}`), "expected", "is unknown here"),
		"unknown event field":  invalid(post(stream("event"), `{"events":[{"type":"a","revision":1}]}`), "events[0].revision", "is unknown"),
		"no events":            invalid(post(stream("none"), `{"events":[]}`), "events", "at least one"),
		"no type":              invalid(post(stream("type"), `{"events":[{"type":"a"},{}]}`), "events[1].type", "empty"),
		"unknown parameter":    invalid(post(stream("parameter")+"?force=true", incremented), "force", "is not a parameter"),
		"weak expectation":     invalid(post(stream("weak"), incremented, `If-Match: W/"1"`), "If-Match", "weak"),
		"empty key":            invalid(post("/streams/", incremented), "key", "empty"),
		"empty key to read":    invalid(get("/streams/"), "key", "empty"),
		"long key":             invalid(post("/streams/"+strings.Repeat("k", 1025), incremented), "key", "1025 bytes"),
		"control in a key":     invalid(post("/streams/refused%00", incremented), "key", "control character"),
		"body of 2 MB":         {post(stream("2MB"), large(2<<20)), http.StatusRequestEntityTooLarge, "too-large", "", "1048576 bytes"},
		"commit of 500 KB":     {post(stream("500KB"), large(500<<10)), http.StatusRequestEntityTooLarge, "too-large", "", "the limit is "},
		"text":                 {post(stream("text"), incremented, "Content-Type: text/plain"), http.StatusUnsupportedMediaType, "unsupported-media-type", "", "text/plain"},
		"unknown view":         {get("/views/nonesuch/c1?revision=1"), http.StatusNotFound, "unknown-view", "", `"nonesuch"`},
	}
}

// refused expects a problem that tells what was wrong, and nothing stored.
func (k *Talk) refused(t *testing.T, r refusal) {
	t.Helper()
	a := k.mustAsk(t, r.ask)
	var p struct {
		Type, Title, Detail, Field string
		Status                     int
	}
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil || a.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("status %d, %s, which is no problem document: %s (%v)", a.Status, a.Header.Get("Content-Type"), a.Body, err)
	}
	if a.Status != r.status || p.Status != r.status || p.Type != r.kind || p.Field != r.field || p.Title == "" || !strings.Contains(p.Detail, r.detail) {
		t.Errorf("status %d, want %d %s about %q with %q: %s", a.Status, r.status, r.kind, r.field, r.detail, a.Body)
	}
	stream, _, _ := strings.Cut(r.ask.Target, "?")
	if !strings.HasPrefix(stream, "/streams/refused%2F") {
		return // no key that could be read
	}
	b := k.mustAsk(t, get(stream))
	if wrong := says(http.StatusOK, `{"events":[]}`, etag(0)).differs(b, Mask(b.Body)); wrong != "" {
		t.Errorf("something was stored: %s", wrong)
	}
}
