package dashboard_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aeon-es/aeon/api"
	"github.com/aeon-es/aeon/dev/internal/dashboard"
	"github.com/aeon-es/aeon/internal/platform"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// bundle is a store with views that are driven, and the dashboard of it.
type bundle struct {
	*platform.Platform
	live   *dashboard.Live
	server *httptest.Server
	mended atomic.Bool
	stop   func()
}

type tally struct {
	Count int `json:"count"`
}

// views are one that is ranked, wants keys that begin with "c" alone and can't fold "odd" until it is mended, and one of all keys
// together.
func (b *bundle) views() []projector.Definition {
	count := func(row *tally, e store.Committed) (*tally, error) {
		if e.Type == "odd" && !b.mended.Load() {
			return nil, errors.New("odd")
		}
		if row == nil {
			row = &tally{}
		}
		row.Count++
		return row, nil
	}
	return []projector.Definition{
		projector.View[tally]{Name: "each", Keys: []string{"c"}, Apply: count, Rank: func(row tally) string { return projector.RankInt(int64(row.Count)) }},
		projector.View[tally]{
			Name: "all", IDs: func(store.Committed) []string { return []string{"total"} },
			Apply: func(row *tally, _ store.Committed) (*tally, error) {
				if row == nil {
					row = &tally{}
				}
				row.Count++
				return row, nil
			},
		},
	}
}

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{live: dashboard.NewLive()}
	log := slog.New(slog.DiscardHandler)
	var err error
	if b.Platform, err = platform.Open(t.Context(), platform.Options{DB: ":memory:", Views: b.views(), Log: log, Observer: b.live.Observer()}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	following, living := make(chan error, 1), make(chan struct{})
	go func() { following <- b.Follow(ctx) }()
	go func() { defer close(living); b.live.Run(ctx, b.Projector) }()
	b.server = httptest.NewServer(dashboard.GuardHost(dashboard.Beside(
		dashboard.GuardOrigin(api.New(b.Store, b.Projector, &api.Options{Log: log}), nil),
		dashboard.Options{Store: b.Store, Projector: b.Projector, Live: b.live, Database: "test", Log: log, Local: true})))
	b.stop = func() { cancel(); <-living }
	t.Cleanup(func() {
		b.stop()
		b.server.Close()
		if err := errors.Join(<-following, b.Close()); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *bundle) append(t *testing.T, key string, kinds ...string) store.Appended {
	t.Helper()
	events := make([]store.Pending, len(kinds))
	for i, kind := range kinds {
		events[i].Type = kind
	}
	done, err := b.Store.Append(t.Context(), key, store.Any(), events, nil)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// ask sends a request, and answers status and body.
func (b *bundle) ask(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := b.server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// get decodes the answer to a GET.
func get[T any](t *testing.T, b *bundle, path string) (v T) {
	t.Helper()
	status, body := b.ask(t, http.MethodGet, path, "")
	if err := json.Unmarshal([]byte(body), &v); err != nil || status != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, status, body)
	}
	return v
}
