package main_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/bench/internal/cputime"
	"github.com/aeon-es/aeon/internal/testenv/process"
)

// BenchmarkHTTP has 16 clients send requests, each one after the other, to aeon dev, the whole platform in one process, on a file of
// SQLite; and to a server that does nothing, which shows what HTTP takes on this machine. p50 and p99 are of one request; requests/cpu-s
// is by the time that processors work for aeon dev, whatever the clients take from it.
func BenchmarkHTTP(b *testing.B) {
	b.Run("nothing", func(b *testing.B) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusCreated)
		}))
		defer server.Close()
		requests(b, 0, http.StatusCreated, func(ctx context.Context, i int) (*http.Request, error) { return appendRequest(ctx, server.URL, i) })
	})
	base, pid := serveFile(b)
	b.Run("append", func(b *testing.B) {
		requests(b, pid, http.StatusCreated, func(ctx context.Context, i int) (*http.Request, error) { return appendRequest(ctx, base, i) })
	})
	b.Run("query", func(b *testing.B) {
		requests(b, pid, http.StatusOK, func(ctx context.Context, i int) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprint(base, "/views/counters/c", i%10, "?revision=1&wait=10s"), nil)
		})
	})
	b.Run("append and see it", func(b *testing.B) {
		requests(b, pid, http.StatusOK, func(ctx context.Context, i int) (*http.Request, error) {
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

// serveFile runs aeon dev on a new file of SQLite.
func serveFile(b *testing.B) (url string, pid int) {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "aeon")
	if out, err := exec.Command("go", "build", "-o", binary, "../cmd/aeon").CombinedOutput(); err != nil {
		b.Fatalf("build aeon: %v\n%s", err, out)
	}
	server, err := process.Start(process.Command{
		Name: "aeon dev", Path: binary, Dir: b.TempDir(), Args: []string{"dev", "--listen", "127.0.0.1:0", "--db", "aeon.db"},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Stop(time.Minute); err != nil {
			b.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	serving := regexp.MustCompile(`(?i)serving (http://\S+)`)
	err = server.WaitUntil(ctx, func(context.Context) error {
		if said := serving.FindStringSubmatch(server.Output()); said != nil {
			url = said[1]
			return nil
		}
		return errors.New("it doesn't serve yet")
	})
	if err != nil {
		b.Fatal(err)
	}
	return url, server.PID()
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

// requests sends b.N requests, 16 at once, to the process pid, or if that is 0, to this one.
func requests(b *testing.B, pid, status int, next func(context.Context, int) (*http.Request, error)) {
	b.Helper()
	took := make([]time.Duration, b.N)
	var all errgroup.Group
	all.SetLimit(16)
	worked := processorTime(b, pid)
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
	if pid > 0 {
		b.ReportMetric(float64(b.N)/(processorTime(b, pid)-worked).Seconds(), "requests/cpu-s")
	}
	slices.Sort(took)
	for _, percent := range []int{50, 99} {
		b.ReportMetric(float64(took[(len(took)-1)*percent/100].Microseconds())/1000, fmt.Sprintf("ms-p%d", percent))
	}
	b.ReportMetric(0, "ns/op")
}

func processorTime(b *testing.B, pid int) time.Duration {
	b.Helper()
	if pid == 0 {
		return 0
	}
	worked, err := cputime.Of(pid)
	if err != nil {
		b.Fatal(err)
	}
	return worked
}
