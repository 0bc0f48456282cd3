// Package oracle knows what views must be: it follows every step of the database that keeps them, and holds it against the
// events in the store.
//
//   - After each step every row is the fold of the events up to the revisions seen, but for those skipped on purpose.
//   - Seen revisions don't go back.
//   - A key is marked as parked where its view stands, once, and no more often than redrive messages were sent for it.
//   - A query shows what was there at some moment while it was under way.
//   - All copies of a registration say the same.
package oracle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aeon-es/aeon/internal/interleave/memqueue"
	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Oracle follows the views of one database. Make it with [New]; safe for concurrent use.
type Oracle struct {
	store *store.Store
	queue *memqueue.Queue

	mu     sync.Mutex
	views  map[string]*state
	events map[string][]store.Committed // by key, as far as they were needed
	copies map[string]map[string]string // of registrations, by view: what each copy says
	step   int
	wrong  []error
}

// New makes an oracle for views of the events in s, which it reads without being part of any run. queue is where redrive
// messages go.
func New(s *store.Store, queue *memqueue.Queue, views ...View) *Oracle {
	o := &Oracle{
		store: s, queue: queue,
		views: map[string]*state{}, events: map[string][]store.Committed{}, copies: map[string]map[string]string{},
	}
	for _, v := range views {
		o.views[name(v.name, v.version)] = v.state()
	}
	return o
}

func name(view string, version int) string { return fmt.Sprintf("%s#%d", view, version) }

// Err is the first thing that went wrong, if anything did.
func (o *Oracle) Err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.wrong) == 0 {
		return nil
	}
	return o.wrong[0]
}

// Watch is told of each step: see [memviews.New].
func (o *Oracle) Watch(changes []memviews.Change) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.step++
	byView := map[string][]memviews.Change{}
	for _, c := range changes {
		if c.ID.Kind == projector.NoteItem {
			continue // what a projector keeps for itself
		}
		view := name(c.ID.View, c.ID.Version)
		byView[view] = append(byView[view], c)
	}
	o.followCopies(changes)
	for _, view := range slices.Sorted(maps.Keys(byView)) {
		s := o.views[view]
		if s == nil {
			o.wrong = append(o.wrong, fmt.Errorf("step %d writes view %s, which isn't there", o.step, view))
			continue
		}
		if s.forgotten {
			continue
		}
		if err := o.follow(s, byView[view]); err != nil {
			o.wrong = append(o.wrong, fmt.Errorf("view %s: %w", view, err))
		}
	}
}

// copiesBegin is how the ids of a registration's copies begin.
const copiesBegin = "versions/"

// followCopies makes sure that it makes no difference which copy of a registration a batch, or a query, goes by: one step changes
// all of them.
func (o *Oracle) followCopies(changes []memviews.Change) {
	changed := map[string]bool{}
	for _, c := range changes {
		if c.ID.Kind != projector.NoteItem || !strings.HasPrefix(c.ID.ID, copiesBegin) {
			continue
		}
		view := c.ID.View
		if changed[view] = true; o.copies[view] == nil {
			o.copies[view] = map[string]string{}
		}
		o.copies[view][c.ID.ID] = string(c.Is.Row)
	}
	for _, view := range slices.Sorted(maps.Keys(changed)) {
		all := o.copies[view]
		if says := slices.Compact(slices.Sorted(maps.Values(all))); len(all) < 2 || len(says) > 1 {
			o.wrong = append(o.wrong, fmt.Errorf("view %s: step %d leaves %d copies of its registration, which say %q", view, o.step, len(all), says))
		}
	}
}

// follow holds the changes of one step to a view against what must be.
func (o *Oracle) follow(s *state, changes []memviews.Change) error {
	touched := map[string]bool{}
	for _, c := range changes {
		if s.keyed || c.ID.Kind == projector.SeenItem {
			rows, err := o.advance(s, c)
			if err != nil {
				return fmt.Errorf("key %q: %w", c.ID.ID, err)
			}
			for _, id := range rows {
				touched[id] = true
			}
		}
		if c.ID.Kind == projector.RowItem {
			touched[c.ID.ID] = true
			s.is[c.ID.ID] = append(s.is[c.ID.ID], version{o.step, string(c.Is.Row), c.Is.Seen})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(touched)) {
		if is, must := s.now(id).row, string(s.must[id]); is != must {
			return fmt.Errorf("row %q is %s, and must be %s", id, orNone(is), orNone(must))
		}
	}
	return nil
}

func orNone(row string) string {
	if row == "" {
		return "none"
	}
	return row
}

// advance takes note of a change of an item that holds the seen revision of a key, and answers the rows that it must
// have changed.
func (o *Oracle) advance(s *state, c memviews.Change) ([]string, error) {
	key, mark := c.ID.ID, c.Is.Parked
	delete(s.marks, key)
	if mark != nil {
		s.marks[key] = *mark
		if c.Was.Parked == nil {
			s.marked[key]++
		}
	}
	switch {
	case c.Is.Seen < s.seen[key]:
		return nil, fmt.Errorf("the seen revision goes back from %d to %d", s.seen[key], c.Is.Seen)
	case mark != nil && mark.Revision != c.Is.Seen+1:
		return nil, fmt.Errorf("it is parked at revision %d, and stands at %d", mark.Revision, c.Is.Seen)
	case mark != nil && c.Was.Parked != nil && mark.Revision == c.Was.Parked.Revision:
		return nil, fmt.Errorf("it is parked anew at revision %d, where it was parked", mark.Revision)
	case s.marked[key] > o.queue.Sent(s.name, key):
		return nil, errors.New("it is parked without a redrive message")
	}
	for _, skip := range c.Is.Skips {
		s.skips[skipped{key, skip.Revision}] = true
	}
	events := o.between(key, s.seen[key], c.Is.Seen)
	if len(events) != int(c.Is.Seen-s.seen[key]) {
		return nil, fmt.Errorf("revision %d is seen, which isn't stored", c.Is.Seen)
	}
	return s.advance(o.step, key, events)
}

// between are the events of key behind one revision, up to another.
func (o *Oracle) between(key string, after, upTo store.Revision) []store.Committed {
	known := o.events[key]
	if int(upTo) > len(known) {
		for e, err := range o.store.Read(context.Background(), key, store.Range{Start: store.Revision(len(known)) + 1}) {
			if err != nil {
				break
			}
			known = append(known, e)
		}
		o.events[key] = known
	}
	return known[min(int(after), len(known)):min(int(upTo), len(known))]
}
