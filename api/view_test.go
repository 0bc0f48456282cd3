package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/api"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

type rowAnswer struct {
	View, ID string
	Revision store.Revision
	Row      json.RawMessage
}

type behind struct {
	Key                                   string
	Current, Requested, RetryAfterSeconds int
}

// row queries a row, and expects it to be there.
func (p *platform) row(t *testing.T, target string) rowAnswer {
	t.Helper()
	a := p.do(t, http.MethodGet, target, "")
	a.want(t, http.StatusOK)
	return decode[rowAnswer](t, a)
}

// late expects the answer that the view is behind.
func (p *platform) late(t *testing.T, target string, current, requested int) {
	t.Helper()
	a := p.do(t, http.MethodGet, target, "")
	a.want(t, http.StatusAccepted)
	if got := decode[behind](t, a); got != (behind{"", current, requested, 1}) || a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %s: %s", a.header.Get("Retry-After"), a.body)
	}
}

func TestQueryRow(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.append(t, "/streams/c/1", `{"events":[{"type":"incremented"},{"type":"incremented","data":{"by":2}}]}`)
	p.late(t, "/views/counters/c/1?revision=2", 0, 2)
	p.do(t, http.MethodGet, "/views/counters/c/1", "").wantProblem(t, http.StatusNotFound, "not-found")
	p.do(t, http.MethodGet, "/views/counters/c/1?revision=0", "").wantProblem(t, http.StatusNotFound, "not-found")

	p.catchUp(t, "counters", "c/1")
	for _, target := range []string{"/views/counters/c/1", "/views/counters/c%2F1?revision=0", "/views/counters/c/1?revision=2"} {
		got := p.row(t, target)
		if got.View != "counters" || got.ID != "c/1" || got.Revision != 2 || string(got.Row) != `{"count":3,"increments":2,"decrements":0}` {
			t.Errorf("%s: %+v", target, got)
		}
	}
	p.late(t, "/views/counters/c/1?revision=3", 2, 3)
	p.late(t, "/views/counters/c/1?revision=9007199254740991", 2, 1<<53-1)
}

// A row that isn't there, though the view has seen the stream, is missing for good.
func TestQueryMissingRow(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.append(t, "/streams/a", one)
	p.catchUp(t, "counters", "a")
	for _, target := range []string{"/views/counters/a", "/views/counters/a?revision=0", "/views/counters/a?revision=1", "/views/counters/none"} {
		p.do(t, http.MethodGet, target, "").wantProblem(t, http.StatusNotFound, "not-found")
	}
	p.late(t, "/views/counters/a?revision=2", 1, 2)
	p.late(t, "/views/counters/none?revision=1", 0, 1)
}

func TestQueryRefuses(t *testing.T) {
	t.Parallel()
	p := start(t)
	for target, field := range map[string]string{
		"/views/counters/":                                      "id",
		"/views/counters/a%00":                                  "id",
		"/views/counters/%FF":                                   "id",
		"/views/counters/" + strings.Repeat("k", 1025):          "id",
		"/views/counters/a?revision=-1":                         "revision",
		"/views/counters/a?revision=x":                          "revision",
		"/views/counters/a?revision=":                           "revision",
		"/views/counters/a?revision=1.0":                        "revision",
		"/views/counters/a?revision=9007199254740992":           "revision",
		"/views/counters/a?revision=1&revision=1":               "revision",
		"/views/counters/a?wait=5s":                             "wait",
		"/views/counters/a?lazy=true&wait=5s":                   "wait",
		"/views/counters/a?revision=1&wait=":                    "wait",
		"/views/counters/a?revision=1&wait=5":                   "wait",
		"/views/counters/a?revision=1&wait=0":                   "wait",
		"/views/counters/a?revision=1&wait=0m":                  "wait",
		"/views/counters/a?revision=1&wait=-5s":                 "wait",
		"/views/counters/a?revision=1&wait=1m":                  "wait",
		"/views/counters/a?revision=1&wait=1.5s":                "wait",
		"/views/counters/a?revision=1&wait=21s":                 "wait",
		"/views/counters/a?revision=1&wait=20001ms":             "wait",
		"/views/counters/a?revision=1&wait=99999999s":           "wait",
		"/views/counters/a?revision=1&wait=1s&wait=1s":          "wait",
		"/views/counters/a?lazy=1":                              "lazy",
		"/views/counters/a?lazy":                                "lazy",
		"/views/counters/a?lazy=true&lazy=true":                 "lazy",
		"/views/counters/a?after=a":                             "after",
		"/views/counters/a?after=":                              "after",
		"/views/counters/a?after=a@":                            "after",
		"/views/counters/a?after=a@x":                           "after",
		"/views/counters/a?after=a@01":                          "after",
		"/views/counters/a?after=@1":                            "after",
		"/views/counters/a?after=a@9007199254740992":            "after",
		"/views/counters/a?after=b@1":                           "after",
		"/views/counters/a?after=a@1&after=b@1":                 "after",
		"/views/counters/a?" + strings.Repeat("after=a@1&", 21): "after",
	} {
		a := p.do(t, http.MethodGet, target, "")
		if got := a.wantProblem(t, http.StatusBadRequest, "invalid"); got.Field != field {
			t.Errorf("%s: %s", target, a.body)
		}
	}
	for _, target := range []string{"/views/none/a", "/views/none/", "/views//a", "/views/count%2Fers/a", "/views/Counters/a?revision=1"} {
		p.do(t, http.MethodGet, target, "").wantProblem(t, http.StatusNotFound, "unknown-view")
	}
}

