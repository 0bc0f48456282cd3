package permissions_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/internal/testenv/mapping"
)

// poison is which types a function of the application can't fold: the redrive function gets past the first of them.
var poison = map[string]string{"project": "POISON=first second", "redrive": "POISON=second", "query": "POISON="}

// appendAll goes all ways of the append function: every expectation, met and not, with and without an idempotency key, by an
// instance that knows the key's head and by one that doesn't.
func (w *world) appendAll(t *testing.T) {
	t.Helper()
	up := []string{"incremented"}
	for _, key := range []string{"c1", "c2"} {
		w.post(t, http.StatusCreated, key, []string{"incremented", "incremented"}, "If-None-Match: *")
		w.post(t, http.StatusPreconditionFailed, key, up, "If-None-Match: *")
		w.post(t, http.StatusCreated, key, up, `If-Match: "2"`)
		w.post(t, http.StatusPreconditionFailed, key, up, `If-Match: "1"`)
		w.post(t, http.StatusCreated, key, up)
		w.append.Recycle()
		w.post(t, http.StatusCreated, key, up)
		w.append.Recycle()
		w.post(t, http.StatusCreated, key, up, `If-Match: "5"`)
		for _, expectation := range []string{"", `If-Match: "7"`} {
			headers := []string{"Idempotency-Key: " + key + expectation}
			if expectation != "" {
				headers = append(headers, expectation)
			}
			w.post(t, http.StatusCreated, key, up, headers...)
			w.post(t, http.StatusOK, key, up, headers...)
			w.append.Recycle()
			w.post(t, http.StatusOK, key, up, headers...)
			w.post(t, http.StatusUnprocessableEntity, key, []string{"decremented"}, headers...)
		}
	}
	w.post(t, http.StatusRequestEntityTooLarge, "large", []string{`large "` + strings.Repeat("x", 450<<10) + `"`})
	w.post(t, http.StatusBadRequest, "none", nil)
	w.ask(t, w.append, http.StatusBadRequest, http.MethodPost, "/streams/", `{"events":[{"type":"a"}]}`)
}

// queryAll goes all ways of the query function, but for the lists of views.
func (w *world) queryAll(t *testing.T) {
	t.Helper()
	w.get(t, http.StatusOK, "/health")
	w.get(t, http.StatusOK, "/openapi.yaml")
	for _, parameters := range []string{
		"", "?start=2", "?end=1&direction=backward", "?limit=1", "?start=1&startExclusive=true&type=incremented", "?direction=backward&type=none",
	} {
		w.get(t, http.StatusOK, "/streams/c1"+parameters)
		w.get(t, http.StatusOK, "/streams/c1"+parameters, "Accept: application/x-ndjson")
	}
	w.ask(t, w.query, http.StatusOK, http.MethodHead, "/streams/c1", "")
	w.get(t, http.StatusOK, "/streams/nobody")
	for _, parameters := range []string{"", "?direction=backward", "?settled=true", "?keyPrefix=c&type=incremented", "?limit=1"} {
		w.get(t, http.StatusOK, "/events"+parameters)
		w.get(t, http.StatusOK, "/events"+parameters, "Accept: application/x-ndjson")
	}
	w.get(t, http.StatusOK, "/events?next="+next(t, w.get(t, http.StatusOK, "/events?limit=1")))
	w.get(t, http.StatusNotFound, "/views/nonesuch/c1")
	for _, view := range []string{"counters", "streams"} {
		w.get(t, http.StatusOK, "/views/"+view+"/c1")
		w.get(t, http.StatusNotFound, "/views/"+view+"/nobody")
		w.get(t, http.StatusOK, "/views/"+view+"/c1?revision=3")
		w.get(t, http.StatusOK, "/views/"+view+"/c1?revision=3&wait=1s")
		w.get(t, http.StatusAccepted, "/views/"+view+"/c1?revision=99&wait=100ms")
		w.get(t, http.StatusOK, "/views/"+view+"/c1?after=c1@3")
		w.get(t, http.StatusAccepted, "/views/"+view+"/c1?after=c1@99&wait=100ms")
		w.get(t, http.StatusOK, "/views/"+view+"/c1?lazy=true")
		w.ask(t, w.query, http.StatusOK, http.MethodHead, "/views/"+view+"/c1", "")
		w.listAll(t, view)
	}
}

