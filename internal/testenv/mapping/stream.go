package mapping

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// Stream is a mapping of a stream to a function. Make it with [Start].
type Stream struct {
	source   Source
	arn      string
	function Function
	settings Settings
	lanes    [][]*lane // by shard
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu      sync.Mutex
	figures Figures
	err     error // why it reads no more
}

// Start makes a mapping that reads until the test ends.
func Start(tb testing.TB, source Source, function Function, settings Settings) *Stream {
	tb.Helper()
	if settings.BatchSize < 1 || settings.BatchSize > 10_000 || settings.ParallelizationFactor < 1 || settings.ParallelizationFactor > 10 {
		tb.Fatalf("AWS refuses these settings: %+v", settings)
	}
	source.Shards = max(source.Shards, 1)
	ctx, cancel := context.WithCancel(tb.Context())
	m := &Stream{source: source, arn: source.ARN, function: function, settings: settings, cancel: cancel}
	places, err := m.begin(ctx)
	if err != nil {
		tb.Fatalf("read the stream: %v", err)
	}
	for shard := range source.Shards {
		lanes := make([]*lane, settings.ParallelizationFactor)
		for i := range lanes {
			lanes[i] = &lane{Stream: m, shard: fmt.Sprintf("shardId-%020d-%08d", time.Now().UnixMilli(), shard), buffer: newBuffer()}
			m.running.Go(func() { lanes[i].run(ctx) })
		}
		m.lanes = append(m.lanes, lanes)
	}
	for _, at := range places {
		m.running.Go(func() { m.read(ctx, at) })
	}
	tb.Cleanup(m.Stop)
	return m
}

// Stop ends the mapping. What is under way is cut off.
func (m *Stream) Stop() {
	m.cancel()
	m.running.Wait()
}

// Drain waits until so many records were read since the mapping began, and all of them are done with or discarded.
func (m *Stream) Drain(ctx context.Context, records int) error {
	return m.Wait(ctx, func(f Figures) bool { return f.Read >= records && f.Finished == f.Read })
}

// stuckAfter is how long a mapping may get nowhere before waiting for it is given up.
const stuckAfter = 2 * time.Minute

// Wait waits until the figures are as wanted. It gives up where no record is finished for a long time.
func (m *Stream) Wait(ctx context.Context, wanted func(Figures) bool) error {
	finished, since := -1, time.Now()
	for {
		m.mu.Lock()
		f, err := m.figures, m.err
		m.mu.Unlock()
		switch {
		case err != nil:
			return fmt.Errorf("read the stream: %w", err)
		case wanted(f):
			return nil
		case f.Finished != finished:
			finished, since = f.Finished, time.Now()
		case time.Since(since) > stuckAfter:
			return fmt.Errorf("nothing was finished for %s: %s", stuckAfter, f)
		}
		if !pause(ctx, 5*time.Millisecond) {
			return fmt.Errorf("%w; by then: %s", ctx.Err(), f)
		}
	}
}

// finish notes that records are done with.
func (m *Stream) finish(records []*record) { m.count(func(f *Figures) { f.Finished += len(records) }) }

func (m *Stream) count(change func(*Figures)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.figures)
}

// Figures are those until now.
func (m *Stream) Figures() Figures {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.figures
}
