package dashboard_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/dev/internal/dashboard"
)

// inside is what is guarded.
var inside = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "inside") })

// status asks a handler.
func status(h http.Handler, method, target string, header map[string]string) int {
	r := httptest.NewRequest(method, target, nil)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// A name that an attacker has pointed at this machine is no name of it.
func TestHostsOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]int{
		"127.0.0.1:8080": 200, "127.0.0.1": 200, "127.8.8.8:1": 200, "localhost:8080": 200, "LocalHost": 200, "localhost.:8080": 200, "[::1]:8080": 200, "app.localhost:8080": 200,
		"evil.example": 403, "evil.example:8080": 403, "127.0.0.1.evil.example:8080": 403, "localhost.evil.example": 403, "notlocalhost": 403, "192.168.1.7:8080": 403, "[::2]:8080": 403, "0.0.0.0:8080": 403,
	} {
		if got := status(dashboard.GuardHost(inside), http.MethodGet, "http://"+host+"/", nil); got != want {
			t.Errorf("%s: %d, want %d", host, got, want)
		}
	}
}

// A page of another site can't append, redrive or skip in the name of whoever has it open.
func TestOtherSitesChangeNothing(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/streams/a", "/dev/redrive", "/dev/skip"} {
		for name, tc := range map[string]struct {
			header map[string]string
			want   int
		}{
			"no browser":       {nil, 200},
			"the page itself":  {map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8080"}, 200},
			"by hand":          {map[string]string{"Sec-Fetch-Site": "none"}, 200},
			"another site":     {map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403},
			"another port":     {map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:3000"}, 403},
			"an older browser": {map[string]string{"Origin": "https://evil.example"}, 403},
			"a sandboxed page": {map[string]string{"Origin": "null"}, 403},
		} {
			if got := status(dashboard.GuardOrigin(inside, nil), http.MethodPost, "http://127.0.0.1:8080"+path, tc.header); got != tc.want {
				t.Errorf("%s, %s: %d, want %d", path, name, got, tc.want)
			}
		}
	}
}

// Pages of origins that were allowed may use the API, and still not the dashboard.
func TestAllowedOrigins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, other := map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"}, map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
	for name, tc := range map[string]struct {
		allowed     []string
		mine, other int
	}{
		"one": {[]string{"http://localhost:3000"}, 418, 403}, "none": {nil, 403, 403}, "any": {[]string{"*"}, 418, 418},
	} {
		teapot := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
		h := dashboard.Beside(dashboard.GuardOrigin(teapot, tc.allowed), dashboard.Options{Store: b.Store, Projector: b.Projector, Live: dashboard.NewLive(), Local: true})
		for header, want := range map[*map[string]string]int{&mine: tc.mine, &other: tc.other} {
			if got := status(h, http.MethodPost, "http://127.0.0.1/streams/a", *header); got != want {
				t.Errorf("%s: %v appends: %d, want %d", name, *header, got, want)
			}
			if got := status(h, http.MethodPost, "http://127.0.0.1/dev/redrive", *header); got != http.StatusForbidden {
				t.Errorf("%s: %v redrives: %d", name, *header, got)
			}
			old := map[string]string{"Origin": (*header)["Origin"]} // what older browsers send
			if got := status(h, http.MethodPost, "http://127.0.0.1/dev/redrive", old); got != http.StatusForbidden {
				t.Errorf("%s: %v redrives: %d", name, old, got)
			}
		}
	}
}

// Nor can it read: there is no CORS, what is only the dashboard's isn't even served to it, and nothing can be embedded.
func TestOtherSitesReadNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	foreign := map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
	for _, path := range []string{"/dev/live", "/dev/keys", "/dev/parked", "/dev/standing?key=a", "/dev/page/js/app.js"} {
		if got := status(b.server.Config.Handler, http.MethodGet, "http://localhost"+path, foreign); got != http.StatusForbidden {
			t.Errorf("%s: %d", path, got)
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodOptions, http.MethodPost} {
		for _, path := range []string{"/", "/dev/keys", "/streams/a", "/events", "/views/each"} {
			r, err := http.NewRequestWithContext(t.Context(), method, b.server.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{"Origin": {"https://evil.example"}, "Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"content-type"}}
			a, err := b.server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = a.Body.Close()
			for name := range a.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s %s answers %s", method, path, name)
				}
			}
			if a.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
				t.Errorf("%s %s can be embedded", method, path)
			}
		}
	}
}

// Where other machines can reach the server, what is beside the dashboard is as it is anywhere, and the dashboard isn't there. An
// application may have "/" for itself.
func TestWhereTheDashboardIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, tc := range map[string]struct {
		options dashboard.Options
		want    map[string]int
	}{
		"on loopback":     {dashboard.Options{Local: true}, map[string]int{"/": 200, "/dev/": 200, "/dev/keys": 200, "/streams/a": 418}},
		"below an app":    {dashboard.Options{Local: true, BelowRoot: true}, map[string]int{"/": 418, "/dev/": 200, "/dev/keys": 200, "/streams/a": 418}},
		"for all to see":  {dashboard.Options{}, map[string]int{"/": 403, "/dev/": 403, "/dev/live": 403, "/dev/redrive": 403, "/streams/a": 418, "/developers": 418}},
		"an app, for all": {dashboard.Options{BelowRoot: true}, map[string]int{"/": 418, "/dev/keys": 403}},
	} {
		tc.options.Store, tc.options.Projector, tc.options.Live = b.Store, b.Projector, dashboard.NewLive()
		h := dashboard.Beside(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }), tc.options)
		for path, want := range tc.want {
			if got := status(h, http.MethodGet, "http://127.0.0.1"+path, nil); got != want {
				t.Errorf("%s, %s: %d, want %d", name, path, got, want)
			}
		}
	}
	for address, want := range map[string]bool{"127.0.0.1:80": true, "[::1]:80": true, "0.0.0.0:80": false, "[::]:80": false, "10.0.0.1:80": false} {
		tcp, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := dashboard.IsLoopback(tcp); got != want {
			t.Errorf("%s is loopback: %t", address, got)
		}
	}
}
