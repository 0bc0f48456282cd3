package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/api"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

type rowsPage struct {
	Rows []rowAnswer
	Next string
}

// list reads one page of a view, and expects it to be there.
func (p *platform) list(t *testing.T, target string) rowsPage {
	t.Helper()
	a := p.do(t, http.MethodGet, target, "")
	a.want(t, http.StatusOK)
	return decode[rowsPage](t, a)
}

// listAll reads all pages, and answers the ids.
func (p *platform) listAll(t *testing.T, view, query string, limit int) []string {
	t.Helper()
	ids := []string{}
	target := fmt.Sprintf("/views/%s?limit=%d%s", view, limit, query)
	for pages := 0; ; pages++ {
		page := p.list(t, target)
		for _, r := range page.Rows {
			ids = append(ids, r.ID)
		}
		if page.Next == "" || pages > 100 {
			return ids
		}
		if len(page.Rows) != limit {
			t.Errorf("%s: page %d has %d rows", target, pages, len(page.Rows))
		}
		target = "/views/" + view + "?next=" + page.Next
	}
}

// score is a row whose text is its data, ranked by its length.
type score struct {
	Text string `json:"text"`
}

func scored(name string, ranked bool) projector.Definition {
	v := projector.View[score]{Name: name, Apply: func(_ *score, e store.Committed) (*score, error) {
		var row score
		return &row, json.Unmarshal(e.Data, &row.Text)
	}}
	if ranked {
		v.Rank = func(row score) string { return projector.RankInt(int64(len(row.Text))) }
	}
	return v
}

// score has rows of views be of that text.
func (p *platform) score(t *testing.T, key, text string, views ...string) {
	t.Helper()
	data, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.store.Append(t.Context(), key, store.Any(), []store.Pending{{Type: "scored", Data: data}}, nil); err != nil {
		t.Fatal(err)
	}
	for _, view := range views {
		p.catchUp(t, view, key)
	}
}

func TestListRows(t *testing.T) {
	t.Parallel()
	p := startWith(t, setup{views: []projector.Definition{scored("ranked", true), scored("plain", false), many()}})
	for _, view := range []string{"ranked", "plain", "many"} {
		if a := p.do(t, http.MethodGet, "/views/"+view, ""); a.status != http.StatusOK || string(a.body) != "{\"rows\":[]}\n" {
			t.Errorf("%s: %d %s", view, a.status, a.body)
		}
	}
	var want []string
	for i := range 10 {
		key := fmt.Sprintf("k/%d", i)
		p.score(t, key, strings.Repeat("x", i/3), "ranked", "plain")
		want = append(want, key)
	}
	backward := slices.Clone(want)
	slices.Reverse(backward)
	for _, limit := range []int{1, 3, 9, 10, 11, 1000} {
		for query, ids := range map[string][]string{"": want, "&order=asc": want, "&order=desc": backward} {
			if got := p.listAll(t, "ranked", query, limit); !slices.Equal(got, ids) {
				t.Errorf("%s, limit %d: %v, want %v", query, limit, got, ids)
			}
		}
		got := p.listAll(t, "plain", "", limit)
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("plain, limit %d: %v, want %v", limit, got, want)
		}
	}
	p.score(t, "k/3", "much longer", "ranked")
	a := p.do(t, http.MethodGet, "/views/ranked?order=desc&limit=1", "")
	page := decode[rowsPage](t, a)
	if want := `{"rows":[{"id":"k/3","revision":2,"row":{"text":"much longer"}}],"next":"` + page.Next + `"}` + "\n"; string(a.body) != want {
		t.Errorf("%s", a.body)
	}
	p.catchUp(t, "many", "k/1")
	a = p.do(t, http.MethodGet, "/views/many", "")
	if string(a.body) != `{"rows":[{"id":"scored","row":{"n":1}}]}`+"\n" {
		t.Errorf("%s", a.body)
	}
	for range 110 {
		p.score(t, fmt.Sprintf("more/%d", len(want)), "y", "ranked")
		want = append(want, "")
	}
	if got := p.list(t, "/views/ranked"); len(got.Rows) != 100 || got.Next == "" {
		t.Errorf("%d rows by default, next %q", len(got.Rows), got.Next)
	}
}

