package sqlite_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// projected is how many events each round of BenchmarkProjecting folds, in commits of one event of about 200 bytes.
const projected = 20_000

// BenchmarkProjecting has a new view catch up with a store: the commits come in the order in which they were stored, batch by batch.
// events/cpu-s is by the time that processors have worked, whatever else the machine does.
func BenchmarkProjecting(b *testing.B) {
	for _, load := range []struct {
		name  string
		key   func(i int) string
		batch int
	}{
		{"random keys", func(int) string { return fmt.Sprint("key", rand.N(10_000)) }, 1000},
		{"10 keys a batch", func(i int) string { return fmt.Sprint("key", i/100, "/", rand.N(10)) }, 100},
	} {
		b.Run(load.name, func(b *testing.B) {
			events, rows := openAt(b, filepath.Join(b.TempDir(), "aeon.db"))
			fill(b, store.New(events), load.key)
			b.Run("keyed", func(b *testing.B) { project(b, events, rows, load.batch, nil) })
			b.Run("many", func(b *testing.B) {
				project(b, events, rows, load.batch, func(e store.Committed) []string { return []string{"total/" + e.Key[len(e.Key)-1:]} })
			})
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

// about200 is the data of an event.
var about200 = json.RawMessage(`{"by":1,"note":"` + strings.Repeat("x", 150) + `"}`)

func fill(b *testing.B, s *store.Store, key func(i int) string) {
	b.Helper()
	var all errgroup.Group
	all.SetLimit(16)
	for i := range projected {
		all.Go(func() error {
			_, err := s.Append(b.Context(), key(i), store.Any(), []store.Pending{{Type: "incremented", Data: about200}}, nil)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		b.Fatal(err)
	}
}

var rounds int

// project has a new view catch up in each round.
func project(b *testing.B, events *storesqlite.Backend, rows *sqlite.Backend, batch int, ids func(store.Committed) []string) {
	b.Helper()
	b.ReportAllocs()
	s, n := store.New(events), 0
	began, worked := time.Now(), cpuTime(b)
	for b.Loop() {
		rounds++
		p, err := projector.New(s, rows, nil, projector.View[summed]{Name: fmt.Sprint("round-", rounds), IDs: ids, Apply: sum})
		if err != nil {
			b.Fatal(err)
		}
		ringForAll(b, events, batch, p)
		n += projected
	}
	b.ReportMetric(float64(n)/time.Since(began).Seconds(), "events/s")
	b.ReportMetric(float64(n)/(cpuTime(b)-worked).Seconds(), "events/cpu-s")
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

// ringForAll reads all commits and rings for them, as Follow does.
func ringForAll(b *testing.B, events *storesqlite.Backend, batch int, p *projector.Projector) {
	b.Helper()
	for after := int64(0); ; {
		changes, err := events.Changes(b.Context(), after, batch)
		if err != nil {
			b.Fatal(err)
		}
		if len(changes) == 0 {
			return
		}
		bells := make([]projector.Doorbell, len(changes))
		for i := range changes {
			c := &changes[i].Commit
			bells[i] = projector.Doorbell{Key: c.Key, Revision: c.Last(), Commit: c}
			after = changes[i].Sequence
		}
		if err := p.Ring(b.Context(), bells); err != nil {
			b.Fatal(err)
		}
	}
}
