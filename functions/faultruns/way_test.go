package faultruns_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/mapping"
	"github.com/aeon-es/aeon/internal/trial"
	"github.com/aeon-es/aeon/store"
)

// The table of the views throttles for a while, and again at the end, when no later commit of a key would bring along what was passed over:
// nobody's fault, so nothing is parked, and all is done once it is over.
func TestThrottledTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seed := faults.Seed(t)
	var atTheEnd atomic.Bool
	strikes, endpoint := w.strikes(t, w.transport, kill, func(write faults.Write) faults.Fate {
		if write.Number > 50 && write.Number <= long.Or(1000, 300) || atTheEnd.Load() {
			return faults.Throttle
		}
		return faults.Pass
	})
	f := w.project(t, endpoint)
	w.settings.MaximumBatchingWindow = time.Second // batches of several keys at the end, too
	const keys = 40
	w.append(t.Context(), t, long.Or(10_000, 1000)/2, keys, seed)
	m := w.run(t, f, func(ctx context.Context, m *mapping.Stream) {
		w.append(ctx, t, long.Or(10_000, 1000)/2, keys, seed+1)
		if err := m.Drain(ctx, w.load.Commits()); err != nil {
			t.Fatal(err)
		}
		before := m.Figures().PartialFailures
		atTheEnd.Store(true)
		last := make([]trial.Commit, keys)
		for i := range last {
			last[i] = trial.Commit{Key: fmt.Sprint("counter/", i), Events: []store.Pending{{Type: "incremented"}}}
		}
		if err := w.load.AppendCommits(ctx, last...); err != nil {
			t.Fatal(err)
		}
		if err := m.Wait(ctx, func(f mapping.Figures) bool { return f.PartialFailures >= before+8 }); err != nil {
			t.Fatal(err)
		}
		atTheEnd.Store(false)
	})
	w.expectViews(t)
	t.Logf("throttled %d writes", strikes.Counts()[faults.Throttle])
	if m.Figures().PartialFailures < 9 {
		t.Errorf("too little happened: %s", m.Figures())
	}
}

// All of it at once: answers and requests get lost, come late or twice, DynamoDB throttles, conflicts and breaks, sandboxes are killed, frozen
// and recycled, and there are fewer of them than are wanted.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	for round := range long.Or(20, 1) {
		t.Run(fmt.Sprint("round ", round+1), everythingAtOnce)
	}
}

func everythingAtOnce(t *testing.T) {
	w := newWorld(t)
	w.timeout = 3 * time.Second
	w.source.Shards = 3
	seed := faults.Seed(t)
	way := faults.New(w.transport, seed, faults.Odds{
		LoseRequest: 0.01, LoseAnswer: 0.02, Late: 0.01, Repeat: 0.02, Throttle: 0.03, Conflict: 0.02, Break: 0.02,
		MaxLate: 200 * time.Millisecond, MaxDelay: 2 * time.Millisecond,
	})
	strikes, endpoint := w.strikes(t, way, func(f *lambda.Function, write faults.Write) {
		if write.Number%500 == 250 {
			freeze(f, write)
		} else {
			kill(f, write)
		}
	}, func(write faults.Write) faults.Fate {
		switch write.Number % 100 {
		case 25:
			return faults.StrikeBefore
		case 50:
			return faults.StrikeAfter
		}
		return faults.Pass
	})
	f := w.function(t, "project", endpoint, bootstrap.Function(t, "project"), lambda.Config{Concurrency: 5})
	m := w.run(t, f, func(ctx context.Context, _ *mapping.Stream) {
		for i := range uint64(4) {
			w.append(ctx, t, long.Or(1000, 250), 40, seed+i)
			f.Recycle()
		}
	})
	way.Land()
	w.expectViews(t)
	t.Logf("on the way: %v; killed or froze before %d writes and after %d",
		way.Counts(), strikes.Counts()[faults.StrikeBefore], strikes.Counts()[faults.StrikeAfter])
	if got := m.Figures(); got.Crashed == 0 || got.Throttled == 0 || len(way.Counts()) < 6 {
		t.Errorf("too little happened: %s, %v", got, way.Counts())
	}
	if strings.Contains(f.Output(), `"level":"PANIC"`) || strings.Contains(f.Output(), "goroutine ") {
		t.Errorf("a function panicked: %s", f.Output())
	}
}
