package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// BenchmarkProjecting has a new view catch up with a store, batch by batch: commits of one event of about 200 bytes, in the order in which
// they were stored. events/cpu-s is by the time that processors have worked for this process, whatever else the machine does;
// DynamoDB is none of it.
func BenchmarkProjecting(b *testing.B) {
	for _, on := range platforms {
		b.Run(on.name, func(b *testing.B) {
			for _, load := range []struct {
				name  string
				key   func(i int) string
				batch int
			}{
				{"random keys", func(int) string { return fmt.Sprint("key", rand.N(10_000)) }, 1000},
				{"10 keys a batch", func(i int) string { return fmt.Sprint("key", i/100, "/", rand.N(10)) }, 100},
			} {
				b.Run(load.name, func(b *testing.B) {
					p := on.open(b)
					p.fill(b, load.key)
					b.Run("keyed", func(b *testing.B) { p.project(b, load.batch, projector.View[summed]{}) })
					b.Run("many", func(b *testing.B) { p.project(b, load.batch, projector.View[summed]{IDs: totals}) })
					b.Run("ranked", func(b *testing.B) { p.project(b, load.batch, projector.View[summed]{Rank: bySum}) })
					b.Run("redelivered", func(b *testing.B) { p.redeliver(b, load.batch) })
				})
			}
		})
	}
}

// summed is a row: what all events of a key come to.
type summed struct {
	Events int   `json:"events"`
	Sum    int64 `json:"sum"`
}

func sum(row *summed, e store.Committed) (*summed, error) {
	var by struct {
		By int64 `json:"by"`
	}
	if err := json.Unmarshal(e.Data, &by); err != nil {
		return nil, err
	}
	if row == nil {
		row = &summed{}
	}
	row.Events++
	row.Sum += by.By
	return row, nil
}

// totals are the rows of a view that folds many keys into ten.
func totals(e store.Committed) []string { return []string{"total/" + e.Key[len(e.Key)-1:]} }

func bySum(row summed) string { return fmt.Sprintf("%012d", row.Sum) }

// about200 is the data of an event.
var about200 = json.RawMessage(`{"by":1,"note":"` + strings.Repeat("x", 150) + `"}`)

// fill appends the events, 16 at once. Where a stream would bring them, they are kept as it does.
func (p *platform) fill(b *testing.B, key func(i int) string) {
	b.Helper()
	p.fillWith(b, []store.Pending{{Type: "incremented", Data: about200}}, key)
}

// fillWith is fill with these events in each commit.
func (p *platform) fillWith(b *testing.B, events []store.Pending, key func(i int) string) {
	b.Helper()
	bells := make([]projector.Doorbell, p.events)
	var all errgroup.Group
	all.SetLimit(16)
	for i := range bells {
		all.Go(func() error {
			a, err := p.store.Append(b.Context(), key(i), store.Any(), events, nil)
			bells[i] = projector.Doorbell{
				Key: a.Key(), Revision: a.Revision(), Commit: &store.Commit{Key: a.Key(), Revision: a.First, Count: len(events), Events: events},
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		b.Fatal(err)
	}
	if p.changes == nil {
		p.changes = func(_ context.Context, size int) iter.Seq2[[]projector.Doorbell, error] {
			return func(yield func([]projector.Doorbell, error) bool) {
				for batch := range slices.Chunk(bells, size) {
					if !yield(batch, nil) {
						return
					}
				}
			}
		}
	}
}

var rounds int

// fresh is a view that nobody has had yet.
func (p *platform) fresh(b *testing.B, view projector.View[summed]) *projector.Projector {
	b.Helper()
	rounds++
	view.Name, view.Apply = fmt.Sprint("round-", rounds), sum
	views, err := projector.New(p.store, p.rows, nil, view)
	if err != nil {
		b.Fatal(err)
	}
	return views
}

// ringAll brings all there is.
func (p *platform) ringAll(b *testing.B, views *projector.Projector, batch int) {
	b.Helper()
	for bells, err := range p.changes(b.Context(), batch) {
		if err == nil {
			err = views.Ring(b.Context(), bells)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// project has a new view catch up in each round.
func (p *platform) project(b *testing.B, batch int, view projector.View[summed]) {
	b.Helper()
	b.ReportAllocs()
	n := 0
	began, worked := time.Now(), cpuTime(b)
	for b.Loop() {
		p.ringAll(b, p.fresh(b, view), batch)
		n += p.events
	}
	rates(b, n, began, worked)
}

// redeliver brings a view again what it has seen, in each round.
func (p *platform) redeliver(b *testing.B, batch int) {
	b.Helper()
	views := p.fresh(b, projector.View[summed]{})
	p.ringAll(b, views, batch)
	n := 0
	began, worked := time.Now(), cpuTime(b)
	for b.Loop() {
		p.ringAll(b, views, batch)
		n += p.events
	}
	rates(b, n, began, worked)
}

// rates reports how many events a second that were, and for each second that processors worked.
func rates(b *testing.B, events int, began time.Time, worked time.Duration) {
	b.Helper()
	b.ReportMetric(float64(events)/time.Since(began).Seconds(), "events/s")
	b.ReportMetric(float64(events)/(cpuTime(b)-worked).Seconds(), "events/cpu-s")
	b.ReportMetric(0, "ns/op")
}

// cpuTime is how long processors have worked for this process.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
