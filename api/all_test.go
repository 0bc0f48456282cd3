package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/api"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

// all reads one page of all events, and expects it to be there.
func (p *platform) all(t *testing.T, query string) page {
	t.Helper()
	a := p.do(t, http.MethodGet, "/events"+query, "")
	a.want(t, http.StatusOK)
	return decode[page](t, a)
}

// places are where events are, as "key@revision".
func places(events []event) []string {
	all := make([]string, len(events))
	for i, e := range events {
		all[i] = fmt.Sprintf("%s@%d", e.Key, e.Revision)
	}
	return all
}

// interleaved has three streams whose events take turns.
func interleaved(t *testing.T) *platform {
	t.Helper()
	p := start(t)
	p.fill(t, "a/1", 2, "x", "y")
	p.fill(t, "b", 1, "z")
	p.fill(t, "a/2", 3, "x", "y", "z")
	p.fill(t, "b", 2, "x", "y")
	p.fill(t, "a/1", 1, "y")
	return p
}

func TestReadAll(t *testing.T) {
	t.Parallel()
	p := start(t)
	if a := p.do(t, http.MethodGet, "/events", ""); string(a.body) != "{\"events\":[]}\n" || a.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%v: %s", a.header, a.body)
	}
	p = interleaved(t)
	whole := p.all(t, "")
	want := []string{"a/1@1", "a/1@2", "b@1", "a/2@1", "a/2@2", "a/2@3", "b@2", "b@3", "a/1@3"}
	if got := places(whole.Events); !slices.Equal(got, want) || whole.Next != "" {
		t.Fatalf("%v, next %q", got, whole.Next)
	}
	at := func(i int) string { return whole.Events[i].Position.String() }
	for query, picked := range map[string][]int{
		"?direction=forward":  {0, 1, 2, 3, 4, 5, 6, 7, 8},
		"?direction=backward": {8, 7, 6, 5, 4, 3, 2, 1, 0},
		"?start=" + at(4):     {4, 5, 6, 7, 8},
		"?end=" + at(4):       {0, 1, 2, 3, 4},
		"?start=" + at(1) + "&end=" + at(4) + "&startExclusive=true&endExclusive=true":                     {2, 3},
		"?start=" + at(1) + "&end=" + at(4) + "&startExclusive=true&endExclusive=false&direction=backward": {4, 3, 2},
		"?start=" + at(8) + "&startExclusive=true":                                                         {},
		"?start=00000000000000000000000000&startExclusive=true":                                            {0, 1, 2, 3, 4, 5, 6, 7, 8},
		"?start=7ZZZZZZZZZZZZZZZZZZZZZZZZZ":                                                                {},
		"?type=z":                                                                                          {2, 5},
		"?type=z&type=y&keyPrefix=a":                                                                       {1, 4, 5, 8},
		"?keyPrefix=b":                                                                                     {2, 6, 7},
		"?keyPrefix=a/1":                                                                                   {0, 1, 8},
		"?keyPrefix=a%2F2&direction=backward":                                                              {5, 4, 3},
		"?keyPrefix=none":                                                                                  {},
		"?settled=false":                                                                                   {0, 1, 2, 3, 4, 5, 6, 7, 8},
	} {
		got := p.all(t, query)
		wanted := []string{}
		for _, i := range picked {
			wanted = append(wanted, want[i])
		}
		if !slices.Equal(places(got.Events), wanted) || got.Next != "" {
			t.Errorf("%s: %v, want %v; next %q", query, places(got.Events), wanted, got.Next)
		}
	}
	if e := whole.Events[4]; e.Type != "y" || e.CommittedAt == "" {
		t.Errorf("%+v", e)
	}
}

func TestReadAllPages(t *testing.T) {
	t.Parallel()
	p := interleaved(t)
	for _, query := range []string{"", "&direction=backward", "&keyPrefix=a", "&type=x&type=z&direction=backward", "&start=" + p.all(t, "").Events[2].Position.String()} {
		want := places(p.all(t, "?"+strings.TrimPrefix(query, "&")).Events)
		for _, limit := range []int{1, 2, 8, 9, 1000} {
			var got []string
			pages := 1
			page := p.all(t, fmt.Sprint("?limit=", limit, query))
			for ; page.Next != "" && pages < 20; pages++ {
				got = append(got, places(page.Events)...)
				page = p.all(t, "?next="+page.Next)
			}
			got = append(got, places(page.Events)...)
			if !slices.Equal(got, want) || pages > max(1, (len(want)+limit-1)/limit) {
				t.Errorf("%s, limit %d: %v in %d pages, want %v", query, limit, got, pages, want)
			}
		}
	}
	p.fill(t, "long", 150, "x")
	if got := p.all(t, "?keyPrefix=long"); len(got.Events) != 100 || got.Next == "" {
		t.Errorf("%d events by default, next %q", len(got.Events), got.Next)
	}
}

