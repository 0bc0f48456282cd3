package projector_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// informed is the same with code that has the view in two versions.
func informed(a actor) actor {
	a.name, a.second = "informed "+a.name, true
	return a
}

var (
	register = actor{name: "register", code: code{second: true}, act: func(ctx context.Context, m *meeting) {
		_, _ = m.projector.Register(ctx, viewName, 2) // whether it is done or not
	}}
	rebuild = actor{name: "rebuild", code: code{second: true}, act: func(ctx context.Context, m *meeting) {
		if _, err := m.projector.Rebuild(ctx, viewName, 2, &projector.RebuildOptions{Segments: 1}); err == nil {
			_, _ = m.projector.Switch(ctx, viewName, 2)
		}
	}}
	switching = actor{name: "switch", code: code{second: true}, act: func(ctx context.Context, m *meeting) {
		_, _ = m.projector.Switch(ctx, viewName, 2) // whether it is done or not
	}}
	reader = actor{name: "reader", code: code{second: true}, act: func(ctx context.Context, m *meeting) {
		for range 2 {
			m.query(ctx)
		}
	}}
)

// query asks for the row of the key as of its head, and holds the answer against what was there.
func (m *meeting) query(ctx context.Context) {
	f := projector.Freshness{Revision: m.head.Revision()}
	begun := m.oracle.Moment()
	r, err := m.projector.QueryFresh(ctx, viewName, m.head.Key(), f)
	if err != nil {
		return
	}
	err = errors.Join(m.oracle.Shown(begun, 1, r), m.oracle.Shown(begun, 2, r))
	if r.Revision < f.Revision {
		err = fmt.Errorf("asked for revision %d, it shows %d", f.Revision, r.Revision)
	} else if m.oracle.Shown(begun, 1, r) == nil || m.oracle.Shown(begun, 2, r) == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wrong = err
}

// A version is registered while news come in by a process that knows it, or by one that doesn't yet.
func TestRegisteringInEveryOrder(t *testing.T) {
	t.Parallel()
	pairs := [][]actor{{register, informed(news)}, {register, news}, {register, register}}
	everyOrder(t, interleave.Options{Faults: 1}, pairs, situationsOf(oneSeen)...)
}

var oneSeen = map[string]func(w *world) []*store.Commit{"one seen": oneKey(true, "happened", "unwanted", "happened", "happened")}

// A version is rebuilt, and queries switched to it, while news come in and queries go on.
func TestRebuildingInEveryOrder(t *testing.T) {
	t.Parallel()
	pairs := [][]actor{{rebuild, informed(news)}, {rebuild, news}, {rebuild, reader}}
	situations := situationsOf(oneSeen)
	everyOrder(t, interleave.Options{Faults: long.Or(1, 0)}, pairs, long.Or(situations, situations[:1])...)
}

// oneCommit is the least that there can be of a key.
func oneCommit(w *world) []*store.Commit {
	return []*store.Commit{w.seed("a", []string{"x"}, "happened")}
}

// rebuilt has a second version that may be switched to.
func rebuilt(w *world) []*store.Commit {
	seeds := oneCommit(w)
	if _, err := w.projector(code{second: true}, false).Rebuild(context.Background(), viewName, 2, nil); err != nil {
		panic(err)
	}
	return seeds
}

// The least of that, with an answer lost or a crash anywhere: in a rebuild and a switch that meet a batch, and in a switch that meets
// news, a query, or another.
func TestRebuildingWithAFaultInEveryOrder(t *testing.T) {
	t.Parallel()
	pairs := [][]actor{{rebuild, informed(batch(0))}, {rebuild, reader}}
	everyOrder(t, interleave.Options{Faults: 1}, pairs, situation{name: "one row per key, one commit", app: keyed, seed: oneCommit})
	pairs = [][]actor{{switching, informed(news)}, {switching, news}, {switching, reader}, {switching, switching}}
	everyOrder(t, interleave.Options{Faults: 1}, pairs, situation{name: "one row per key, rebuilt", app: keyed, seed: rebuilt})
}

// Two processes are the first that there are.
func TestFirstInEveryOrder(t *testing.T) {
	t.Parallel()
	first := situation{name: "first", app: keyed, seed: oneKey(false, "happened", "happened", "removed", "happened"), fresh: true}
	everyOrder(t, interleave.Options{Faults: long.Or(1, 0)}, [][]actor{{batch(0, 1), batch(1, 2)}, {batch(0), register}}, first)
}
