package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/storetest"
)

// faulty is a platform on whose store each call of these methods meets a fault.
func faulty(t *testing.T, fault storetest.Fault, methods ...storetest.Method) *platform {
	t.Helper()
	return startWith(t, setup{events: func(b store.Backend) store.Backend {
		return storetest.NewFaulty(b, func(s storetest.Step) storetest.Fault {
			for _, m := range methods {
				if s.Method == m {
					return fault
				}
			}
			return storetest.Fault{}
		})
	}})
}

// shortly is a context that ends soon: the store tries for as long as it has.
func shortly(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// rows is a backend of rows that fails.
type rows struct {
	projector.Backend
	err error
}

func (r rows) Load(context.Context, ...projector.ItemID) ([]projector.Stored, error) {
	return nil, r.err
}
func (r rows) List(context.Context, projector.ListQuery) (projector.ListPage, error) {
	return projector.ListPage{}, r.err
}
func (r rows) Ping(context.Context) error { return r.err }

// index is a store's backend whose index of positions fails.
type index struct {
	store.Backend
	err error
}

func (i index) Slices(context.Context) (int, error) { return 1, nil }
func (i index) ByPosition(context.Context, store.PositionQuery) (store.CommitPage, error) {
	return store.CommitPage{}, i.err
}

// panicking is a backend with a bug.
type panicking struct{ store.Backend }

func (panicking) Ping(context.Context) error { panic("secret bug") }

// What the databases say reaches the log, and the caller only in Aeon's words.
var errSecret = errors.New("secret host 10.0.0.1")

func TestFailures(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err    error
		status int
		kind   string
		retry  string
	}{
		{fmt.Errorf("%w: %w", store.ErrThrottled, errSecret), http.StatusTooManyRequests, "throttled", "1"},
		{fmt.Errorf("%w: %w", store.ErrUnavailable, errSecret), http.StatusServiceUnavailable, "unavailable", ""},
		{fmt.Errorf("%w: %w", context.DeadlineExceeded, errSecret), http.StatusServiceUnavailable, "timeout", "1"},
		{fmt.Errorf("%w: %w", context.Canceled, errSecret), http.StatusServiceUnavailable, "timeout", "1"},
		{errSecret, http.StatusInternalServerError, "internal", ""},
		{&store.DamagedError{Item: "secret", Problem: "host 10.0.0.1"}, http.StatusInternalServerError, "internal", ""},
	} {
		events := faulty(t, storetest.Fault{Fail: tc.err}, storetest.Commits, storetest.Put)
		views := startWith(t, setup{rows: func(b projector.Backend) projector.Backend { return rows{b, tc.err} }})
		all := startWith(t, setup{events: func(b store.Backend) store.Backend { return index{b, tc.err} }})
		check := func(p *platform, method, target string) {
			t.Helper()
			p.log.Reset()
			a := p.doWithin(shortly(t), t, method, target, one)
			if a.header.Get("Retry-After") != tc.retry || strings.Contains(string(a.body), "10.0.0.1") {
				t.Errorf("%s %s: Retry-After %q: %s", method, target, a.header.Get("Retry-After"), a.body)
			}
			if method == http.MethodHead {
				a.want(t, tc.status)
			} else {
				a.wantProblem(t, tc.status, tc.kind)
			}
			if tc.status >= 500 && (!strings.Contains(p.log.String(), "10.0.0.1") || !strings.Contains(p.log.String(), `"level":"ERROR"`)) {
				t.Errorf("%s %s: the log doesn't tell why: %s", method, target, p.log)
			}
		}
		check(events, http.MethodPost, "/streams/a") // the key's head is read first
		check(events, http.MethodGet, "/streams/a")
		check(events, http.MethodHead, "/streams/a")
		check(views, http.MethodGet, "/views/counters/a")
		check(views, http.MethodHead, "/views/counters/a")
		check(views, http.MethodGet, "/views/counters/a?lazy=true&revision=1&wait=20s")
		check(events, http.MethodGet, "/views/counters/a?lazy=true")
		check(views, http.MethodGet, "/views/counters")
		check(views, http.MethodHead, "/views/counters")
		check(all, http.MethodGet, "/events")
		check(all, http.MethodHead, "/events")
	}
}

