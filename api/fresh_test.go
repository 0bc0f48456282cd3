package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

func TestQueryAfter(t *testing.T) {
	t.Parallel()
	p := startWith(t, setup{views: []projector.Definition{many()}})
	for _, target := range []string{"/streams/a", "/streams/a", "/streams/b%402@1", "/streams/c+d%20%26e"} {
		p.append(t, target, one)
	}
	query := func(after ...string) *answer {
		return p.do(t, http.MethodGet, "/views/many/happened?after="+strings.Join(after, "&after="), "")
	}
	late := func(key string, current, requested int, after ...string) {
		t.Helper()
		a := query(after...)
		a.want(t, http.StatusAccepted)
		if got := decode[behind](t, a); got != (behind{key, current, requested, 1}) || a.header.Get("Retry-After") != "1" {
			t.Errorf("after %v: Retry-After %s: %s", after, a.header.Get("Retry-After"), a.body)
		}
	}
	query("a@0").wantProblem(t, http.StatusNotFound, "not-found")
	late("a", 0, 1, "a@1")
	p.catchUp(t, "many", "a")
	for _, after := range [][]string{{"a@1"}, {"a%401"}, {"a@2"}, {"a@2", "a@1"}, {"a@1", "b@2@0"}, {"none@0"}} {
		a := query(after...)
		a.want(t, http.StatusOK)
		if string(a.body) != `{"view":"many","id":"happened","row":{"n":2}}`+"\n" {
			t.Errorf("after %v: %s", after, a.body)
		}
	}
	late("a", 2, 3, "a@3")
	late("a", 2, 9, "a@1", "a@9", "a@3")
	late("b@2@1", 0, 1, "a@2", "b@2@1@1")
	late("c+d &e", 0, 1, "c%2Bd+%26e@1", "b%402%401%401")
	p.catchUp(t, "many", "b@2@1")
	p.catchUp(t, "many", "c+d &e")
	query("a@2", "b@2@1@1", "c%2Bd%20%26e%401").want(t, http.StatusOK)
	p.do(t, http.MethodHead, "/views/many/happened?after=a@3", "").want(t, http.StatusAccepted)
	p.do(t, http.MethodHead, "/views/many/happened?after=a@2", "").want(t, http.StatusOK)
}

func TestQueryAfterOfItsOwnKey(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.append(t, "/streams/c@1", `{"events":[{"type":"incremented"},{"type":"incremented"}]}`)
	p.catchUp(t, "counters", "c@1")
	for _, query := range []string{"after=c@1@2", "after=c@1@1&revision=2", "after=c%401%400"} {
		if got := p.row(t, "/views/counters/c@1?"+query); got.Revision != 2 {
			t.Errorf("%s: %+v", query, got)
		}
	}
	for _, query := range []string{"after=c@1@3", "after=c@1@1&after=c@1@3", "after=c@1@3&revision=1"} {
		a := p.do(t, http.MethodGet, "/views/counters/c@1?"+query, "")
		a.want(t, http.StatusAccepted)
		if got := decode[behind](t, a); got != (behind{"c@1", 2, 3, 1}) {
			t.Errorf("%s: %s", query, a.body)
		}
	}
}

// fragile is a view that can't fold "bad" events; of many streams, if it has ids.
func fragile(name string, ids func(store.Committed) []string) projector.Definition {
	type row struct {
		N int `json:"n"`
	}
	return projector.View[row]{Name: name, IDs: ids, Apply: func(r *row, e store.Committed) (*row, error) {
		if e.Type == "bad" {
			return nil, errors.New("secret reason")
		}
		if r == nil {
			r = &row{}
		}
		r.N++
		return r, nil
	}}
}

func TestQueryAfterParked(t *testing.T) {
	t.Parallel()
	p := startWith(t, setup{views: []projector.Definition{
		fragile("many", func(store.Committed) []string { return []string{"all"} }), fragile("each", nil),
	}})
	p.append(t, "/streams/a", `{"events":[{"type":"good"},{"type":"bad"}]}`)
	p.append(t, "/streams/b", `{"events":[{"type":"good"}]}`)
	for _, view := range []string{"many", "each"} {
		for _, key := range []string{"a", "b"} {
			_, _ = p.projector.CatchUp(t.Context(), view, key) // one of them parks
		}
	}
	for _, target := range []string{
		"/views/many/all?after=b@1&after=a@2", "/views/many/all?after=b@2&after=a@2&wait=20s",
		"/views/each/a?after=a@2", "/views/each/a?revision=2&wait=20s", "/views/each/a", "/views/each/a?lazy=true",
	} {
		a := p.do(t, http.MethodGet, target, "")
		got := a.wantProblem(t, http.StatusServiceUnavailable, "parked")
		if got.Key != "a" || *got.Revision != 2 || *got.Current != 1 || got.Class != "error" || strings.Contains(string(a.body), "secret") {
			t.Errorf("%s: %s", target, a.body)
		}
	}
	for _, target := range []string{
		"/views/many/all", "/views/many/all?after=a@1&after=b@1", "/views/each/a?revision=1", "/views/each/a?after=a@1",
		"/views/each/a?revision=0", "/views/each/a?after=a@0", "/views/each/b?lazy=true",
	} {
		p.row(t, target)
	}
}

