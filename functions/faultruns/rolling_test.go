package faultruns_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/functions/faultruns/testdata/newviews"
	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/faults"
	"github.com/aeon-es/aeon/internal/testenv/lambda"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/mapping"
)

// shifting is an alias whose traffic goes to two versions of a function, by weight, as it does during a gradual deployment.
type shifting struct {
	*lambda.Function // the old one
	next             *lambda.Function
	mu               sync.Mutex
	random           *rand.Rand
	share            float64 // of the new one
}

func (s *shifting) shift(share float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.share = share
}

// Invoke implements [mapping.Function].
func (s *shifting) Invoke(ctx context.Context, payload []byte) lambda.Result {
	s.mu.Lock()
	toNew := s.share == 1 || s.share > 0 && s.random.Float64() < s.share
	s.mu.Unlock()
	if toNew {
		return s.next.Invoke(ctx, payload)
	}
	return s.Function.Invoke(ctx, payload)
}

// A new release, which knows another version of a view, is deployed bit by bit over the same tables, and both serve side by side. Its
// version is registered too early, while the old release still gets half of the traffic and knows nothing of it: whatever batch that is
// given comes again. At the end both versions are exact.
func TestRollingDeploy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, newviews.All()...)
	seed := faults.Seed(t)
	_, endpoint := w.strikes(t, w.transport, kill, func(write faults.Write) faults.Fate {
		if write.Number%80 == 0 { // instances come and go
			return faults.StrikeAfter
		}
		return faults.Pass
	})
	deployed := &shifting{
		Function: w.project(t, endpoint),
		next:     w.function(t, "project", endpoint, bootstrap.Package(t, "testdata/newproject"), lambda.Config{}),
		random:   rand.New(rand.NewPCG(seed, 0)),
	}
	commits := long.Or(2000, 200)
	w.append(t.Context(), t, commits, 40, seed)
	m := w.run(t, deployed, func(ctx context.Context, m *mapping.Stream) {
		for i, share := range []float64{0, 0.1, 0.5} {
			deployed.shift(share)
			w.append(ctx, t, commits, 40, seed+1+uint64(i))
		}
		if _, err := w.projector.Register(ctx, "counters", 2); err != nil {
			t.Fatal(err)
		}
		w.append(ctx, t, commits, 40, seed+4)
		for i := uint64(0); m.Figures().PartialFailures == 0 && i < 100; i++ { // until the old one meets it
			w.append(ctx, t, 4, 40, seed+5+i)
		}
		deployed.shift(1)
		if _, err := w.projector.Rebuild(ctx, "counters", 2, nil); err != nil {
			t.Error(err)
		}
	})
	w.expectViews(t)
	if f := m.Figures(); f.Crashed == 0 || f.PartialFailures == 0 {
		t.Errorf("too little happened: %s", m.Figures())
	}
	if _, err := w.projector.Switch(t.Context(), "counters", 2); err != nil {
		t.Fatal(err)
	}
	w.open(t, newviews.All()...) // one that doesn't remember which version was live
	w.expectSecondVersion(t)
}

// expectSecondVersion says whether the rows of the second version are the first's with the directions exchanged.
func (w *world) expectSecondVersion(t *testing.T) {
	t.Helper()
	for _, key := range w.load.Keys() {
		r, err := w.projector.Query(t.Context(), "counters", key)
		if err != nil {
			t.Fatal(err)
		}
		want := w.rows(t, key)
		c := want.Mended // it has no poison
		c.Total, c.Increments, c.Decrements = -c.Total, c.Decrements, c.Increments
		if string(r.Row) != c.String() || r.Revision != want.Seen {
			t.Errorf("version 2 of %q: %s at revision %d, want %s at revision %d", key, r.Row, r.Revision, c, want.Seen)
		}
	}
}
