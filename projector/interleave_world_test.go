package projector_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/aeon-es/aeon/internal/interleave"
	"github.com/aeon-es/aeon/internal/interleave/memqueue"
	"github.com/aeon-es/aeon/internal/interleave/memstore"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/internal/oracle"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// trace is a row from which can be told what was folded, how often, and in what order.
type trace struct {
	Keys map[string][]store.Revision `json:"keys"`
}

// folding adds an event to the row; "removed" deletes what its key has there. A bad event fails where broken.
func folding(broken bool) func(row *trace, e store.Committed) (*trace, error) {
	return func(row *trace, e store.Committed) (*trace, error) {
		if broken && e.Type == "bad" {
			return nil, errors.New("broken on purpose")
		}
		if row == nil {
			row = &trace{Keys: map[string][]store.Revision{}}
		}
		if row.Keys[e.Key] = append(row.Keys[e.Key], e.Revision); e.Type == "removed" {
			delete(row.Keys, e.Key)
		}
		if len(row.Keys) == 0 {
			return nil, nil
		}
		return row, nil
	}
}

const viewName = "v"

var wantedTypes = []string{"happened", "bad", "removed"}

// code is what a process runs.
type code struct {
	broken bool // it can't fold a bad event
	second bool // it has a second version of the view
}

// app makes a view of some kind.
type app func(version int, c code) projector.View[trace]

// keyed has one row per key.
func keyed(version int, c code) projector.View[trace] {
	return projector.View[trace]{Name: viewName, Version: version, Types: wantedTypes, Apply: folding(c.broken)}
}

// shared has the rows that an event names; all keys feed them.
func shared(version int, c code) projector.View[trace] {
	v := keyed(version, c)
	v.IDs = func(e store.Committed) []string {
		var ids []string
		if err := json.Unmarshal(e.Data, &ids); err != nil {
			panic(err)
		}
		return ids
	}
	return v
}

// world is one run: what is stored, who works on it, and what must be.
type world struct {
	run    *interleave.Run
	app    app
	events *memstore.Backend
	store  *store.Store // to look at, and to set up
	rows   *memviews.Backend
	queue  *memqueue.Queue
	oracle *oracle.Oracle

	mu    sync.Mutex
	done  map[string]bool // commits whose doorbell was answered, by name
	wrong error
}

func newWorld(r *interleave.Run, a app) *world {
	w := &world{run: r, app: a, events: memstore.New(), queue: &memqueue.Queue{}, done: map[string]bool{}}
	w.store = store.New(w.events)
	w.oracle = oracle.New(w.store, w.queue, oracle.Of(a(1, code{})), oracle.Of(a(2, code{})))
	w.rows = memviews.New(w.oracle.Watch)
	return w
}

// begin registers the view, which the first projector does: before the run it takes no steps.
func (w *world) begin() {
	if _, err := w.projector(code{}, false).Registrations(context.Background()); err != nil {
		panic(err)
	}
}

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

// eventsOf are the events as a process of its own sees them.
func (w *world) eventsOf() *store.Store { return store.New(memstore.Scheduled(w.events)) }

// projector is one of a process of its own.
func (w *world) projector(c code, quiet bool) *projector.Projector {
	var redriver projector.Redriver = w.queue
	if quiet {
		redriver = noRedriver{w}
	}
	views := []projector.Definition{w.app(1, c)}
	if c.second {
		views = append(views, w.app(2, c))
	}
	p, err := projector.New(w.eventsOf(), memviews.Scheduled(w.rows), &projector.Options{Redriver: redriver, Log: silent}, views...)
	if err != nil {
		panic(err)
	}
	return p
}

// noRedriver has a run fail in which a redrive sends a message for the mark that it can't get past.
type noRedriver struct{ *world }

// SendRedrive implements [projector.Redriver].
func (w noRedriver) SendRedrive(_ context.Context, _, key string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrong = fmt.Errorf("a redrive of %q sends another message", key)
	return nil
}

