package dashboard_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
)

type keyPage struct {
	Keys []struct {
		Key      string
		Revision store.Revision
		Type     string
	}
	Total int
	Whole bool
}

func (p keyPage) names() string {
	var s []string
	for _, k := range p.Keys {
		s = append(s, fmt.Sprintf("%s@%d", k.Key, k.Revision))
	}
	return strings.Join(s, " ")
}

// Keys are listed with what came last, found by a part of their name, and paged.
func TestKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if p := get[keyPage](t, b, "/dev/keys"); p.Total != 0 || !p.Whole || p.Keys == nil {
		t.Errorf("an empty store has %+v", p)
	}
	for _, key := range []string{"c/2", "C/10", "d/1"} {
		b.append(t, key, "a", "b")
	}
	b.append(t, "d/1", "last")
	for path, want := range map[string]string{
		"?sort=name": "C/10@2 c/2@2 d/1@3", "?sort=recent": "d/1@3 C/10@2 c/2@2", "": "d/1@3 C/10@2 c/2@2",
		"?q=C/": "C/10@2 c/2@2", "?q=none": "", "?sort=name&offset=1&limit=1": "c/2@2", "?offset=9": "",
	} {
		eventually(t, func() (bool, string) {
			p := get[keyPage](t, b, "/dev/keys"+path)
			return p.names() == want, fmt.Sprintf("%s: %s, want %s", path, p.names(), want)
		})
	}
	for _, path := range []string{"?offset=-1", "?limit=201", "?limit=x"} {
		if status, body := b.ask(t, http.MethodGet, "/dev/keys"+path, ""); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

// eventually waits until something is so.
func eventually(t *testing.T, is func() (bool, string)) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		ok, what := is()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

// A key's standing has the views that want it, with the row where there is one of its own; parked keys can be redriven and skipped.
func TestStandingAndParked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.append(t, "c/1", "even", "odd", "even")
	b.append(t, "c/2", "odd")
	b.append(t, "d/1", "even")
	expect := func(path, want string) {
		t.Helper()
		eventually(t, func() (bool, string) {
			_, body := b.ask(t, http.MethodGet, path, "")
			return strings.Contains(body, want), path + ": " + body + "\nwant " + want
		})
	}
	expect("/dev/standing?key=c/1", `{"view":"each","version":1,"key":"c/1","seen":1,"parked":{"revision":2,"class":"error","reason":"odd"`)
	expect("/dev/standing?key=c/1", `"row":{"count":1}`)
	expect("/dev/standing?key=d/1", `{"standing":[{"view":"all","version":1,"key":"d/1","seen":1}]}`)
	expect("/dev/parked", `"key":"c/1","seen":1`)
	expect("/dev/parked", `"key":"c/2","seen":0`)
	for _, tc := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"/dev/redrive", `{"view":"each","key":"c/1"}`, 200, `"seen":1,"problem":"odd"`},
		{"/dev/skip", `{"view":"each","key":"c/1","revision":2,"reason":"a test"}`, 200, `"seen":3}`},
		{"/dev/skip", `{"view":"each","key":"c/2","revision":7,"reason":"a test"}`, 409, "not parked there"},
		{"/dev/skip", `{"view":"each","key":"c/2","revision":1,"reason":""}`, 400, "reason"},
		{"/dev/redrive", `{"view":"none","key":"c/2"}`, 404, "unknown view"},
		{"/dev/redrive", `{"view":"each","key":"d/1"}`, 404, "doesn't want"},
		{"/dev/redrive", `{"view":"each"`, 400, "no such JSON"},
		{"/dev/redrive", `{"view":"each","key":"` + strings.Repeat("k", 20_000) + `"}`, 400, "too large"},
	} {
		if status, body := b.ask(t, http.MethodPost, tc.path, tc.body); status != tc.status || !strings.Contains(body, tc.want) {
			t.Errorf("%s %.80s: %d %s, want %d with %s", tc.path, tc.body, status, body, tc.status, tc.want)
		}
	}
	b.mended.Store(true)
	if status, body := b.ask(t, http.MethodPost, "/dev/redrive", `{"view":"each","key":"c/2"}`); status != http.StatusOK || body != `{"view":"each","key":"c/2","seen":1}`+"\n" {
		t.Errorf("mended: %d %s", status, body)
	}
	expect("/dev/parked", `{"more":false,"parked":[]}`)
	expect("/dev/standing?key=c/1", `"skips":[{"revision":2,"reason":"a test"`)
}
