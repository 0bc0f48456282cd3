package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/store"
)

type event struct {
	Key           string
	Revision      store.Revision
	Position      store.Position
	CommittedAt   string
	Type          string
	CorrelationID string
	Metadata      map[string]string
	Data          json.RawMessage
}

type page struct {
	Events []event
	Next   string
}

// read reads one page, and expects the head in its ETag.
func (p *platform) read(t *testing.T, target string, head int) page {
	t.Helper()
	a := p.do(t, http.MethodGet, target, "")
	a.want(t, http.StatusOK)
	if tag := a.header.Get("ETag"); tag != fmt.Sprintf(`"%d"`, head) {
		t.Errorf("%s: ETag %s, want %d", target, tag, head)
	}
	return decode[page](t, a)
}

// fill appends n events of one commit, whose types take turns.
func (p *platform) fill(t *testing.T, key string, n int, types ...string) {
	t.Helper()
	events := make([]store.Pending, n)
	for i := range events {
		events[i] = store.Pending{Type: types[i%len(types)]}
	}
	if _, err := p.store.Append(t.Context(), key, store.Any(), events, nil); err != nil {
		t.Fatal(err)
	}
}

func revisions(events []event) []int {
	all := make([]int, len(events))
	for i, e := range events {
		all[i] = int(e.Revision)
	}
	return all
}

// count is from, from+step … to.
func count(from, to, step int) []int {
	var all []int
	for i := from; (step > 0 && i <= to) || (step < 0 && i >= to); i += step {
		all = append(all, i)
	}
	return all
}

func TestReadEvents(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.append(t, "/streams/a", `{"events":[{"type":"x","correlationId":"c","metadata":{"m":"1"},"data":{"n":0.10}},{"type":"y"}]}`)
	second := decode[appended](t, p.append(t, "/streams/a", one))
	a := p.do(t, http.MethodGet, "/streams/a", "")
	if got := a.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %s", got)
	}
	got := p.read(t, "/streams/a", 3)
	if len(got.Events) != 3 || got.Next != "" {
		t.Fatalf("%s", a.body)
	}
	e := got.Events[0]
	if e.Key != "a" || e.Revision != 1 || e.Type != "x" || e.CorrelationID != "c" || e.Metadata["m"] != "1" || string(e.Data) != `{"n":0.10}` {
		t.Errorf("%+v", e)
	}
	if e := got.Events[2]; e.Position != second.Position || e.CommittedAt != second.CommittedAt.Format("2006-01-02T15:04:05.000Z07:00") || e.Data != nil {
		t.Errorf("%+v, but it was answered %+v", e, second)
	}
}

func TestReadEmpty(t *testing.T) {
	t.Parallel()
	p := start(t)
	a := p.do(t, http.MethodGet, "/streams/none", "")
	a.want(t, http.StatusOK)
	if string(a.body) != "{\"events\":[]}\n" || a.header.Get("ETag") != `"0"` {
		t.Errorf("ETag %s: %s", a.header.Get("ETag"), a.body)
	}
	a = p.do(t, http.MethodGet, "/streams/none", "", "Accept: application/x-ndjson")
	a.want(t, http.StatusOK)
	if len(a.body) != 0 || a.header.Get("Content-Type") != "application/x-ndjson" {
		t.Errorf("%q", a.body)
	}
}

func TestReadRanges(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.fill(t, "a", 3, "x", "y")
	p.fill(t, "a", 4, "x", "y", "z")
	for query, want := range map[string][]int{
		"":                                 {1, 2, 3, 4, 5, 6, 7},
		"direction=forward":                {1, 2, 3, 4, 5, 6, 7},
		"direction=backward":               {7, 6, 5, 4, 3, 2, 1},
		"start=3":                          {3, 4, 5, 6, 7},
		"start=3&startExclusive=true":      {4, 5, 6, 7},
		"start=3&startExclusive=false":     {3, 4, 5, 6, 7},
		"start=0&startExclusive=true":      {1, 2, 3, 4, 5, 6, 7},
		"start=7&startExclusive=true":      {},
		"start=8":                          {},
		"end=2":                            {1, 2},
		"end=2&endExclusive=true":          {1},
		"end=1&endExclusive=true":          {},
		"end=99":                           {1, 2, 3, 4, 5, 6, 7},
		"start=3&end=5":                    {3, 4, 5},
		"start=3&end=5&direction=backward": {5, 4, 3},
		"start=2&startExclusive=true&end=5&endExclusive=true&direction=backward": {4, 3},
		"type=z":                            {6},
		"type=y&type=z":                     {2, 5, 6},
		"type=none":                         {},
		"type=x&start=2&direction=backward": {7, 4, 3},
		"start=9007199254740991":            {},
		"start=9007199254740991&startExclusive=true&end=9007199254740991": {},
	} {
		got := p.read(t, "/streams/a?"+query, 7)
		if !slices.Equal(revisions(got.Events), want) || got.Next != "" {
			t.Errorf("%s: %v, want %v; next %q", query, revisions(got.Events), want, got.Next)
		}
	}
}

