package main_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// BenchmarkLag appends an event every 5 ms, each to another one of 100 keys, and tells how long after its append was
// acknowledged the row shows it: half of them are faster than p50, all but one of a hundred faster than p99.
func BenchmarkLag(b *testing.B) {
	for _, on := range platforms {
		b.Run(on.name, func(b *testing.B) {
			for _, view := range []struct {
				name string
				ids  func(store.Committed) []string
			}{
				{"keyed", nil},
				{"many", totals},
			} {
				b.Run(view.name, func(b *testing.B) {
					p := on.open(b)
					p.measureLag(b, projector.View[summed]{Name: "lagging", IDs: view.ids, Apply: sum})
				})
			}
		})
	}
}

func (p *platform) measureLag(b *testing.B, view projector.Definition) {
	b.Helper()
	watch := &watched{Backend: p.rows, shown: map[moment]time.Time{}}
	views, err := projector.New(p.store, watch.backend(), nil, view)
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.drive(ctx, views) }()
	acknowledged := map[moment]time.Time{}
	appendOne := func(key string) moment {
		a, err := p.store.Append(b.Context(), key, store.Any(), []store.Pending{{Type: "incremented", Data: about200}}, nil)
		if err != nil {
			b.Fatal(err)
		}
		return moment{a.Key(), a.Revision()}
	}
	watch.wait(b, appendOne("key0")) // by then all of it is under way
	for i := 0; b.Loop(); i++ {
		at := appendOne(fmt.Sprint("key", i%100))
		acknowledged[at] = time.Now()
		time.Sleep(5 * time.Millisecond)
	}
	var lags []time.Duration
	for at, since := range acknowledged {
		lags = append(lags, max(0, watch.wait(b, at).Sub(since)))
	}
	stop()
	if err := <-ended; err != nil {
		b.Error(err)
	}
	slices.Sort(lags)
	for _, percent := range []int{50, 99} {
		b.ReportMetric(float64(lags[(len(lags)-1)*percent/100].Microseconds())/1000, fmt.Sprintf("ms-p%d", percent))
	}
	b.ReportMetric(0, "ns/op")
}

// moment is a revision of a key.
type moment struct {
	key      string
	revision store.Revision
}

// watched takes note of when a revision was saved as seen.
type watched struct {
	projector.Backend
	mu    sync.Mutex
	shown map[moment]time.Time
}

// backend is what the projector is given: it saves many at once where the database does.
func (w *watched) backend() projector.Backend {
	if each, ok := w.Backend.(projector.EachSaver); ok {
		return eachWatched{watched: w, each: each}
	}
	return w
}

// Save implements [projector.Backend].
func (w *watched) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	done, err := w.Backend.Save(ctx, writes...)
	if done {
		w.note(writes)
	}
	return done, err
}

type eachWatched struct {
	*watched
	each projector.EachSaver
}

// SaveEach implements [projector.EachSaver].
func (w eachWatched) SaveEach(ctx context.Context, writes ...projector.Write) ([]bool, error) {
	done, err := w.each.SaveEach(ctx, writes...)
	if err == nil {
		w.note(writes)
	}
	return done, err
}

func (w *watched) note(writes []projector.Write) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, write := range writes {
		for r := write.Next.Seen; r > 0; r-- { // and whatever came before it
			at := moment{write.ID.ID, r}
			if _, known := w.shown[at]; known {
				break
			}
			w.shown[at] = now
		}
	}
}

// wait waits until a revision is seen, and says when that was.
func (w *watched) wait(b *testing.B, at moment) time.Time {
	b.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		w.mu.Lock()
		shown, ok := w.shown[at]
		w.mu.Unlock()
		if ok {
			return shown
		}
	}
	b.Fatalf("revision %d of %q isn't seen after a minute", at.revision, at.key)
	return time.Time{}
}