func TestQueryLazily(t *testing.T) {
	t.Parallel()
	p := startWith(t, setup{views: []projector.Definition{fragile("each", nil), many()}})
	p.do(t, http.MethodGet, "/views/each/a?lazy=true", "").wantProblem(t, http.StatusNotFound, "not-found")
	p.append(t, "/streams/a", `{"events":[{"type":"good"},{"type":"good"}]}`)
	for _, query := range []string{"lazy=true", "lazy=true&revision=2", "lazy=true&revision=0", "lazy=true&after=a@2", "lazy=true&revision=2&wait=20s"} {
		if got := p.row(t, "/views/each/a?"+query); got.Revision != 2 || string(got.Row) != `{"n":2}` {
			t.Errorf("%s: %+v", query, got)
		}
	}
	p.late(t, "/views/each/a?lazy=true&revision=3", 2, 3)
	p.late(t, "/views/each/a?lazy=true&revision=3&wait=1ms", 2, 3)
	p.late(t, "/views/each/a?lazy=false&revision=1", 0, 1) // nothing was stored
	p.do(t, http.MethodHead, "/views/each/a?lazy=true&revision=2", "").want(t, http.StatusOK)

	p.append(t, "/streams/a", `{"events":[{"type":"bad"},{"type":"good"}]}`)
	for range 2 {
		a := p.do(t, http.MethodGet, "/views/each/a?lazy=true", "")
		got := a.wantProblem(t, http.StatusServiceUnavailable, "parked")
		if got.Key != "a" || *got.Revision != 3 || *got.Current != 2 || got.Class != "error" || strings.Contains(string(a.body), "secret") {
			t.Errorf("%s", a.body)
		}
	}
	p.row(t, "/views/each/a?lazy=true&revision=2")
	p.late(t, "/views/each/a?revision=3", 0, 3) // nothing is parked either

	if got := p.do(t, http.MethodGet, "/views/many/a?lazy=true", "").wantProblem(t, http.StatusBadRequest, "invalid"); got.Field != "lazy" {
		t.Errorf("%+v", got)
	}
}

func TestQueryLazilyTooMuch(t *testing.T) {
	t.Parallel()
	p := startWith(t, setup{views: []projector.Definition{fragile("each", nil)}})
	p.fill(t, "a", projector.MaxLazy+1, "good")
	p.late(t, "/views/each/a?lazy=true", projector.MaxLazy, projector.MaxLazy+1)
	p.row(t, "/views/each/a?lazy=true&revision=1000")
	p.catchUp(t, "each", "a")
	if got := p.row(t, "/views/each/a?lazy=true"); got.Revision != projector.MaxLazy+1 {
		t.Errorf("%+v", got)
	}
}

// A wait ends when the row shows what is waited for, when its time is over, and a little before its request's time is.
func TestQueryWaits(t *testing.T) {
	t.Parallel()
	p := startWith(t, setup{views: []projector.Definition{many(), fragile("each", nil)}})
	p.append(t, "/streams/a", one)
	for _, tc := range []struct{ view, target string }{
		{"many", "/views/many/happened?after=a@1&wait=20s"}, {"each", "/views/each/a?revision=1&wait=20000ms"},
	} {
		var later sync.WaitGroup
		later.Go(func() {
			time.Sleep(100 * time.Millisecond)
			if _, err := p.projector.CatchUp(t.Context(), tc.view, "a"); err != nil {
				t.Error(err)
			}
		})
		p.row(t, tc.target)
		later.Wait()
	}
	p.late(t, "/views/each/a?revision=2&wait=150ms", 1, 2)
	p.late(t, "/views/each/a?revision=2&wait=0s", 1, 2)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	p.doWithin(ctx, t, http.MethodGet, "/views/each/a?revision=2&wait=20s", "").want(t, http.StatusAccepted)
	if ctx.Err() != nil {
		t.Error("the answer came too late")
	}
}
