package oracle

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/aeon-es/aeon/internal/interleave/memqueue"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Behind says what is missing once everything has come to rest: a view that has not seen all of a key, a key
// that is still parked. nil if nothing is. It looks at the versions of views named, such as "counters#1".
func (o *Oracle) Behind(heads map[string]store.Revision, versions ...string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, view := range versions {
		s := o.views[view]
		for _, key := range slices.Sorted(maps.Keys(heads)) {
			if mark, parked := s.marks[key]; parked {
				return fmt.Errorf("view %s is still parked for key %q, at revision %d", view, key, mark.Revision)
			}
			if s.seen[key] != heads[key] {
				return fmt.Errorf("view %s has seen revision %d of key %q, whose head is %d", view, s.seen[key], key, heads[key])
			}
		}
	}
	return nil
}

// Left says what is wrong with a doorbell's having been answered for: that nobody is left to see to it. nil if the view has seen the
// revision, or if the key is parked or a redrive message for it waits.
func (o *Oracle) Left(view string, version int, key string, revision store.Revision) error {
	waits := func(m memqueue.Message) bool { return m.View == view && m.Key == key }
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.views[name(view, version)]
	if _, parked := s.marks[key]; parked || s.seen[key] >= revision || slices.ContainsFunc(o.queue.Waiting(), waits) {
		return nil
	}
	return fmt.Errorf("view %s#%d has seen revision %d of key %q, not %d, and nobody is left to see to that", view, version, s.seen[key], key, revision)
}

// Moment is how many steps there were so far: see [Oracle.Shown].
func (o *Oracle) Moment() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.step
}

// Shown says what is wrong with the answer to a query that began at a moment and has just ended: what it shows was there
// at no time in between.
func (o *Oracle) Shown(begun int, version int, r projector.Result) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.views[name(r.View, version)]
	versions := s.is[r.ID]
	if len(versions) == 0 || versions[0].step > begun {
		if r.Row == nil && r.Revision == 0 {
			return nil
		}
	}
	for i := len(versions) - 1; i >= 0; i-- {
		v := versions[i]
		if v.row == string(r.Row) && (v.seen == r.Revision || !s.keyed) {
			return nil
		}
		if v.step <= begun {
			break
		}
	}
	return fmt.Errorf("the query of row %q shows revision %d, %s, which it was not between steps %d and %d: %v",
		r.ID, r.Revision, orNone(string(r.Row)), begun, o.step, versions)
}

// Folded says what is wrong with an answer to a query that folds events which weren't stored in the row: it must be the fold of the key's
// events up to the revision that it shows.
func (o *Oracle) Folded(version int, r projector.Result) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.views[name(r.View, version)]
	var row json.RawMessage
	for _, e := range o.between(r.ID, 0, r.Revision) {
		for _, id := range s.ids(e) {
			if s.skips[skipped{r.ID, e.Revision}] {
				continue
			}
			var err error
			if row, err = s.apply(id, row, e); err != nil {
				return err
			}
		}
	}
	if string(row) != string(r.Row) {
		return fmt.Errorf("the query of row %q shows %s at revision %d, and must show %s", r.ID, orNone(string(r.Row)), r.Revision, orNone(string(row)))
	}
	return nil
}

// Forget has a version of a view be anything from now on: it is to be dropped.
func (o *Oracle) Forget(view string, version int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if s := o.views[name(view, version)]; s != nil {
		s.forgotten = true
	}
}

// Reached is the moment at which a view had seen a revision of a key; false if it hasn't.
func (o *Oracle) Reached(view string, version int, key string, revision store.Revision) (int, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	reached := o.views[name(view, version)].reached[key]
	if int(revision) > len(reached) {
		return 0, false
	}
	if revision == 0 {
		return 0, true
	}
	return reached[revision-1], true
}
