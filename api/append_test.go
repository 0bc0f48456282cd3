package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
)

const one = `{"events":[{"type":"happened"}]}`

type appended struct {
	Key         string
	Revision    store.Revision
	Position    store.Position
	CommittedAt time.Time
	Count       int
	Duplicate   bool
}

func TestAppend(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.append(t, "/streams/order/1", one)
	a := p.append(t, "/streams/order/1", `{"events":[
		{"type":"placed","correlationId":"r-1","metadata":{"cause":"checkout"},"data":{"total": 12.50, "exact": 123456789012345678901234567890.10}},
		{"type":"paid"}]}`, "Content-Type: application/json; charset=UTF-8; v=1")
	got := decode[appended](t, a)
	head, err := p.store.Head(t.Context(), "order/1")
	if err != nil {
		t.Fatal(err)
	}
	if got.Key != "order/1" || got.Revision != 3 || got.Count != 2 || got.Position != head.Position() || got.Duplicate {
		t.Errorf("%+v, but the head is %d at %s", got, head.Revision(), head.Position())
	}
	if since := time.Since(got.CommittedAt); since < 0 || since > time.Minute || got.CommittedAt.Location() != time.UTC {
		t.Errorf("committed at %s", got.CommittedAt)
	}
	if tag := a.header.Get("ETag"); tag != `"3"` {
		t.Errorf("ETag %s", tag)
	}
	var events []store.Committed
	for e, err := range p.store.Read(t.Context(), "order/1", store.Range{Start: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	e := events[0]
	if e.Type != "placed" || e.CorrelationID != "r-1" || len(e.Metadata) != 1 || e.Metadata["cause"] != "checkout" ||
		string(e.Data) != `{"total":12.50,"exact":123456789012345678901234567890.10}` || events[1].Type != "paid" || events[1].Data != nil {
		t.Errorf("stored %+v", events)
	}
}

func TestAppendExpectations(t *testing.T) {
	t.Parallel()
	p := start(t)
	conflict := func(a *answer, expected, actual store.Revision) {
		t.Helper()
		got := a.wantProblem(t, http.StatusPreconditionFailed, "conflict")
		if got.Key != "a" || got.Expected == nil || *got.Expected != expected || got.Actual == nil || *got.Actual != actual {
			t.Errorf("%s, want %d expected, %d actual", a.body, expected, actual)
		}
	}
	conflict(p.do(t, http.MethodPost, "/streams/a", one, `If-Match: "1"`), 1, 0)
	p.append(t, "/streams/a", one, `If-Match: "0"`)
	conflict(p.do(t, http.MethodPost, "/streams/a", one, `If-Match: "0"`), 0, 1)
	conflict(p.do(t, http.MethodPost, "/streams/a", one, `If-None-Match: *`), 0, 1)
	p.append(t, "/streams/a", one, `If-Match: "1"`)
	conflict(p.do(t, http.MethodPost, "/streams/a", one, `If-Match: "1"`), 1, 2)
	p.append(t, "/streams/a", one)
	conflict(p.do(t, http.MethodPost, "/streams/a", one, `If-Match: "9007199254740991"`), 1<<53-1, 3)
	p.append(t, "/streams/b", one, `If-None-Match: *`)
	if head, err := p.store.Head(t.Context(), "a"); err != nil || head.Revision() != 3 {
		t.Errorf("head %d, %v", head.Revision(), err)
	}
}

func TestAppendTwoWriters(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.append(t, "/streams/a", one)
	var both sync.WaitGroup
	answers := make([]*answer, 2)
	for i := range answers {
		both.Go(func() { answers[i] = p.do(t, http.MethodPost, "/streams/a", one, `If-Match: "1"`) })
	}
	both.Wait()
	won, lost := answers[0], answers[1]
	if won.status != http.StatusCreated {
		won, lost = lost, won
	}
	won.want(t, http.StatusCreated)
	got := lost.wantProblem(t, http.StatusPreconditionFailed, "conflict")
	if *got.Expected != 1 || *got.Actual != 2 {
		t.Errorf("%s", lost.body)
	}
}

func TestAppendIdempotently(t *testing.T) {
	t.Parallel()
	p := start(t)
	first := decode[appended](t, p.append(t, "/streams/a", one, "Idempotency-Key: k-1"))
	p.append(t, "/streams/a", one)
	// The same key in quotes; white space that doesn't count; an expectation that no longer holds.
	a := p.do(t, http.MethodPost, "/streams/a", ` { "events" : [ { "type" : "happened" } ] } `, `Idempotency-Key: "k-1"`, `If-None-Match: *`)
	a.want(t, http.StatusOK)
	again := decode[appended](t, a)
	if !again.Duplicate || a.header.Get("ETag") != `"1"` {
		t.Errorf("ETag %s: %s", a.header.Get("ETag"), a.body)
	}
	again.Duplicate = false
	if again != first {
		t.Errorf("%+v, but first it was %+v", again, first)
	}
	other := p.do(t, http.MethodPost, "/streams/a", `{"events":[{"type":"other"}]}`, "Idempotency-Key: k-1")
	got := other.wantProblem(t, http.StatusUnprocessableEntity, "idempotency-key-reused")
	if got.Key != "a" || got.Revision == nil || *got.Revision != 1 {
		t.Errorf("%s", other.body)
	}
	if head, err := p.store.Head(t.Context(), "a"); err != nil || head.Revision() != 2 {
		t.Errorf("head %d, %v", head.Revision(), err)
	}
	// Another key, though it has the same letters.
	p.append(t, "/streams/a", one, `Idempotency-Key: "k\"1\\"`)
	p.do(t, http.MethodPost, "/streams/a", one, `Idempotency-Key: k"1\`).want(t, http.StatusOK)
	p.append(t, "/streams/b", one, "Idempotency-Key: k-1")
}

func TestAppendRefusesHeaders(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.append(t, "/streams/a", one)
	for field, all := range map[string][][]string{
		"If-Match": {
			{"If-Match: 1"}, {`If-Match: W/"1"`}, {"If-Match: *"}, {`If-Match: "1", "2"`}, {`If-Match: "1"`, `If-Match: "2"`}, {"If-Match:"},
			{`If-Match: "01"`}, {`If-Match: "-1"`}, {`If-Match: "+1"`}, {`If-Match: "1.0"`}, {`If-Match: "x"`}, {`If-Match: ""`}, {`If-Match: "`},
			{`If-Match: "9007199254740992"`}, {`If-Match: "18446744073709551616"`},
		},
		"If-None-Match": {
			{`If-None-Match: "1"`}, {`If-None-Match: "*"`}, {"If-None-Match:"}, {"If-None-Match: *", "If-None-Match: *"}, {`If-None-Match: *, "1"`},
			{"If-None-Match: *", `If-Match: "1"`}, {"If-None-Match: *", `If-Match: "0"`},
		},
		"Idempotency-Key": {
			{"Idempotency-Key:"}, {`Idempotency-Key: ""`}, {`Idempotency-Key: "a`}, {`Idempotency-Key: "a"b"`}, {`Idempotency-Key: "a\"`},
			{`Idempotency-Key: "a\b"`}, {"Idempotency-Key: a", "Idempotency-Key: a"}, {"Idempotency-Key: " + strings.Repeat("k", 256)},
			{"Idempotency-Key: a\xff"}, {"Idempotency-Key: a\u0085b"},
		},
	} {
		for _, headers := range all {
			a := p.do(t, http.MethodPost, "/streams/a", one, headers...)
			if got := a.wantProblem(t, http.StatusBadRequest, "invalid"); got.Field != field {
				t.Errorf("%q: %s", headers, a.body)
			}
		}
	}
	if head, err := p.store.Head(t.Context(), "a"); err != nil || head.Revision() != 1 {
		t.Errorf("head %d, %v", head.Revision(), err)
	}
	p.append(t, "/streams/a", one, "Idempotency-Key: "+strings.Repeat("k", 255))
}

func TestAppendRefusesMediaTypes(t *testing.T) {
	t.Parallel()
	p := start(t)
	for _, headers := range [][]string{
		{"Content-Type: text/plain"}, {"Content-Type:"}, {"Content-Type: application/json; charset=latin1"}, {"Content-Type: application/x-ndjson"},
		{"Content-Type: application/json, application/json"}, {"Content-Type: application/jsonx"}, {"Content-Encoding: gzip"},
	} {
		p.do(t, http.MethodPost, "/streams/a", one, headers...).wantProblem(t, http.StatusUnsupportedMediaType, "unsupported-media-type")
	}
	p.append(t, "/streams/a", one, "Content-Encoding: identity", "Content-Type: Application/JSON;charset=utf-8")
}

func TestAppendTooLarge(t *testing.T) {
	t.Parallel()
	p := start(t)
	body := func(n int) string { return fmt.Sprintf(`{"events":[{"type":"t","data":%q}]}`, strings.Repeat("x", n)) }
	for _, size := range []int{2 << 20, 1 << 20} {
		a := p.do(t, http.MethodPost, "/streams/a", body(size))
		if got := a.wantProblem(t, http.StatusRequestEntityTooLarge, "too-large"); got.Limit != 1<<20 || got.Key != "" {
			t.Errorf("%s", a.body)
		}
	}
	a := p.do(t, http.MethodPost, "/streams/a", body(1<<20-len(body(0))))
	if got := a.wantProblem(t, http.StatusRequestEntityTooLarge, "too-large"); got.Limit != store.MaxCommit || got.Size <= 1<<20 || got.Key != "a" {
		t.Errorf("%s", a.body)
	}
	p.append(t, "/streams/a", body(390*1024))
}

func TestAppendRefusesKeys(t *testing.T) {
	t.Parallel()
	p := start(t)
	for target, field := range map[string]string{
		"/streams/":                              "key",
		"/streams/" + strings.Repeat("k", 1025):  "key",
		"/streams/a%00":                          "key",
		"/streams/a%0Ab":                         "key",
		"/streams/a%C2%85":                       "key",
		"/streams/a%FF":                          "key",
		"/streams/a?limit=1":                     "limit",
		"/streams/a?x=1":                         "x",
		"/streams/a?a=%zz":                       "query",
		"/streams/a?a;b":                         "query",
		"/streams/a?" + strings.Repeat("ü", 40):  strings.Repeat("ü", 32) + "…",
		"/streams/a?a" + strings.Repeat("ü", 40): "a" + strings.Repeat("ü", 31) + "…",
	} {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			if method == http.MethodGet && field == "limit" {
				continue
			}
			a := p.do(t, method, target, one)
			if got := a.wantProblem(t, http.StatusBadRequest, "invalid"); got.Field != field {
				t.Errorf("%s: %s", target, a.body)
			}
		}
	}
	p.append(t, "/streams/"+strings.Repeat("k", 1024), one)
	p.append(t, "/streams/"+strings.Repeat("%C3%BC", 512), one)
}