func TestHeadOfRow(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.append(t, "/streams/a", `{"events":[{"type":"incremented"}]}`)
	p.catchUp(t, "counters", "a")
	for target, status := range map[string]int{
		"/views/counters/a": http.StatusOK, "/views/counters/a?revision=2": http.StatusAccepted,
		"/views/counters/b": http.StatusNotFound, "/views/counters/a?x": http.StatusBadRequest,
	} {
		p.do(t, http.MethodHead, target, "").want(t, status)
	}
}

// many is a view whose rows are made of many streams; of one event nothing can be made.
func many() projector.View[struct {
	N int `json:"n"`
}] {
	type row = struct {
		N int `json:"n"`
	}
	return projector.View[row]{
		Name: "many",
		IDs:  func(e store.Committed) []string { return []string{e.Type} },
		Apply: func(r *row, _ store.Committed) (*row, error) {
			if r == nil {
				r = &row{}
			}
			r.N++
			return r, nil
		},
	}
}

func TestQueryRowOfManyStreams(t *testing.T) {
	t.Parallel()
	p := startWith(t, setup{views: []projector.Definition{many()}})
	p.append(t, "/streams/a", one)
	p.append(t, "/streams/b", one)
	p.catchUp(t, "many", "a")
	p.catchUp(t, "many", "b")
	a := p.do(t, http.MethodGet, "/views/many/happened", "")
	a.want(t, http.StatusOK)
	if string(a.body) != `{"view":"many","id":"happened","row":{"n":2}}`+"\n" {
		t.Errorf("%s", a.body)
	}
	for _, target := range []string{"/views/many/happened?revision=1", "/views/many/none?revision=1"} {
		if got := p.do(t, http.MethodGet, target, "").wantProblem(t, http.StatusBadRequest, "invalid"); got.Field != "revision" {
			t.Errorf("%s: %+v", target, got)
		}
	}
	p.row(t, "/views/many/happened?revision=0")
}

func TestQueryUnwantedKey(t *testing.T) {
	t.Parallel()
	type row struct{}
	p := startWith(t, setup{views: []projector.Definition{projector.View[row]{
		Name: "orders", Keys: []string{"order/"}, Apply: func(*row, store.Committed) (*row, error) { return &row{}, nil },
	}}})
	p.do(t, http.MethodGet, "/views/orders/counter/1?revision=1", "").wantProblem(t, http.StatusNotFound, "not-found")
	p.late(t, "/views/orders/order/1?revision=1", 0, 1)
}

func TestQueryParked(t *testing.T) {
	t.Parallel()
	type row struct{}
	p := startWith(t, setup{views: []projector.Definition{projector.View[row]{
		Name: "fragile",
		Apply: func(_ *row, e store.Committed) (*row, error) {
			if e.Revision == 2 {
				return nil, errors.New("secret reason")
			}
			return &row{}, nil
		},
	}}})
	p.append(t, "/streams/a", `{"events":[{"type":"t"},{"type":"t"}]}`)
	_, _ = p.projector.CatchUp(t.Context(), "fragile", "a") // it parks
	for _, target := range []string{"/views/fragile/a", "/views/fragile/a?revision=2"} {
		a := p.do(t, http.MethodGet, target, "")
		got := a.wantProblem(t, http.StatusServiceUnavailable, "parked")
		if got.Key != "a" || *got.Revision != 2 || *got.Current != 1 || got.Class != "error" || strings.Contains(string(a.body), "secret") {
			t.Errorf("%s: %s", target, a.body)
		}
	}
	p.do(t, http.MethodHead, "/views/fragile/a", "").want(t, http.StatusServiceUnavailable)
	if got := p.row(t, "/views/fragile/a?revision=1"); got.Revision != 1 {
		t.Errorf("%+v", got)
	}
}

func TestWithoutViews(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.handler = api.New(p.store, nil, nil)
	p.append(t, "/streams/a", one)
	p.do(t, http.MethodGet, "/views/counters/a", "").wantProblem(t, http.StatusNotFound, "unknown-view")
	p.do(t, http.MethodGet, "/health", "").want(t, http.StatusOK)
}
