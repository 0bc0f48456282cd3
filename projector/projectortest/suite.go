// Package projectortest is the definition of a [projector.Backend]: a suite that every one of them passes. A new
// backend needs a constructor and
//
//	func TestBackend(t *testing.T) { projectortest.Run(t, open) }
package projectortest

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Open gives backends for one test: new ones, or ones shared with other tests, which use other keys and views.
type Open func(t *testing.T) (store.Backend, projector.Backend)

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	t.Helper()
	t.Run("Backend", func(t *testing.T) { runBackend(t, open) })
	t.Run("List", func(t *testing.T) { runList(t, open) })
	t.Run("Ranks", func(t *testing.T) { runRanks(t, open) })
	t.Run("Fresh", func(t *testing.T) { runFresh(t, open) })
	t.Run("Delivery", func(t *testing.T) { runDelivery(t, open) })
	t.Run("Doorbells", func(t *testing.T) { runDoorbells(t, open) })
	t.Run("Failure", func(t *testing.T) { runFailure(t, open) })
	t.Run("Parking", func(t *testing.T) { runParking(t, open) })
	t.Run("Many", func(t *testing.T) { runMany(t, open) })
	t.Run("Versions", func(t *testing.T) { runVersions(t, open) })
	t.Run("React", func(t *testing.T) { runReact(t, open) })
	t.Run("Verify", func(t *testing.T) { runVerify(t, open) })
}

// bundle is what one test works with.
type bundle struct {
	store     *store.Store
	backend   projector.Backend
	projector *projector.Projector
	view      string
	key       string
}

// Tally is the row of the suite's view: it depends on the order of events, so that a doubled, a lost and a swapped
// one all show.
type Tally struct {
	Count int    `json:"count"`
	Hash  uint32 `json:"hash"`
}

// tally folds any event but "unwanted"; "removed" deletes the row, "broken" fails, "panics" panics.
func tally(row *Tally, e store.Committed) (*Tally, error) {
	switch e.Type {
	case "removed":
		return nil, nil
	case "broken":
		return nil, errors.New("broken on purpose")
	case "panics":
		panic("on purpose")
	}
	if row == nil {
		row = &Tally{}
	}
	row.Count++
	row.Hash = row.Hash*31 + uint32(e.Revision)
	return row, nil
}

// setup makes a projector with one view; view and key are the test's own.
func setup(t *testing.T, open Open) *bundle {
	t.Helper()
	events, rows := open(t)
	b := &bundle{store: store.New(events), backend: rows, view: viewName(t), key: t.Name()}
	b.projector = b.anotherProjector(t, tally)
	return b
}

// anotherProjector is one more on the same tables, as in another process.
func (b *bundle) anotherProjector(t *testing.T, apply func(*Tally, store.Committed) (*Tally, error)) *projector.Projector {
	t.Helper()
	p, err := projector.New(b.store, b.backend, nil, projector.View[Tally]{
		Name: b.view, Types: []string{"happened", "removed", "broken", "panics"}, Apply: apply,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// viewName is one that no other test uses.
func viewName(t *testing.T) string {
	t.Helper()
	var sum uint32
	for _, c := range t.Name() {
		sum = sum*31 + uint32(c)
	}
	return fmt.Sprintf("tally-%d", sum)
}

// append stores one commit with an event of each type, and gives it as a change stream carries it.
func (b *bundle) append(t *testing.T, key string, types ...string) *store.Commit {
	t.Helper()
	events := make([]store.Pending, len(types))
	for i, name := range types {
		events[i].Type = name
	}
	a, err := b.store.Append(t.Context(), key, store.Any(), events, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &store.Commit{Key: key, Revision: a.First, CommittedAt: a.CommittedAt, Events: events, Count: a.Count}
	return c
}

// bell is the doorbell that carries c.
func bell(c *store.Commit) projector.Doorbell {
	return projector.Doorbell{Key: c.Key, Revision: c.Last(), Commit: c}
}

// bells are those of commits.
func bells(commits ...*store.Commit) []projector.Doorbell {
	rung := make([]projector.Doorbell, len(commits))
	for i, c := range commits {
		rung[i] = bell(c)
	}
	return rung
}

// expectFold says whether the row of key is the fold of the events in the store, seen to their end.
func (b *bundle) expectFold(t *testing.T, key string) {
	t.Helper()
	var want *Tally
	var head store.Revision
	for e, err := range b.store.Read(t.Context(), key, store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		head = e.Revision
		if e.Type != "unwanted" {
			if want, err = tally(want, e); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.expect(t, key, head, want)
}

// expect says whether the row of key is want, at revision seen.
func (b *bundle) expect(t *testing.T, key string, seen store.Revision, want *Tally) {
	t.Helper()
	r, err := b.projector.Query(t.Context(), b.view, key)
	if err != nil && !errors.Is(err, projector.ErrParked) {
		t.Fatal(err)
	}
	wantRow := "no row"
	if want != nil {
		encoded, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		wantRow = string(encoded)
	}
	gotRow := "no row"
	if r.Row != nil {
		gotRow = string(r.Row)
	}
	if r.Revision != seen || gotRow != wantRow {
		t.Errorf("row of %q: %s at revision %d, want %s at revision %d", key, gotRow, r.Revision, wantRow, seen)
	}
}