// listAll lists a view in all ways.
func (w *world) listAll(t *testing.T, view string) {
	t.Helper()
	w.get(t, http.StatusOK, "/views/"+view)
	body := w.get(t, http.StatusOK, "/views/"+view+"?limit=1")
	w.get(t, http.StatusOK, "/views/"+view+"?next="+next(t, body))
	if view == "counters" { // it has ranks
		w.get(t, http.StatusOK, "/views/"+view+"?order=desc&limit=1")
	}
}

func next(t *testing.T, body string) string {
	t.Helper()
	var page struct{ Next string }
	if err := json.Unmarshal([]byte(body), &page); err != nil || page.Next == "" {
		t.Fatalf("%s: no next page (%v)", body, err)
	}
	return page.Next
}

// sample has a function handle a sample event, in which nothing may fail.
func (w *world) sample(t *testing.T, f *lambda.Function, name string) {
	t.Helper()
	event, err := os.ReadFile(filepath.Join("..", "..", "events", name))
	if err != nil {
		t.Fatal(err)
	}
	if r := f.Invoke(t.Context(), event); r.Outcome != lambda.Answered || strings.Contains(string(r.Payload), "itemIdentifier") {
		t.Errorf("%s: %s: %s", f.ARN(), name, r.Payload)
	}
}

// deployed goes all ways of the functions as they are deployed.
func (w *world) deployed(t *testing.T) {
	t.Helper()
	w.appendAll(t)
	w.drain(t, "ProjectFunction", w.project)
	w.post(t, http.StatusCreated, "c1", []string{"incremented"}) // news that only a lazy query and doorbells know of
	w.get(t, http.StatusOK, "/views/counters/c1?lazy=true&revision=9")
	w.queryAll(t)
	for _, name := range []string{"project-doorbell.json", "project-messages.json", "project-bus.json", "project-changes.json"} {
		w.sample(t, w.project, name)
	}
	w.post(t, http.StatusCreated, "broken", []string{"incremented", `incremented {"by":0}`})
	w.post(t, http.StatusCreated, "broken", []string{"incremented"})
	w.drain(t, "ProjectFunction", w.project) // from the beginning again: all but the last two is known
	w.get(t, http.StatusServiceUnavailable, "/views/counters/broken?revision=2")
	w.get(t, http.StatusServiceUnavailable, "/views/counters/broken?revision=2&lazy=true")
	w.sample(t, w.redrive, "redrive.json")
	w.redriven(t, func(f mapping.QueueFigures) bool { return f.Left > 0 })
	w.drain(t, "PublishFunction", w.publish)
	w.sample(t, w.publish, "publish-changes.json")
}

// application goes the ways that views of other kinds open: rows of many keys, which come and go, versions side by side, and
// keys that are parked anew.
func (w *world) application(t *testing.T) {
	t.Helper()
	for i := range 3 {
		w.post(t, http.StatusCreated, fmt.Sprint("tag/", i), []string{"opened", fmt.Sprint("kind", i), "closed"})
		w.post(t, http.StatusCreated, fmt.Sprint("c", i), []string{"incremented"})
	}
	w.post(t, http.StatusCreated, "seat/1", []string{"ok", "first", "ok", "second"})
	w.drain(t, "ProjectFunction", w.project)
	second := defaultapp.Counters()
	second.Version = 2
	operator := w.operator(t, append(defaultapp.Views(), second)...)
	if _, err := operator.Register(t.Context(), "counters", 2); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		w.post(t, http.StatusCreated, fmt.Sprint("tag/", i), []string{"closed", "opened"})
		w.post(t, http.StatusCreated, fmt.Sprint("c", i), []string{"incremented"})
	}
	w.post(t, http.StatusCreated, "tag/0", []string{"first", "closed"}) // which takes away what is there then
	w.drain(t, "ProjectFunction", w.project)
	for _, kind := range []string{"closed", "opened"} {
		w.post(t, http.StatusCreated, "tag/1", []string{kind})
		w.project.Invoke(t.Context(), []byte(`{"key":"tag/1"}`))
	}
	w.get(t, http.StatusOK, "/views/tags/opened?after=tag/1@7&after=tag/2@1")
	w.get(t, http.StatusNotFound, "/views/tags/closed?after=tag/1@3")
	w.listAll(t, "tags")
	w.get(t, http.StatusServiceUnavailable, "/views/seats/seat%2F1?revision=4")
	w.redriven(t, func(f mapping.QueueFigures) bool { return f.Deleted > 1 && f.Left > 0 })
	if _, err := operator.Rebuild(t.Context(), "counters", 2, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := operator.Switch(t.Context(), "counters", 2); err != nil {
		t.Fatal(err)
	}
	w.query.Recycle()
	w.listAll(t, "counters")
}