func TestReadPages(t *testing.T) {
	t.Parallel()
	p := start(t)
	for range 5 {
		p.fill(t, "a/b", 5, "x", "y", "z", "w", "v")
	}
	for query, want := range map[string][]int{
		"limit=1":                     count(1, 25, 1),
		"limit=7":                     count(1, 25, 1),
		"limit=25":                    count(1, 25, 1),
		"limit=24&direction=backward": count(25, 1, -1),
		"limit=7&direction=backward":  count(25, 1, -1),
		"limit=2&start=3&end=9":       count(3, 9, 1),
		"limit=2&start=3&end=9&endExclusive=true":                      count(3, 8, 1),
		"limit=2&start=3&startExclusive=true&end=9&direction=backward": count(9, 4, -1),
		"limit=2&type=y&type=z":                                        {2, 3, 7, 8, 12, 13, 17, 18, 22, 23},
		"limit=2&type=y&direction=backward":                            {22, 17, 12, 7, 2},
		"limit=5&type=v":                                               {5, 10, 15, 20, 25},
	} {
		var limit int
		if _, err := fmt.Sscanf(query, "limit=%d", &limit); err != nil {
			t.Fatal(err)
		}
		var got []int
		pages := 1
		page := p.read(t, "/streams/a/b?"+query, 25)
		for ; ; pages++ {
			got = append(got, revisions(page.Events)...)
			if page.Next == "" {
				break
			}
			if len(page.Events) != limit || pages > len(want) {
				t.Errorf("%s: page %d has %d events", query, pages, len(page.Events))
				break
			}
			page = p.read(t, "/streams/a%2Fb?next="+page.Next, 25)
		}
		// There is a next page only while there is more.
		if !slices.Equal(got, want) || pages != (len(want)+limit-1)/limit {
			t.Errorf("%s: %v in %d pages, want %v", query, got, pages, want)
		}
	}
	if got := p.read(t, "/streams/a/b", 25); len(got.Events) != 25 {
		t.Errorf("%d events by default", len(got.Events))
	}
	p.fill(t, "long", 1200, "x")
	for query, want := range map[string]int{"": 100, "?limit=1000": 1000} {
		if got := p.read(t, "/streams/long"+query, 1200); len(got.Events) != want || got.Next == "" {
			t.Errorf("%q: %d events, next %q", query, len(got.Events), got.Next)
		}
	}
}

// What is appended between two pages is on a later one, and in its ETag.
func TestReadPagesWhileAppending(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.fill(t, "a", 3, "x")
	first := p.read(t, "/streams/a?limit=2", 3)
	p.fill(t, "a", 2, "x")
	second := p.read(t, "/streams/a?next="+first.Next, 5)
	third := p.read(t, "/streams/a?next="+second.Next, 5)
	if got := revisions(slices.Concat(first.Events, second.Events, third.Events)); !slices.Equal(got, count(1, 5, 1)) || third.Next != "" {
		t.Errorf("%v, next %q", got, third.Next)
	}
}