func TestReadAllLines(t *testing.T) {
	t.Parallel()
	p := interleaved(t)
	target, lines := "/events?limit=5", 0
	for range 2 {
		a := p.do(t, http.MethodGet, target, "", "Accept: application/x-ndjson")
		a.want(t, http.StatusOK)
		lines += strings.Count(string(a.body), "\n")
		query, _, _ := strings.Cut(strings.TrimPrefix(a.header.Get("Link"), "<"), ">")
		if a.header.Get("Content-Type") != "application/x-ndjson" || (query == "") != (lines == 9) {
			t.Errorf("%v: %s", a.header, a.body)
		}
		target = "/events" + query
	}
	if lines != 9 {
		t.Errorf("%d lines", lines)
	}
}

// Settled reading ends where appends under way could still come in.
func TestReadAllSettled(t *testing.T) {
	t.Parallel()
	database, err := sqlite.Open(sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close() })
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p := &platform{store: store.New(database, store.WithClock(func() time.Time { return now }))}
	p.handler = api.New(p.store, nil, nil)
	p.fill(t, "a", 2, "x")
	now = now.Add(time.Minute)
	p.fill(t, "a", 1, "x")
	first := p.all(t, "?settled=true&limit=1")
	rest := p.all(t, "?next="+first.Next)
	if got := places(slices.Concat(first.Events, rest.Events)); !slices.Equal(got, []string{"a@1", "a@2"}) || rest.Next != "" {
		t.Errorf("%v, next %q", got, rest.Next)
	}
	now = now.Add(time.Minute)
	last := rest.Events[0].Position.String()
	if got := places(p.all(t, "?settled=true&startExclusive=true&start="+last).Events); !slices.Equal(got, []string{"a@3"}) {
		t.Errorf("a minute later %v", got)
	}
}

func TestReadAllRefuses(t *testing.T) {
	t.Parallel()
	p := interleaved(t)
	next := p.all(t, "?limit=1").Next
	stream := p.read(t, "/streams/b?limit=1", 3).Next
	position := "01K0V2G9T4Y6Q3MZ7C1B5D8E00"
	for query, field := range map[string]string{
		"after=1": "after", "key=a": "key", "start=1": "start", "start=": "start", "start=" + position + "0": "start", "start=8" + position[1:]: "start",
		"start=" + position[:25] + "U": "start", "end=x": "end", "end=" + strings.Repeat("0", 26): "end", "startExclusive=true": "startExclusive",
		"endExclusive=true": "endExclusive", "start=" + position + "&startExclusive=1": "startExclusive", "start=7" + position[1:] + "&end=" + position: "start",
		"limit=0": "limit", "limit=1001": "limit", "direction=up": "direction", "type=": "type", strings.Repeat("type=t&", 21): "type",
		"keyPrefix=": "keyPrefix", "keyPrefix=%00": "keyPrefix", "keyPrefix=%FF": "keyPrefix", "keyPrefix=" + strings.Repeat("k", 1025): "keyPrefix",
		"keyPrefix=a&keyPrefix=b": "keyPrefix", "settled=1": "settled", "settled": "settled", "settled=true&settled=true": "settled",
		"next=" + next + "&limit=1": "limit", "next=" + next + "&settled=true": "settled", "next=": "next", "next=x": "next", "next=" + stream: "next",
	} {
		a := p.do(t, http.MethodGet, "/events?"+query, "")
		if got := a.wantProblem(t, http.StatusBadRequest, "invalid"); got.Field != field || !strings.HasPrefix(got.Detail, field) {
			t.Errorf("%s: %s", query, a.body)
		}
		p.do(t, http.MethodHead, "/events?"+query, "").want(t, http.StatusBadRequest)
	}
	if got := p.do(t, http.MethodGet, "/streams/b?next="+next, "").wantProblem(t, http.StatusBadRequest, "invalid"); got.Field != "next" {
		t.Errorf("a token of all events for a stream: %+v", got)
	}
}

func TestReadAllWithoutIndex(t *testing.T) {
	t.Parallel()
	p := startWith(t, setup{events: func(b store.Backend) store.Backend { return struct{ store.Backend }{b} }})
	p.fill(t, "a", 1, "x")
	a := p.do(t, http.MethodGet, "/events", "")
	if got := a.wantProblem(t, http.StatusConflict, "no-position-index"); !strings.Contains(got.Detail, "index of positions") {
		t.Errorf("%s", a.body)
	}
	p.do(t, http.MethodHead, "/events", "").want(t, http.StatusConflict)
	if strings.Contains(p.log.String(), `"level":"ERROR"`) {
		t.Errorf("%s", p.log)
	}
}
