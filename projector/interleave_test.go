package projector_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// actor is something that brings a view up to date, in a process of its own.
type actor struct {
	name string
	code
	quiet bool // it sends no redrive message where a key stays parked
	// act is given a projector, and the commits there are, of which the first is of the key at head.
	act func(ctx context.Context, m *meeting)
}

// meeting is what an actor has to do with.
type meeting struct {
	*world
	projector *projector.Projector
	seeds     []*store.Commit
	events    *store.Store
	head      store.Head // of the first commit's key
}

func (a actor) String() string {
	if a.broken {
		return a.name + ", broken"
	}
	return a.name
}

// withBrokenCode is the same with a view that can't fold a bad event.
func withBrokenCode(a actor) actor {
	a.broken = true
	return a
}

var (
	catchUp = actor{name: "catch-up", act: func(ctx context.Context, m *meeting) {
		_, _ = m.projector.CatchUp(ctx, viewName, m.head.Key()) // whatever it answers, rows must be right
	}}
	redrive = actor{name: "redrive", act: func(ctx context.Context, m *meeting) { m.redrive(ctx, m.projector) }, quiet: true}
	bare    = actor{name: "bare doorbell", act: func(ctx context.Context, m *meeting) {
		_ = m.projector.Ring(ctx, []projector.Doorbell{{Key: m.head.Key(), Revision: m.head.Revision()}})
	}}
	news = actor{name: "news", act: func(ctx context.Context, m *meeting) {
		if c := m.append(ctx, m.events, m.head); c != nil {
			m.ring(ctx, m.projector, c)
		}
	}}
)

// batch rings for some of the commits there are, in this order.
func batch(of ...int) actor {
	return actor{name: fmt.Sprint("batch ", of), act: func(ctx context.Context, m *meeting) {
		var commits []*store.Commit
		for _, i := range of {
			commits = append(commits, m.seeds[i])
		}
		m.ring(ctx, m.projector, commits...)
	}}
}

// situation is where actors meet.
type situation struct {
	name string
	app
	// seed stores commits, and lets projectors work on them.
	seed func(w *world) []*store.Commit
	// marked says that there is one bad event, and that the key is parked there: no redrive is to send a message.
	marked bool
	// fresh says that no projector was at work before.
	fresh bool
}

// oneKey has three commits, of which the first is seen where seen says so.
func oneKey(seen bool, types ...string) func(w *world) []*store.Commit {
	return func(w *world) []*store.Commit {
		seeds := []*store.Commit{w.seed("a", []string{"x"}, types[0])}
		if seen {
			w.ring(context.Background(), w.projector(code{broken: true}, false), seeds...)
		}
		return append(seeds, w.seed("a", []string{"x", "y"}, types[1:3]...), w.seed("a", []string{"y"}, types[3:]...))
	}
}

// parked has a key that is parked at revision 2.
func parked(w *world) []*store.Commit {
	seeds := []*store.Commit{w.seed("a", []string{"x"}, "happened", "bad"), w.seed("a", []string{"x"}, "happened")}
	w.ring(context.Background(), w.projector(code{broken: true}, false), seeds...)
	return seeds
}

// twoKeys has two commits of each, touching the same rows, the first of a seen.
func twoKeys(w *world) []*store.Commit {
	seeds := []*store.Commit{w.seed("a", []string{"x", "y"}, "happened")}
	w.ring(context.Background(), w.projector(code{broken: true}, false), seeds...)
	return append(seeds, w.seed("a", []string{"y", "x"}, "happened", "removed"),
		w.seed("b", []string{"x"}, "happened"), w.seed("b", []string{"x", "y"}, "happened"))
}

// besideAnother has a key with a bad event, and one without.
func besideAnother(w *world) []*store.Commit {
	return []*store.Commit{w.seed("a", []string{"x"}, "happened", "bad"), w.seed("b", []string{"x", "y"}, "happened")}
}

// meet describes the actors in a situation, all at once.
func meet(r *interleave.Run, at situation, actors ...actor) *world {
	w := newWorld(r, at.app)
	if !at.fresh {
		w.begin()
	}
	seeds := at.seed(w)
	for i, a := range actors {
		m := &meeting{world: w, projector: w.projector(a.code, a.quiet && at.marked), seeds: seeds, events: w.eventsOf()}
		m.head = w.head(m.events, seeds[0].Key)
		r.Go(fmt.Sprintf("%d %s", i, a), func(ctx context.Context) { a.act(ctx, m) })
	}
	return w
}