func TestReadLines(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.append(t, "/streams/a", `{"events":[{"type":"x","data":{"text":"a\nb"}},{"type":"y"},{"type":"z"}]}`)
	document := decode[struct{ Events []json.RawMessage }](t, p.do(t, http.MethodGet, "/streams/a", ""))
	target, lines := "/streams/a?limit=2", []string{}
	for range 2 {
		a := p.do(t, http.MethodGet, target, "", "Accept: application/x-ndjson")
		a.want(t, http.StatusOK)
		if a.header.Get("Content-Type") != "application/x-ndjson" || a.header.Get("ETag") != `"3"` || !strings.HasSuffix(string(a.body), "\n") {
			t.Errorf("%v: %q", a.header, a.body)
		}
		lines = append(lines, strings.Split(strings.TrimSuffix(string(a.body), "\n"), "\n")...)
		link := a.header.Get("Link")
		if (link == "") != (len(lines) == 3) {
			t.Errorf("after %d events the link is %q", len(lines), link)
		}
		query, _, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
		target = "/streams/a" + query
	}
	for i, line := range lines {
		if line != string(document.Events[i]) {
			t.Errorf("line %s, but in the document %s", line, document.Events[i])
		}
	}
	if len(lines) != 3 {
		t.Errorf("%d lines", len(lines))
	}
}

func TestReadAccepts(t *testing.T) {
	t.Parallel()
	p := start(t)
	for accept, lines := range map[string]bool{
		"": false, "*/*": false, "application/json": false, "application/*": false, "text/html, */*": false,
		"application/x-ndjson": true, "Application/X-NDJSON; q=0.1": true, "application/x-ndjson, application/json": true, "text/html, application/x-ndjson;q=0.9, */*;q=0.8": true,
		"application/x-ndjson;q=0, */*": false, "application/x-ndjson;q=0.5, application/json": false, "application/json;q=0.5, application/x-ndjson": true,
		"application/x-ndjson;q=x": true, ";": false, ",": false,
	} {
		a := p.do(t, http.MethodGet, "/streams/a", "", "Accept: "+accept)
		a.want(t, http.StatusOK)
		if got := a.header.Get("Content-Type") == "application/x-ndjson"; got != lines {
			t.Errorf("Accept %q: %s", accept, a.header.Get("Content-Type"))
		}
	}
}

func TestHeadOfStream(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.fill(t, "a", 3, "x")
	for target, tag := range map[string]string{"/streams/a": `"3"`, "/streams/none": `"0"`, "/streams/a?end=1&limit=1&direction=backward&type=q": `"3"`} {
		a := p.do(t, http.MethodHead, target, "")
		a.want(t, http.StatusOK)
		if a.header.Get("ETag") != tag {
			t.Errorf("%s: ETag %s", target, a.header.Get("ETag"))
		}
	}
	p.do(t, http.MethodHead, "/streams/a?limit=0", "").want(t, http.StatusBadRequest)
	p.do(t, http.MethodHead, "/streams/a?wait=1s", "").want(t, http.StatusBadRequest)
	p.do(t, http.MethodHead, "/streams/a%00", "").want(t, http.StatusBadRequest)
}

func TestReadConditionally(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.fill(t, "a", 3, "x")
	for match, status := range map[string]int{
		`"3"`: http.StatusNotModified, `W/"3"`: http.StatusNotModified, `"1", "3"`: http.StatusNotModified, `*`: http.StatusNotModified,
		`"2"`: http.StatusOK, `3`: http.StatusOK, `"33"`: http.StatusOK, `"0"`: http.StatusOK, ``: http.StatusOK,
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := p.do(t, method, "/streams/a", "", "If-None-Match: "+match)
			if a.status != status || a.header.Get("ETag") != `"3"` {
				t.Errorf("%s, If-None-Match %s: %d, ETag %s", method, match, a.status, a.header.Get("ETag"))
			}
			if status == http.StatusNotModified && len(a.body) > 0 {
				t.Errorf("%s: body %q", match, a.body)
			}
		}
	}
}

