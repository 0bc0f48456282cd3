package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
)

// benchFlags are the flags of bench.
type benchFlags struct{ events, keys, writers, size int }

// measured is what one kind of request took, as JSON.
type measured struct {
	Measured  string  `json:"measured"` // "append" or "read"
	Requests  int     `json:"requests"`
	Events    int     `json:"events"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"perSecond"` // events
	P50       float64 `json:"p50Millis"` // of a request
	P99       float64 `json:"p99Millis"`
}

func (r *run) benchCommand() *cobra.Command {
	var f benchFlags
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure how fast a store appends and reads",
		Long: `Measure how fast a store takes events, one to a request, and how fast it gives them back, a key to a request: by way of the HTTP
API, which a database has in this process. It tells the events in a second, and the median and the 99th percentile of a request.

Unless --store or AEON_STORE says what to measure, that is a new database file, which is removed. Elsewhere the events stay: their
keys begin with "bench/" and a random word. On DynamoDB each costs what an append costs, and views and subscribers see them.`,
		Example: `  aeon bench
  aeon bench --events 1000 --keys 1                         # as fast as one key can take them
  aeon bench --writers 64 --store http://127.0.0.1:8080`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.validate(); err != nil {
				return err
			}
			if r.store == "" && os.Getenv("AEON_STORE") == "" {
				folder, err := os.MkdirTemp("", "aeon-bench-")
				if err != nil {
					return err
				}
				defer func() { _ = os.RemoveAll(folder) }()
				r.store = filepath.Join(folder, "bench.db")
			}
			return r.withClient(c, true, func(api *client) error { return r.bench(c.Context(), api, f) })
		},
	}
	c.Flags().IntVar(&f.events, "events", 10_000, "how many events to append, 1 to 1,000,000")
	c.Flags().IntVar(&f.keys, "keys", 1000, "how many keys to append them to, up to 1,000,000")
	c.Flags().IntVar(&f.writers, "writers", 16, "how many requests are under way at once, 1 to 256")
	c.Flags().IntVar(&f.size, "size", 200, "bytes of each event's data, 2 to 100,000")
	return c
}

func (f benchFlags) validate() error {
	for _, of := range []struct {
		name         string
		n, low, high int
	}{{"events", f.events, 1, 1_000_000}, {"keys", f.keys, 1, 1_000_000}, {"writers", f.writers, 1, 256}, {"size", f.size, 2, 100_000}} {
		if of.n < of.low || of.n > of.high {
			return usagef("--%s %d: give %d to %d", of.name, of.n, of.low, of.high)
		}
	}
	return nil
}

func (r *run) bench(ctx context.Context, api *client, f benchFlags) error {
	f.keys = min(f.keys, f.events)
	run := rand.Text()
	keyOf := func(i int) string { return fmt.Sprintf("bench/%s/%d", run, i%f.keys) }
	data, err := json.Marshal(strings.Repeat("x", f.size-2)) // 2 are its quotes
	if err != nil {
		return err
	}
	events := map[string]any{"events": []pending{{Type: "measured", Data: data}}}
	err = r.measure(ctx, "append", f.events, f.writers, func(ctx context.Context, i int) (int, error) {
		_, err := api.send(ctx, request{method: http.MethodPost, path: []string{"streams", keyOf(i)}, body: events})
		return 1, err
	})
	if err != nil {
		return err
	}
	return r.measure(ctx, "read", f.keys, f.writers, func(ctx context.Context, i int) (int, error) { return readAll(ctx, api, keyOf(i)) })
}

// readAll reads all events of a key, and counts them.
func readAll(ctx context.Context, api *client, key string) (n int, err error) {
	for query := (url.Values{"limit": {"1000"}}); ; {
		a, err := api.send(ctx, request{method: http.MethodGet, path: []string{"streams", key}, query: query})
		if err != nil {
			return n, err
		}
		var page struct {
			Events []json.RawMessage
			Next   string
		}
		if err := json.Unmarshal(a.body, &page); err != nil {
			return n, err
		}
		if n += len(page.Events); page.Next == "" {
			return n, nil
		}
		query = url.Values{"next": {page.Next}}
	}
}

// measure does n steps, some at once, of which each says how many events it was about, and prints what that took.
func (r *run) measure(ctx context.Context, what string, n, atOnce int, step func(context.Context, int) (int, error)) error {
	var next, events atomic.Int64
	var mu sync.Mutex
	took := make([]time.Duration, 0, n)
	bar := r.progress(what, "events", n)
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	for range min(atOnce, n) {
		g.Go(func() error {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				at := time.Now()
				of, err := step(ctx, i)
				if err != nil {
					return err
				}
				mu.Lock()
				took = append(took, time.Since(at))
				bar.at(len(took), int(events.Add(int64(of))), "")
				mu.Unlock()
			}
			return nil
		})
	}
	err := g.Wait()
	all := time.Since(began)
	bar.end()
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			err = fmt.Errorf("after %d requests: %w", len(took), err)
		}
		return err
	}
	return r.printMeasured(what, int(events.Load()), all, took)
}

func (r *run) printMeasured(what string, events int, all time.Duration, took []time.Duration) error {
	slices.Sort(took)
	percentile := func(p int) float64 { return float64(took[(len(took)-1)*p/100].Microseconds()) / 1000 }
	m := measured{
		Measured: what, Requests: len(took), Events: events, Seconds: all.Seconds(),
		PerSecond: float64(events) / all.Seconds(), P50: percentile(50), P99: percentile(99),
	}
	if r.json {
		return r.printJSON(m)
	}
	return r.printf("%-6s %d events in %.1f s: %s/s; a request %.2f ms, and 1 in 100 more than %.2f ms\n",
		what, events, m.Seconds, bold(fmt.Sprintf("%.0f", m.PerSecond)), m.P50, m.P99)
}