// commit stores one commit with an event of each type, all touching the same rows, and gives it as a change stream does.
func (w *world) commit(ctx context.Context, s *store.Store, at store.Head, rows []string, types ...string) *store.Commit {
	data, err := json.Marshal(rows)
	if err != nil {
		panic(err)
	}
	events := make([]store.Pending, len(types))
	for i, name := range types {
		events[i] = store.Pending{Type: name, Data: data}
	}
	a, err := s.Append(ctx, at.Key(), store.At(at), events, nil)
	if err != nil {
		return nil
	}
	return &store.Commit{Key: a.Key(), Revision: a.First, CommittedAt: a.CommittedAt, Events: events, Count: a.Count}
}

// seed is commit before the run.
func (w *world) seed(key string, rows []string, types ...string) *store.Commit {
	return w.commit(context.Background(), w.store, w.head(w.store, key), rows, types...)
}

// append stores one more commit in the run, if nobody else is first.
func (w *world) append(ctx context.Context, s *store.Store, at store.Head) *store.Commit {
	return w.commit(ctx, s, at, []string{"x"}, "happened")
}

// head is that of a key before the run.
func (w *world) head(s *store.Store, key string) store.Head {
	h, err := s.Head(context.Background(), key)
	if err != nil {
		panic(err)
	}
	return h
}

// ring rings a batch as Lambda delivers it once: what is not answered is not done.
func (w *world) ring(ctx context.Context, p *projector.Projector, commits ...*store.Commit) {
	bells := make([]projector.Doorbell, len(commits))
	for i, c := range commits {
		bells[i] = projector.Doorbell{Key: c.Key, Revision: c.Last(), Commit: c}
	}
	err := p.Ring(ctx, bells)
	if ctx.Err() != nil {
		return
	}
	answered := len(commits)
	if backlog, ok := errors.AsType[*projector.BacklogError](err); ok {
		answered = backlog.First
	} else if err != nil {
		answered = 0
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range commits[:answered] {
		w.done[commitName(c)] = true
	}
}

func commitName(c *store.Commit) string { return fmt.Sprintf("%s@%d", c.Key, c.Revision) }

// redrive answers one message of the queue, if there is one.
func (w *world) redrive(ctx context.Context, p *projector.Projector) {
	m, ok, err := w.queue.Receive(ctx)
	if err != nil || !ok {
		return
	}
	_, err = p.Redrive(ctx, m.View, m.Key)
	_, fails := errors.AsType[*projector.ProjectionError](err)
	if err == nil || !fails && errors.Is(err, projector.ErrParked) { // anew, with a message of its own
		_ = w.queue.Delete(ctx, m) // where it isn't, it comes again
	}
}

// check says what is wrong with what came of the run; then lets everything come to rest, with a mended view, and says what is
// wrong with that.
func (w *world) check() error {
	if err := errors.Join(w.wrong, w.oracle.Err()); err != nil {
		return err
	}
	p := w.projector(code{second: true}, false)
	heads := map[string]store.Revision{}
	for _, c := range w.commits() {
		heads[c.Key] = c.Last()
		if w.done[commitName(c)] {
			continue // whoever answered for it is held to that
		}
		if err := p.Ring(context.Background(), []projector.Doorbell{{Key: c.Key, Revision: c.Last(), Commit: c}}); err != nil {
			return fmt.Errorf("at last, with a mended view: %w", err)
		}
	}
	for _, m := range w.queue.Waiting() {
		if _, err := p.Redrive(context.Background(), m.View, m.Key); err != nil {
			return fmt.Errorf("at last, with a mended view: %w", err)
		}
	}
	return errors.Join(w.oracle.Err(), w.oracle.Behind(heads, complete(p)...))
}

// complete are the versions that must have seen everything.
func complete(p *projector.Projector) []string {
	all, err := p.Registrations(context.Background())
	if err != nil {
		panic(err)
	}
	var complete []string
	for version, r := range all[0].Versions {
		if version == all[0].Live || r.Complete {
			complete = append(complete, fmt.Sprintf("%s#%d", viewName, version))
		}
	}
	return complete
}

// commits are all that are stored, by key.
func (w *world) commits() []*store.Commit {
	var all []*store.Commit
	for _, key := range []string{"a", "b"} {
		page, err := w.events.Commits(context.Background(), store.CommitQuery{Key: key})
		if err != nil || page.More {
			panic(fmt.Sprint("more commits than expected, ", err))
		}
		for i := range page.Commits {
			all = append(all, &page.Commits[i])
		}
	}
	return all
}
