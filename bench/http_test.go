package main_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/dev"
	"github.com/aeon-es/aeon/internal/defaultapp"
)

// BenchmarkHTTP has 16 clients send requests, each one after the other, to the whole platform in one process, on a file of SQLite;
// and to a server that does nothing, which shows what HTTP takes on this machine. p50 and p99 are of one request.
func BenchmarkHTTP(b *testing.B) {
	b.Run("nothing", func(b *testing.B) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusCreated)
		}))
		defer server.Close()
		requests(b, http.StatusCreated, func(ctx context.Context, i int) (*http.Request, error) { return appendRequest(ctx, server.URL, i) })
	})
	base := serveFile(b)
	b.Run("append", func(b *testing.B) {
		requests(b, http.StatusCreated, func(ctx context.Context, i int) (*http.Request, error) { return appendRequest(ctx, base, i) })
	})
	b.Run("query", func(b *testing.B) {
		requests(b, http.StatusOK, func(ctx context.Context, i int) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprint(base, "/views/counters/c", i%10, "?revision=1&wait=10s"), nil)
		})
	})
	b.Run("append and see it", func(b *testing.B) {
		requests(b, http.StatusOK, func(ctx context.Context, i int) (*http.Request, error) {
			key := fmt.Sprint("seen", b.N, "-", i)
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/streams/"+key, strings.NewReader(`{"events":[{"type":"incremented"}]}`))
			if err != nil {
				return nil, err
			}
			r.Header.Set("Content-Type", "application/json")
			resp, err := client.Do(r)
			if err != nil {
				return nil, err
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			return http.NewRequestWithContext(ctx, http.MethodGet, base+"/views/counters/"+key+"?revision=1&wait=20s", nil)
		})
	})
}

// serveFile runs what aeon dev runs.
func serveFile(b *testing.B) (url string) {
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- dev.Run(ctx, dev.Options{
			Listen: "127.0.0.1:0", DB: filepath.Join(b.TempDir(), "aeon.db"), Views: defaultapp.Views(),
			Log: slog.New(slog.DiscardHandler), Ready: func(address string) { ready <- address },
		})
	}()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	select {
	case address := <-ready:
		return "http://" + address
	case err := <-ended:
		b.Fatal(err)
		return ""
	}
}

func appendRequest(ctx context.Context, base string, i int) (*http.Request, error) {
	body := `{"events":[{"type":"incremented","data":` + string(about200) + `}]}`
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprint(base, "/streams/c", i%1000), strings.NewReader(body))
	if err == nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, err
}

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}

// requests sends b.N requests, 16 at once.
func requests(b *testing.B, status int, next func(context.Context, int) (*http.Request, error)) {
	b.Helper()
	took := make([]time.Duration, b.N)
	var all errgroup.Group
	all.SetLimit(16)
	b.ResetTimer()
	for i := range b.N {
		all.Go(func() error {
			began := time.Now()
			r, err := next(b.Context(), i)
			if err != nil {
				return err
			}
			resp, err := client.Do(r)
			if err != nil {
				return err
			}
			_, err = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if resp.StatusCode != status {
				return fmt.Errorf("%s %s: status %d", r.Method, r.URL, resp.StatusCode)
			}
			took[i] = time.Since(began)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
	slices.Sort(took)
	for _, percent := range []int{50, 99} {
		b.ReportMetric(float64(took[(len(took)-1)*percent/100].Microseconds())/1000, fmt.Sprintf("ms-p%d", percent))
	}
	b.ReportMetric(0, "ns/op")
}