func TestAppendRefusesBodies(t *testing.T) {
	t.Parallel()
	p := start(t)
	long := strings.Repeat("n", 300)
	for body, field := range map[string]string{
		``: "body", ` `: "body", `{`: "body", `x`: "body", `[]`: "body", `null`: "body", `7`: "body",
		one + `x`: "body", one + one: "body", one + `,`: "body", `{"events":[{"type":"a"}],}`: "body", `{'events':[]}`: "body",
		"{\"events\":[{\"type\":\"\xff\"}]}": "body",
		`{}`:                                 "events", `{"events":[]}`: "events", `{"events":null}`: "events", `{"events":{}}`: "events", `{"events":"x"}`: "events",
		`{"events":[{"type":"a"}],"events":[{"type":"b"}]}`: "events",
		`{"Events":[{"type":"a"}]}`:                         "Events",
		`{"events":[{"type":"a"}],"more":1}`:                "more",
		`{"more":1}`:                                        "more",
		`{"events":[{"type":"a"},7]}`:                       "events[1]",
		`{"events":[null]}`:                                 "events[0]",
		`{"events":[[]]}`:                                   "events[0]",
		`{"events":[{}]}`:                                   "events[0].type",
		`{"events":[{"type":""}]}`:                          "events[0].type",
		`{"events":[{"type":null}]}`:                        "events[0].type",
		`{"events":[{"type":"a"},{"type":"a"},{"type":"a"},{"type":7}]}`:                                   "events[3].type",
		`{"events":[{"type":"a\u0000"}]}`:                                                                  "events[0].type",
		`{"events":[{"type":"` + long + `"}]}`:                                                             "events[0].type",
		`{"events":[{"type":"a","type":"b"}]}`:                                                             "events[0].type",
		`{"events":[{"Type":"a"}]}`:                                                                        "events[0].Type",
		`{"events":[{"type":"a","revision":1}]}`:                                                           "events[0].revision",
		`{"events":[{"type":"a","` + long + `":1}]}`:                                                       "events[0]." + long[:64] + "…",
		`{"events":[{"type":"a","correlationId":1}]}`:                                                      "events[0].correlationId",
		`{"events":[{"type":"a","correlationId":null}]}`:                                                   "events[0].correlationId",
		`{"events":[{"type":"a","correlationId":"` + long + `"}]}`:                                         "events[0].correlationId",
		`{"events":[{"type":"a","metadata":[]}]}`:                                                          "events[0].metadata",
		`{"events":[{"type":"a","metadata":null}]}`:                                                        "events[0].metadata",
		`{"events":[{"type":"a","metadata":{"":"x"}}]}`:                                                    "events[0].metadata",
		`{"events":[{"type":"a","metadata":{"x":1}}]}`:                                                     "events[0].metadata.x",
		`{"events":[{"type":"a","metadata":{"x":"1","x":"1"}}]}`:                                           "events[0].metadata.x",
		`{"events":[{"type":"a","data":{"x":}}]}`:                                                          "body",
		`{"events":[{"type":"a","data":01}]}`:                                                              "body",
		`{"events":[{"type":"a","data":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}]}`: "body",
	} {
		a := p.do(t, http.MethodPost, "/streams/a", body)
		if got := a.wantProblem(t, http.StatusBadRequest, "invalid"); got.Field != field {
			t.Errorf("%.80s: field %q, want %q: %s", body, got.Field, field, a.body)
		}
		if len(a.body) > 1000 {
			t.Errorf("%.80s: an answer of %d bytes", body, len(a.body))
		}
	}
	if head, err := p.store.Head(t.Context(), "a"); err != nil || head.Revision() != 0 {
		t.Errorf("head %d, %v", head.Revision(), err)
	}
}

// What is data stays what it was, whatever it is.
func TestAppendKeepsData(t *testing.T) {
	t.Parallel()
	p := start(t)
	all := []string{
		`null`, `0`, `-0.0`, `1e308`, `1.10`, `""`, `"<&>\u2028\u00fc\ud800"`, "\"\u2028ü\"", `[]`, `{"a":1,"a":2}`, `{"b":{"_":[true,false,null]}}`,
		`18446744073709551617.00000000000000000000000000001`,
	}
	for i, data := range all {
		target := fmt.Sprintf("/streams/data/%d", i)
		p.append(t, target, `{"events":[{"type":"t","data":`+data+`}]}`)
		got := decode[struct {
			Events []struct{ Data json.RawMessage }
		}](t, p.do(t, http.MethodGet, target, ""))
		if string(got.Events[0].Data) != data {
			t.Errorf("%s came back as %s", data, got.Events[0].Data)
		}
	}
}
