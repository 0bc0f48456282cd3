package dev_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/dev"
	"github.com/aeon-es/aeon/internal/defaultapp"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// The server is guarded as a whole: against names that were pointed at this machine, and against pages of other sites, which
// append nothing.
func TestGuarded(t *testing.T) {
	t.Parallel()
	own := func(*store.Store, *projector.Projector) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "own") })
	}
	for name, handler := range map[string]func(*store.Store, *projector.Projector) http.Handler{"alone": nil, "with an application's own": own} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			origin := run(t, dev.Options{Handler: handler})
			foreign := map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
			for _, tc := range []struct {
				method, path string
				header       map[string]string
				want         int
			}{
				{http.MethodGet, "/", nil, 200},
				{http.MethodGet, "/dev/", nil, 200},
				{http.MethodGet, "/", map[string]string{"Host": "evil.example"}, 403},
				{http.MethodGet, "/events", map[string]string{"Host": "evil.example:8080"}, 403},
				{http.MethodGet, "/dev/keys", map[string]string{"Host": "evil.example"}, 403},
				{http.MethodPost, "/streams/a", foreign, 403},
				{http.MethodPost, "/dev/redrive", foreign, 403},
				{http.MethodGet, "/dev/keys", foreign, 403},
				{http.MethodHead, "/streams/a", nil, 200},
			} {
				status, head := ask(t, tc.method, origin+tc.path, tc.header)
				if status != tc.want {
					t.Errorf("%s %s %v: %d, want %d", tc.method, tc.path, tc.header, status, tc.want)
				}
				if tc.method == http.MethodHead && head.Get("ETag") != `"0"` {
					t.Errorf("something was appended: %s", head.Get("ETag"))
				}
			}
		})
	}
}

// run runs dev on loopback, in memory.
func run(t *testing.T, o dev.Options) (origin string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	o.Listen, o.DB, o.Views, o.Log = "127.0.0.1:0", ":memory:", defaultapp.Views(), slog.New(slog.DiscardHandler)
	o.Ready = func(address string) { ready <- address }
	go func() { done <- dev.Run(ctx, o) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + <-ready
}

func ask(t *testing.T, method, url string, header map[string]string) (int, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(`{"events":[{"type":"incremented"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = a.Body.Close()
	return a.StatusCode, a.Header
}
