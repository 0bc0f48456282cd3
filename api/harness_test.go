package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/api"
	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/projector"
	projectorsqlite "github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

// platform is the handler on a store and views in memory.
type platform struct {
	handler   http.Handler
	store     *store.Store
	projector *projector.Projector
	log       *bytes.Buffer
}

// setup are the parts that a test puts something else between.
type setup struct {
	events func(store.Backend) store.Backend
	rows   func(projector.Backend) projector.Backend
	views  []projector.Definition
}

func start(t *testing.T) *platform { return startWith(t, setup{}) }

func startWith(t *testing.T, s setup) *platform {
	t.Helper()
	database, err := sqlite.Open(sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close() })
	kept, err := projectorsqlite.New(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	var events store.Backend = database
	if s.events != nil {
		events = s.events(events)
	}
	var rows projector.Backend = kept
	if s.rows != nil {
		rows = s.rows(rows)
	}
	if s.views == nil {
		s.views = defaultapp.Views()
	}
	p := &platform{store: store.New(events), log: &bytes.Buffer{}}
	if p.projector, err = projector.New(p.store, rows, &projector.Options{Log: slog.New(slog.DiscardHandler)}, s.views...); err != nil {
		t.Fatal(err)
	}
	p.handler = api.New(p.store, p.projector, &api.Options{Log: slog.New(slog.NewJSONHandler(p.log, nil))})
	return p
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request and holds the exchange to the contract. Headers are "Name: value".
func (p *platform) do(t *testing.T, method, target, body string, headers ...string) *answer {
	t.Helper()
	return p.doWithin(t.Context(), t, method, target, body, headers...)
}

func (p *platform) doWithin(ctx context.Context, t *testing.T, method, target, body string, headers ...string) *answer {
	t.Helper()
	r := httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		if name == "Content-Type" {
			r.Header.Del(name)
		}
		r.Header.Add(name, strings.TrimSpace(value))
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	response := w.Result()
	a := &answer{status: response.StatusCode, header: response.Header, body: w.Body.Bytes()}
	openapi().check(t, method, target, r.Header, []byte(body), a.status, a.header, a.body)
	return a
}

// append appends, and expects that to be stored.
func (p *platform) append(t *testing.T, target, body string, headers ...string) *answer {
	t.Helper()
	a := p.do(t, http.MethodPost, target, body, headers...)
	a.want(t, http.StatusCreated)
	return a
}

// catchUp brings a view of a key up to date.
func (p *platform) catchUp(t *testing.T, view, key string) {
	t.Helper()
	if _, err := p.projector.CatchUp(t.Context(), view, key); err != nil {
		t.Fatal(err)
	}
}

func (a *answer) want(t *testing.T, status int) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
}

// wantProblem expects a problem of that status and type.
func (a *answer) wantProblem(t *testing.T, status int, kind string) problem {
	t.Helper()
	p := decode[problem](t, a)
	if a.status != status || p.Status != status || p.Type != kind || a.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("status %d, want %d %s: %s", a.status, status, kind, a.body)
	}
	return p
}

type problem struct {
	Type, Title, Detail, Field, Key, Class, RequestID string
	Status, Size, Limit                               int
	Expected, Actual, Revision, Current               *store.Revision
}

func decode[T any](t *testing.T, a *answer) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(a.body, &v); err != nil {
		t.Fatalf("status %d, body %q: %v", a.status, a.body, err)
	}
	return v
}
