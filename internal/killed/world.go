package killed

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// How many keys get events, and how many rows they share.
const (
	keys = 8
	rows = 3
)

func keyName(n int) string { return fmt.Sprint("key", n) }

// appendUntil appends commits until over is closed: one at each step of the processes, which leads to their next, and now and
// then, where they take none.
func appendUntil(ctx context.Context, s *store.Store, steps, over <-chan struct{}) error {
	for {
		if _, err := s.Append(ctx, keyName(rand.N(keys)), store.Any(), some(), nil); err != nil { //nolint:gosec // any key will do
			return err
		}
		select {
		case <-steps:
		case <-time.After(20 * time.Millisecond):
		case <-over:
			return nil
		}
	}
}

// some are a few events, each touching a few rows.
func some() []store.Pending {
	events := make([]store.Pending, 1+rand.N(3)) //nolint:gosec // whatever
	for i := range events {
		first := rand.N(rows) //nolint:gosec // whatever
		events[i] = store.Pending{Type: happened, Data: fmt.Appendf(nil, `["row%d","row%d"]`, first, (first+1)%rows)}
		if rand.N(4) == 0 { //nolint:gosec // whatever
			events[i].Type = ordered
		}
	}
	return events
}

// must is what the rows must be.
type must struct {
	events, shipped int
	heads           map[string]store.Revision
	keyed, shipping map[string]trace
	shared          map[string]map[string]trace
	reactions       map[string]int // by what led to it and where it went: how many there are, less those that there must be
}

// read folds all that is stored, one event after the other.
func read(ctx context.Context, s *store.Store) (*must, error) {
	m := &must{
		heads: map[string]store.Revision{}, keyed: map[string]trace{}, shipping: map[string]trace{},
		shared: map[string]map[string]trace{}, reactions: map[string]int{},
	}
	all := []string{allParcels}
	for n := range keys {
		all = append(all, keyName(n), parcels(keyName(n)))
	}
	for _, key := range all {
		for e, err := range s.Read(ctx, key, store.Range{}) {
			if err != nil {
				return nil, err
			}
			m.fold(e)
		}
	}
	return m, nil
}

func (m *must) fold(e store.Committed) {
	m.events++
	m.heads[e.Key] = e.Revision
	m.keyed[e.Key] = m.keyed[e.Key].with(e)
	if e.Type == shipped {
		m.shipped++
		m.reactions[fmt.Sprintf("%s@%s to %s", e.Metadata[projector.CausationKey], e.Metadata[projector.CausationRevision], e.Key)]++
		return
	}
	for _, id := range rowsOf(e) {
		if m.shared[id] == nil {
			m.shared[id] = map[string]trace{}
		}
		m.shared[id][e.Key] = m.shared[id][e.Key].with(e)
	}
	if e.Type == ordered {
		m.shipping[e.Key] = m.shipping[e.Key].with(e)
		m.reactions[fmt.Sprintf("%s@%d to %s", e.Key, e.Revision, parcels(e.Key))]--
		m.reactions[fmt.Sprintf("%s@%d to %s", e.Key, e.Revision, allParcels)]--
	}
}

// inexact says what isn't as it must be; nil if nothing is.
func (m *must) inexact(ctx context.Context, p *projector.Projector) error {
	for order, more := range m.reactions {
		if more != 0 {
			return fmt.Errorf("order %s is shipped %d times more often than once", order, more)
		}
	}
	for key, head := range m.heads {
		for _, view := range p.Views() {
			seen, err := p.Seen(ctx, view, key)
			if err != nil {
				return err
			}
			if seen != head {
				return fmt.Errorf("view %q has seen revision %d of %q, whose head is %d", view, seen, key, head)
			}
		}
		if err := expect(ctx, p, "keyed", key, m.keyed[key]); err != nil {
			return err
		}
	}
	for key, state := range m.shipping {
		if err := expect(ctx, p, "shipping", key, state); err != nil {
			return err
		}
	}
	for id, row := range m.shared {
		if err := expect(ctx, p, "shared", id, row); err != nil {
			return err
		}
	}
	return nil
}

func expect(ctx context.Context, p *projector.Projector, view, id string, row any) error {
	text, err := json.Marshal(row)
	if err != nil {
		return err
	}
	r, err := p.Query(ctx, view, id)
	if err == nil && string(r.Row) != string(text) {
		err = fmt.Errorf("row %q of view %q is %s, and must be %s", id, view, r.Row, text)
	}
	return err
}