// An append that is known not to be stored may be sent again; of one whose answer is lost nobody knows.
func TestFailuresOfPut(t *testing.T) {
	t.Parallel()
	throttled := faulty(t, storetest.Fault{Fail: fmt.Errorf("%w: %w", store.ErrThrottled, errSecret)}, storetest.Put)
	a := throttled.doWithin(shortly(t), t, http.MethodPost, "/streams/a", one, "If-None-Match: *")
	a.wantProblem(t, http.StatusTooManyRequests, "throttled")

	for _, fault := range []storetest.Fault{{Lose: true}, {Fail: errSecret}, {Late: true}} {
		p := faulty(t, fault, storetest.Put)
		a := p.doWithin(shortly(t), t, http.MethodPost, "/streams/a", one, "If-None-Match: *")
		got := a.wantProblem(t, http.StatusGatewayTimeout, "unknown-outcome")
		if got.Key != "a" || got.Revision == nil || *got.Revision != 1 || !strings.Contains(got.Detail, "Idempotency-Key") || strings.Contains(string(a.body), "10.0.0.1") {
			t.Errorf("%+v: %s", fault, a.body)
		}
	}
	// Lost and throttled in turn: that it was throttled last says nothing about what was lost.
	p := startWith(t, setup{events: func(b store.Backend) store.Backend {
		return storetest.NewFaulty(b, func(s storetest.Step) storetest.Fault {
			if s.Method == storetest.Put && s.N == 1 {
				return storetest.Fault{Late: true}
			}
			return storetest.Always(storetest.Put, storetest.Fault{Fail: store.ErrThrottled})(s)
		})
	}})
	p.doWithin(shortly(t), t, http.MethodPost, "/streams/a", one, "If-None-Match: *").wantProblem(t, http.StatusGatewayTimeout, "unknown-outcome")
}

// Who repeats an append whose outcome was unknown with its idempotency key stores it once.
func TestUnknownOutcomeIsSettledByRepeating(t *testing.T) {
	t.Parallel()
	lose := true
	p := startWith(t, setup{events: func(b store.Backend) store.Backend {
		return storetest.NewFaulty(b, func(s storetest.Step) storetest.Fault {
			return storetest.Fault{Lose: lose && s.Method == storetest.Put}
		})
	}})
	p.doWithin(shortly(t), t, http.MethodPost, "/streams/a", one, "Idempotency-Key: k").wantProblem(t, http.StatusGatewayTimeout, "unknown-outcome")
	lose = false
	p.do(t, http.MethodPost, "/streams/a", one, "Idempotency-Key: k").want(t, http.StatusOK)
	if got := p.read(t, "/streams/a", 1); len(got.Events) != 1 {
		t.Errorf("%d events", len(got.Events))
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	p := start(t)
	a := p.do(t, http.MethodGet, "/health", "")
	a.want(t, http.StatusOK)
	if string(a.body) != "{\"status\":\"ok\"}\n" {
		t.Errorf("%s", a.body)
	}
	p.do(t, http.MethodHead, "/health", "").want(t, http.StatusOK)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		p.do(t, method, "/health?deep=1", "").want(t, http.StatusBadRequest)
	}
	for _, err := range []error{errSecret, store.ErrThrottled, context.DeadlineExceeded} {
		for name, p := range map[string]*platform{
			"store": faulty(t, storetest.Fault{Fail: err}, storetest.Ping),
			"views": startWith(t, setup{rows: func(b projector.Backend) projector.Backend { return rows{b, err} }}),
		} {
			a := p.do(t, http.MethodGet, "/health", "")
			a.wantProblem(t, http.StatusServiceUnavailable, "unavailable")
			if !strings.Contains(p.log.String(), "the "+name) || strings.Contains(string(a.body), "secret") {
				t.Errorf("%s: %s: %s", name, a.body, p.log)
			}
			p.do(t, http.MethodHead, "/health", "").want(t, http.StatusServiceUnavailable)
		}
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	p := startWith(t, setup{events: func(b store.Backend) store.Backend { return panicking{b} }})
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		a := p.do(t, method, "/health", "")
		a.want(t, http.StatusInternalServerError)
		if strings.Contains(string(a.body), "secret") || strings.Contains(string(a.body), "goroutine") || strings.Contains(string(a.body), ".go:") {
			t.Errorf("%s", a.body)
		}
		if method == http.MethodGet {
			a.wantProblem(t, http.StatusInternalServerError, "internal")
		}
	}
	if !strings.Contains(p.log.String(), "secret bug") || !strings.Contains(p.log.String(), "failures_test.go") {
		t.Errorf("the log doesn't tell where: %s", p.log)
	}
	p.append(t, "/streams/a", one) // it goes on
}

func TestBodyBreaksOff(t *testing.T) {
	t.Parallel()
	p := start(t)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/streams/a", iotest.ErrReader(errSecret))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	var got problem
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusBadRequest || got.Field != "body" {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}
