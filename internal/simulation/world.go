package simulation

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/internal/interleave/memqueue"
	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/internal/oracle"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// applyLimit is how long view code may take for one event.
const applyLimit = 3 * interleave.Jump / 2

// world is one run.
type world struct {
	plan     plan
	run      *interleave.Run
	events   *memstore.Backend
	truth    *store.Store // the events, read without being part of the run
	rows     *memviews.Backend
	queue    *memqueue.Queue
	oracle   *oracle.Oracle
	stream   *stream
	promises *promises

	mu         sync.Mutex
	counts     map[string]int
	marked     map[string]bool // tokens of the items with a mark
	generation generation
	calm       bool           // the clients are done, and nothing goes wrong any more
	over       bool           // nothing more is to be done
	clients    sync.WaitGroup // that are at work
}

// generation is the code that new instances run.
type generation int

const (
	first  generation = iota // its views can't fold some events
	mended                   // they can
	second                   // there is a second version of them
)

func newWorld(r *interleave.Run, p plan) *world {
	w := &world{plan: p, run: r, events: memstore.New(), queue: &memqueue.Queue{}, counts: map[string]int{}, marked: map[string]bool{}}
	w.truth = store.New(w.events)
	w.oracle = oracle.New(w.truth, w.queue, mustBe()...)
	w.rows = memviews.New(func(changes []memviews.Change) {
		if w.oracle.Watch(changes); w.oracle.Err() != nil {
			r.Fail(w.oracle.Err())
		}
		for _, c := range changes {
			if c.Is.Parked != nil && c.Was.Parked == nil {
				w.count("keys parked")
			}
			if c.Is.Parked != nil {
				w.mark(c.Is.Token)
			}
		}
	})
	w.stream, w.promises = newStream(w), newPromises()
	return w
}

// random is a source of chance for one part of the run.
func (w *world) random(part string) *rand.Rand {
	var n uint64
	for _, c := range part {
		n = n*31 + uint64(c)
	}
	return rand.New(rand.NewPCG(w.plan.seed, n)) //nolint:gosec // a test, that is to be repeated
}

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

// projector is one as an instance of a Lambda function has it: of the one that redrives, or of another, which leaves parked keys alone.
func (w *world) projector(instance int, g generation, redrives bool) *projector.Projector {
	c := code{plan: w.plan, instance: instance, mended: g >= mended}
	rows := memviews.Scheduled(w.rows)
	if !redrives {
		rows = heeding{rows, w}
	}
	p, err := projector.New(store.New(memstore.Scheduled(w.events)), rows,
		&projector.Options{Redriver: w.queue, Log: silent, ApplyLimit: applyLimit}, definitions(c, g >= second)...)
	if err != nil {
		panic(err)
	}
	return p
}

// heeding makes sure that nobody writes past a mark that he has seen.
type heeding struct {
	projector.Backend
	world *world
}

// Save implements [projector.Backend].
func (h heeding) Save(ctx context.Context, writes ...projector.Write) (bool, error) {
	for _, w := range writes {
		if h.world.isMarked(w.Was) && w.Next.Token != "" { // or else its version is dropped
			h.world.failf("a doorbell moves key %q in version %d of view %q, which is parked", w.ID.ID, w.ID.Version, w.ID.View)
		}
	}
	return h.Backend.Save(ctx, writes...)
}

func (w *world) mark(token string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.marked[token] = true
}

func (w *world) isMarked(token string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.marked[token]
}

// failf ends the run, as something is wrong.
func (w *world) failf(format string, args ...any) { w.run.Fail(fmt.Errorf(format, args...)) }

// count counts what happened, to show that it did.
func (w *world) count(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[what]++
}

func (w *world) deployed() generation {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.generation
}

func (w *world) deploy(g generation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.generation = g
}

func (w *world) is(state *bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return *state
}

func (w *world) set(state *bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*state = true
}

// turn waits until it is the turn of a task of the surroundings, which crash with nobody. false: the run is over.
func (w *world) turn(ctx context.Context, name string) bool {
	_, err := interleave.Read(ctx, nil, name, func(context.Context) (struct{}, error) { return struct{}{}, nil })
	return err == nil && !w.is(&w.over)
}

// idle waits until a jump has passed.
func idle() { time.Sleep(interleave.Jump / 2) }

// heads are the last revisions of all keys.
func (w *world) heads() map[string]store.Revision {
	heads := map[string]store.Revision{}
	for _, key := range w.keys() {
		h, err := w.truth.Head(context.Background(), key)
		if err != nil {
			panic(err)
		}
		if h.Revision() > 0 {
			heads[key] = h.Revision()
		}
	}
	return heads
}

const longKey = "long"

// keys are all that can have events.
func (w *world) keys() []string {
	keys := []string{allParcels, longKey, parcels(longKey)}
	for i := range w.plan.keys {
		keys = append(keys, keyName(i), parcels(keyName(i)))
	}
	return keys
}

func keyName(i int) string { return fmt.Sprint("k", i) }