// everyOrder explores each combination of actors in each situation.
func everyOrder(t *testing.T, o interleave.Options, combinations [][]actor, situations ...situation) {
	var runs, scenarios atomic.Int64
	t.Run("all", func(t *testing.T) {
		for _, at := range situations {
			for _, some := range combinations {
				t.Run(at.name+", "+names(some), func(t *testing.T) {
					t.Parallel()
					n := interleave.Explore(t, o, func(r *interleave.Run) func() error { return meet(r, at, some...).check })
					runs.Add(int64(n))
					scenarios.Add(1)
				})
			}
		}
	})
	t.Logf("%d interleavings of %d scenarios", runs.Load(), scenarios.Load())
}

// combinations are all choices of n actors, each as often as one likes, but for which of them is which.
func combinations(actors []actor, n int) [][]actor {
	if n == 0 {
		return [][]actor{nil}
	}
	var all [][]actor
	for i, first := range actors {
		for _, rest := range combinations(actors[i:], n-1) {
			all = append(all, append([]actor{first}, rest...))
		}
	}
	return all
}

func names(actors []actor) string {
	var all []string
	for _, a := range actors {
		all = append(all, a.String())
	}
	return strings.Join(all, ", ")
}

var views = map[string]app{"one row per key": keyed, "shared rows": shared}

// situationsOf has each seed for both kinds of view.
func situationsOf(seeds map[string]func(w *world) []*store.Commit) []situation {
	var all []situation
	for kind, view := range views {
		for name, seed := range seeds {
			all = append(all, situation{kind + ", " + name, view, seed, name == "parked", false})
		}
	}
	slices.SortFunc(all, func(a, b situation) int { return strings.Compare(a.name, b.name) })
	return all
}

// One key, brought up to date by any two of: a catch-up, and doorbells that come in order, late, doubled, with a gap before
// them, without their commit, for news that comes in meanwhile.
func TestTwoOnOneKeyInEveryOrder(t *testing.T) {
	t.Parallel()
	actors := long.Or([]actor{catchUp, bare, news, batch(1), batch(2), batch(2, 1, 2)}, []actor{catchUp, news, batch(2, 1, 2)})
	everyOrder(t, interleave.Options{Faults: long.Or(2, 1)}, combinations(actors, 2), situationsOf(map[string]func(w *world) []*store.Commit{
		"nothing seen": oneKey(false, "happened", "happened", "removed", "happened"),
		"one seen":     oneKey(true, "happened", "unwanted", "happened", "happened"),
	})...)
}

// A key whose events some projectors can't fold.
func TestParkingInEveryOrder(t *testing.T) {
	t.Parallel()
	actors := []actor{redrive, news, withBrokenCode(redrive), withBrokenCode(news), withBrokenCode(batch(0, 1))}
	situations := situationsOf(map[string]func(w *world) []*store.Commit{
		"parked":     parked,
		"not parked": oneKey(false, "happened", "bad", "happened", "bad"),
	})
	everyOrder(t, interleave.Options{Faults: 1}, combinations(actors, 2), situations...)
}

// A batch in which one key's event can't be folded, while another's are: their rows are the same.
func TestParkingBesideAnotherKeyInEveryOrder(t *testing.T) {
	t.Parallel()
	both := withBrokenCode(batch(0, 1))
	pairs := [][]actor{{both, redrive}, {both, withBrokenCode(news)}}
	everyOrder(t, interleave.Options{Faults: long.Or(1, 0)}, pairs, situation{name: "shared rows", app: shared, seed: besideAnother})
}

// Keys that feed the same rows, by catch-ups and by batches that overlap.
func TestTwoKeysInEveryOrder(t *testing.T) {
	t.Parallel()
	actors := long.Or([]actor{catchUp, batch(1, 2), batch(2, 3), batch(3, 1)}, []actor{catchUp, batch(1, 2), batch(2, 3)})
	everyOrder(t, interleave.Options{Faults: 1}, combinations(actors, 2), situation{name: "shared rows", app: shared, seed: twoKeys})
}
