package examples_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	lazy "github.com/aeon-es/aeon/examples/counter-cqrs-lazy/counter"
	projected "github.com/aeon-es/aeon/examples/counter-cqrs/counter"
	"github.com/aeon-es/aeon/projector"
	projectorsqlite "github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// freshness is how one way of asking fared.
type freshness struct {
	first map[int]int // the statuses of first answers
	waits []time.Duration
}

// askers is how many clients ask, each for counters of its own.
const askers = 10

// ask has clients append to counters, and ask for each at once, and then again until it is there: n times in all.
func ask(t *testing.T, c counters, n int, query string) freshness {
	t.Helper()
	all := make([]freshness, askers)
	var asking errgroup.Group
	for client := range askers {
		asking.Go(func() (err error) {
			all[client], err = c.ask(fmt.Sprintf("c%d-", client), n/askers, query)
			return err
		})
	}
	if err := asking.Wait(); err != nil {
		t.Fatal(err)
	}
	sum := freshness{first: map[int]int{}}
	for _, f := range all {
		for status, count := range f.first {
			sum.first[status] += count
		}
		sum.waits = append(sum.waits, f.waits...)
	}
	slices.Sort(sum.waits)
	return sum
}

// ask is one client of them.
func (c counters) ask(prefix string, n int, query string) (f freshness, err error) {
	f.first = map[int]int{}
	for i := range n {
		id := fmt.Sprintf("%s%d", prefix, i%20)
		_, body, err := send(c.commands, http.MethodPost, "/counters/"+id+"/increment")
		revision, ok := body["revision"].(float64)
		if err != nil || !ok {
			return f, fmt.Errorf("%v (%w)", body, err)
		}
		begin := time.Now()
		for tries := 0; ; tries++ {
			status, body, err := send(c.queries, http.MethodGet, fmt.Sprintf("/counters/%s?revision=%g%s", id, revision, query))
			if err != nil || status != http.StatusOK && status != http.StatusAccepted {
				return f, fmt.Errorf("%d %v (%w)", status, body, err)
			}
			if tries == 0 {
				f.first[status]++
			}
			if status == http.StatusOK {
				if shown, ok := body["revision"].(float64); !ok || shown < revision {
					return f, fmt.Errorf("200 for revision %g with %v", revision, body)
				}
				break
			}
			if time.Since(begin) > patience {
				return f, fmt.Errorf("revision %g doesn't show: %v", revision, body)
			}
			time.Sleep(time.Millisecond)
		}
		f.waits = append(f.waits, time.Since(begin))
	}
	return f, nil
}

func (f freshness) row(name string) string {
	n := len(f.waits)
	return fmt.Sprintf("| %s | %.1f %% | %.1f %% | %.2f ms | %.2f ms |", name, 100*float64(f.first[200])/float64(n), 100*float64(f.first[202])/float64(n),
		float64(f.waits[n/2].Microseconds())/1000, float64(f.waits[n*99/100].Microseconds())/1000)
}

// Whatever is answered with 200 shows what was asked for; lazy queries are never answered otherwise.
func TestFreshness(t *testing.T) {
	t.Parallel()
	const n = 1000
	follow, of := inMemory(t, projected.Views(), true), inMemory(t, lazy.Views(), false)
	p := counters{projected.Commands(follow.store), projected.Queries(follow.store, follow.projector)}
	l := counters{lazy.Commands(of.store), lazy.Queries(of.store, of.projector)}
	rows := []string{ask(t, p, n, "").row("projected"), ask(t, p, n, "&wait=5s").row("waiting")}
	lazily := ask(t, l, n, "")
	t.Logf("\n| | first answer 200 | 202 | time to 200, median | 99 of 100 |\n|---|---|---|---|---|\n%s", strings.Join(append(rows, lazily.row("lazy")), "\n"))
	if lazily.first[http.StatusOK] != n {
		t.Errorf("lazy queries were answered %v", lazily.first)
	}
}

type parts struct {
	store     *store.Store
	projector *projector.Projector
}

// inMemory is the embedded database with views, which something keeps up to date or not.
func inMemory(t *testing.T, views []projector.Definition, follow bool) parts {
	t.Helper()
	events, err := storesqlite.Open(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := projectorsqlite.New(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	s := store.New(events)
	p, err := projector.New(s, rows, nil, views...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var following errgroup.Group
	if follow {
		following.Go(func() error { return rows.Follow(ctx, p, nil) })
	}
	t.Cleanup(func() {
		stop()
		if err := following.Wait(); err != nil {
			t.Error(err)
		}
		if err := events.Close(); err != nil {
			t.Error(err)
		}
	})
	return parts{s, p}
}
