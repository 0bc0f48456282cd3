package faultruns_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/mapping"
)

// Sandboxes are killed at every 25th write, in turn before it is done and after.
func TestCrashes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seed := faults.Seed(t)
	strikes, endpoint := w.strikes(t, w.transport, kill, func(write faults.Write) faults.Fate {
		switch write.Number % 50 {
		case 25:
			return faults.StrikeBefore
		case 0:
			return faults.StrikeAfter
		}
		return faults.Pass
	})
	f := w.project(t, endpoint)
	w.append(t.Context(), t, long.Or(10_000, 1000)/2, long.Or(200, 40), seed)
	m := w.run(t, f, func(ctx context.Context, _ *mapping.Stream) {
		w.append(ctx, t, long.Or(10_000, 1000)/2, long.Or(200, 40), seed+1)
	})
	w.expectViews(t)
	c := strikes.Counts()
	t.Logf("killed before %d writes and after %d", c[faults.StrikeBefore], c[faults.StrikeAfter])
	if c[faults.StrikeBefore] < 10 || c[faults.StrikeAfter] < 10 || m.Figures().Crashed < 10 {
		t.Errorf("too little happened: %v, %s", c, m.Figures())
	}
}

// Each single write is met by both: it is tried, and its sandbox killed before it is done; it is tried again, and its
// sandbox killed after it was.
func TestCrashAroundEachWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seed := faults.Seed(t)
	tries := map[string]int{}
	strikes, endpoint := w.strikes(t, w.transport, kill, func(write faults.Write) faults.Fate {
		id := written(t, write)
		switch tries[id]++; tries[id] {
		case 1:
			return faults.StrikeBefore
		case 2:
			return faults.StrikeAfter
		}
		return faults.Pass
	})
	w.settings.BatchSize = 20
	f := w.project(t, endpoint)
	w.append(t.Context(), t, long.Or(1000, 40)/2, long.Or(40, 4), seed)
	m := w.run(t, f, func(ctx context.Context, _ *mapping.Stream) {
		w.append(ctx, t, long.Or(1000, 40)/2, long.Or(40, 4), seed+1)
	})
	w.expectViews(t)
	c := strikes.Counts()
	t.Logf("killed before %d writes and after %d, of %d", c[faults.StrikeBefore], c[faults.StrikeAfter], len(tries))
	if c[faults.StrikeBefore] < 10 || c[faults.StrikeAfter] < 10 || m.Figures().Crashed < 10 {
		t.Errorf("too little happened: %v, %s", c, m.Figures())
	}
}

// written is the item that a write makes: which, and with how much seen.
func written(t *testing.T, w faults.Write) string {
	t.Helper()
	var body struct {
		TableName string
		Item      map[string]struct{ S, N string }
	}
	if err := json.Unmarshal(w.Body, &body); err != nil {
		t.Error(err)
	}
	return body.TableName + " " + body.Item["_pk"].S + " " + body.Item["_revision"].N
}

// Sandboxes freeze in the middle of a batch, until their time is over and Lambda kills them: before a write is done, or after.
func TestTimeouts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.timeout = 2 * time.Second
	seed := faults.Seed(t)
	strikes, endpoint := w.strikes(t, w.transport, freeze, func(write faults.Write) faults.Fate {
		switch write.Number % long.Or(60, 160) {
		case 20:
			return faults.StrikeBefore
		case long.Or(50, 100):
			return faults.StrikeAfter
		}
		return faults.Pass
	})
	f := w.project(t, endpoint)
	w.append(t.Context(), t, long.Or(10_000, 1000)/2, long.Or(200, 40), seed)
	m := w.run(t, f, func(ctx context.Context, _ *mapping.Stream) {
		w.append(ctx, t, long.Or(10_000, 1000)/2, long.Or(200, 40), seed+1)
	})
	w.expectViews(t)
	c := strikes.Counts()
	t.Logf("froze before %d writes and after %d", c[faults.StrikeBefore], c[faults.StrikeAfter])
	if c[faults.StrikeBefore] < 2 || c[faults.StrikeAfter] < 2 || m.Figures().TimedOut < 2 {
		t.Errorf("too little happened: %v, %s", c, m.Figures())
	}
}