func TestListRowsRefuses(t *testing.T) {
	t.Parallel()
	p := startWith(t, setup{views: []projector.Definition{scored("ranked", true), scored("other", true), scored("plain", false)}})
	for _, key := range []string{"a", "b"} {
		p.score(t, key, "x", "ranked", "plain")
	}
	next := p.list(t, "/views/ranked?limit=1").Next
	plain := p.list(t, "/views/plain?limit=1").Next
	for target, field := range map[string]string{
		"ranked?limit=0": "limit", "ranked?limit=1001": "limit", "ranked?limit=x": "limit", "ranked?limit=": "limit", "ranked?limit=1&limit=1": "limit",
		"ranked?order=up": "order", "ranked?order=": "order", "ranked?order=asc&order=asc": "order", "plain?order=asc": "order", "plain?order=desc": "order",
		"ranked?start=1": "start", "ranked?revision=1": "revision", "ranked?next=": "next", "ranked?next=x": "next", "ranked?next=!": "next",
		"ranked?limit=1&next=" + next: "limit", "ranked?order=asc&next=" + next: "order", "ranked?next=" + next + "&next=" + next: "next",
		"other?next=" + next: "next", "plain?next=" + next: "next", "ranked?next=" + plain: "next", "ranked?next=" + next[:len(next)-2]: "next",
	} {
		a := p.do(t, http.MethodGet, "/views/"+target, "")
		if got := a.wantProblem(t, http.StatusBadRequest, "invalid"); got.Field != field || !strings.HasPrefix(got.Detail, field) {
			t.Errorf("%s: %s", target, a.body)
		}
		p.do(t, http.MethodHead, "/views/"+target, "").want(t, http.StatusBadRequest)
	}
	for _, target := range []string{"/views/none", "/views/none?order=asc", "/views/Ranked", "/views/ran%2Fked"} {
		p.do(t, http.MethodGet, target, "").wantProblem(t, http.StatusNotFound, "unknown-view")
		p.do(t, http.MethodHead, target, "").want(t, http.StatusNotFound)
	}
	p.do(t, http.MethodHead, "/views/ranked?order=desc", "").want(t, http.StatusOK)
	p.do(t, http.MethodHead, "/views/plain", "").want(t, http.StatusOK)
	p.handler = api.New(p.store, nil, nil)
	p.do(t, http.MethodGet, "/views/ranked", "").wantProblem(t, http.StatusNotFound, "unknown-view")
}

// A page ends at 4 MB, and where it would be more than a Lambda can answer.
func TestListLargeRows(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		rows int // of the first page
	}{
		"text": {strings.Repeat("x", 390_000), 10}, "quotes": {strings.Repeat(`"`, 195_000), 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := startWith(t, setup{views: []projector.Definition{scored("ranked", true)}})
			for i := range 12 {
				p.score(t, fmt.Sprintf("%02d", i), tc.text, "ranked")
			}
			a := p.do(t, http.MethodGet, "/views/ranked", "")
			first := decode[rowsPage](t, a)
			quoted, err := json.Marshal(string(a.body))
			if err != nil {
				t.Fatal(err)
			}
			if len(first.Rows) != tc.rows || len(a.body) > 4<<20 || len(quoted) > 5_900_000 {
				t.Errorf("%d rows, %d bytes, quoted %d", len(first.Rows), len(a.body), len(quoted))
			}
			rest := p.list(t, "/views/ranked?next="+first.Next)
			if n := len(first.Rows) + len(rest.Rows); n != 12 || rest.Next != "" || rest.Rows[0].ID != fmt.Sprintf("%02d", tc.rows) {
				t.Errorf("%d rows in two pages, next %q", n, rest.Next)
			}
		})
	}
}

// The longest token there can be fits a URL.
func TestListTokenFitsAURL(t *testing.T) {
	t.Parallel()
	long := projector.View[score]{
		Name:  "long",
		Apply: func(*score, store.Committed) (*score, error) { return &score{}, nil },
		Rank:  func(score) string { return strings.Repeat("r", projector.MaxRank) },
	}
	p := startWith(t, setup{views: []projector.Definition{long}})
	for i := range 2 {
		p.score(t, fmt.Sprintf("%01024d", i), "", "long")
	}
	next := p.list(t, "/views/long?limit=1&order=desc").Next
	if got := p.list(t, "/views/long?next="+next); len(next) > 4<<10 || len(got.Rows) != 1 || got.Next != "" {
		t.Errorf("a token of %d bytes, and behind it %d rows", len(next), len(got.Rows))
	}
}