func TestReadRefusesParameters(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.fill(t, "a", 3, "x")
	next := p.read(t, "/streams/a?limit=1", 3).Next
	for query, field := range map[string]string{
		"after=1": "after", "Limit=1": "Limit", "next=" + next + "&limit=1": "limit", "next=" + next + "&next=" + next: "next",
		"next=" + next + "&type=x": "type", "limit=0": "limit", "limit=1001": "limit", "limit=-1": "limit", "limit=x": "limit",
		"limit=": "limit", "limit=1.0": "limit", "limit=99999999999999999999": "limit", "limit=1&limit=1": "limit",
		"start=-1": "start", "start=x": "start", "start=": "start", "start=1.5": "start", "start=%2B1": "start", "start=01": "start",
		"start=9007199254740992": "start", "start=5&end=3": "start", "end=0": "end", "end=-1": "end", "end=x": "end",
		"startExclusive=true": "startExclusive", "endExclusive=true": "endExclusive", "start=1&startExclusive=yes": "startExclusive",
		"start=1&startExclusive": "startExclusive", "end=1&endExclusive=1": "endExclusive", "direction=up": "direction", "direction=": "direction",
		"direction=forward&direction=forward": "direction", "type=": "type", "type=" + strings.Repeat("t", 256): "type",
		strings.Repeat("type=t&", 21): "type",
	} {
		a := p.do(t, http.MethodGet, "/streams/a?"+query, "")
		if got := a.wantProblem(t, http.StatusBadRequest, "invalid"); got.Field != field || !strings.HasPrefix(got.Detail, field) {
			t.Errorf("%s: %s", query, a.body)
		}
	}
	p.read(t, "/streams/a?"+strings.Repeat("type="+strings.Repeat("t", 255)+"&", 20), 3)
}

// The longest token there can be still fits the 10 KB that API Gateway has for all headers.
func TestTokenFitsAHeader(t *testing.T) {
	t.Parallel()
	p := start(t)
	types := make([]string, 20)
	for i := range types {
		types[i] = fmt.Sprintf("%0255d", i)
	}
	p.fill(t, "a", 3, types[0])
	a := p.do(t, http.MethodGet, "/streams/a?limit=1&start=1&end=3&direction=forward&type="+strings.Join(types, "&type="), "", "Accept: application/x-ndjson")
	a.want(t, http.StatusOK)
	if n := len(a.header.Get("Link")); n == 0 || n > 9<<10 {
		t.Errorf("a link of %d bytes", n)
	}
}

// large is a stream of n events of the size of data.
func (p *platform) large(t *testing.T, n int, kind, data string) {
	t.Helper()
	for range n {
		if _, err := p.store.Append(t.Context(), "a", store.Any(), []store.Pending{{Type: kind, Data: json.RawMessage(data)}}, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// A page ends at 4 MB, and where it would be more than a Lambda can answer.
func TestReadLargePages(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		data   string
		events int // of the first page
	}{
		"text":        {`"` + strings.Repeat("x", 390_000) + `"`, 10},
		"quotes":      {`"` + strings.Repeat(`\"`, 195_000) + `"`, 7},
		"line breaks": {`"` + strings.Repeat("\u2028", 130_000) + `"`, 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t)
			p.large(t, 15, "x", tc.data)
			first := p.do(t, http.MethodGet, "/streams/a", "")
			got := decode[page](t, first)
			quoted, err := json.Marshal(string(first.body))
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Events) != tc.events || len(first.body) > 4<<20 || len(quoted) > 5_900_000 {
				t.Errorf("%d events, %d bytes, quoted %d", len(got.Events), len(first.body), len(quoted))
			}
			all := revisions(got.Events)
			for got.Next != "" {
				got = p.read(t, "/streams/a?next="+got.Next, 15)
				all = append(all, revisions(got.Events)...)
			}
			if !slices.Equal(all, count(1, 15, 1)) {
				t.Errorf("%v", all)
			}
		})
	}
}

// A type that is rare doesn't have one request read the whole stream.
func TestReadRareType(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.large(t, 45, "common", `"`+strings.Repeat("x", 390_000)+`"`)
	p.fill(t, "a", 1, "rare")
	got, pages := p.read(t, "/streams/a?type=rare", 46), 1
	for ; got.Next != ""; pages++ {
		if len(got.Events) > 0 {
			t.Errorf("%v before the end", revisions(got.Events))
		}
		got = p.read(t, "/streams/a?next="+got.Next, 46)
	}
	if !slices.Equal(revisions(got.Events), []int{46}) || pages != 2 {
		t.Errorf("%v on page %d", revisions(got.Events), pages)
	}
	got = p.read(t, "/streams/a?type=rare&direction=backward", 46)
	if !slices.Equal(revisions(got.Events), []int{46}) || got.Next == "" {
		t.Errorf("backward: %v, next %q", revisions(got.Events), got.Next)
	}
}
