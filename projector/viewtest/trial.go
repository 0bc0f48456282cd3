package viewtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/interleave/memviews"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// trial is a view, or a process manager, and events that are folded in one way after another.
type trial struct {
	t      testing.TB
	view   string
	define func(*probe) projector.Definition
	store  *store.Store
	events []store.Committed
}

// version is that of every view here: what it is in earnest makes no difference.
const version = 1

// outcome is what has come of a way to fold them.
type outcome struct {
	projector *projector.Projector
	rows      map[string]string // as JSON; and the reactions of a process manager
	reactions map[string][]projector.Reaction
}

// order is some events, by their places: each key's in their own order, from the first on.
type order []int

// fold folds events in an order, in batches that end before the given places of it, or each by itself where there is no cuts.
func (r *trial) fold(p *probe, events order, cuts ...int) outcome {
	r.t.Helper()
	rows := memviews.New(nil)
	views, err := projector.New(r.store, rows, &projector.Options{Log: silent()}, r.define(p))
	if err != nil {
		r.t.Fatal(err)
	}
	var batch []projector.Doorbell
	for i, n := range events {
		e := r.events[n]
		batch = append(batch, projector.Doorbell{Key: e.Key, Revision: e.Revision, Commit: commit(e)})
		if cuts == nil || slices.Contains(cuts, i+1) || i == len(events)-1 {
			if err := views.Ring(r.t.Context(), batch); err != nil {
				r.t.Fatal(err)
			}
			batch = nil
		}
	}
	r.mustStand(views, events)
	if p.problem != "" {
		r.t.Fatal(p.problem)
	}
	return outcome{projector: views, rows: r.rows(rows, p), reactions: p.reactions}
}

// mustStand makes sure that each event was folded.
func (r *trial) mustStand(views *projector.Projector, events order) {
	r.t.Helper()
	for _, n := range events {
		e := r.events[n]
		_, err := views.Seen(r.t.Context(), r.view, e.Key)
		var parked *projector.ParkedError
		switch {
		case errors.As(err, &parked):
			r.t.Fatalf("%s@%d can't be folded: %s: %s", e.Key, parked.Revision, parked.Class, parked.Reason)
		case err != nil && !errors.Is(err, projector.ErrUnwantedKey):
			r.t.Fatal(err)
		}
	}
}

func (r *trial) rows(b *memviews.Backend, p *probe) map[string]string {
	r.t.Helper()
	rows := map[string]string{}
	for q := (projector.ListQuery{View: r.view, Version: version, Limit: 1000}); ; {
		page, err := b.List(r.t.Context(), q)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, row := range page.Rows {
			rows[fmt.Sprintf("row %q", row.ID)] = string(row.Row)
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	for event, reactions := range p.reactions {
		text := ""
		for _, reaction := range reactions {
			text += encoded(reaction) + "; "
		}
		rows["the reaction to "+event] = text
	}
	return rows
}

// difference says what is different, and how: empty if nothing is.
func difference(a, b map[string]string) (what, inA, inB string) {
	var names []string
	for _, rows := range []map[string]string{a, b} {
		for name := range rows {
			if a[name] != b[name] {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return "", "", ""
	}
	what = slices.Min(names)
	return what, orNothing(a[what]), orNothing(b[what])
}

func orNothing(text string) string {
	if text == "" {
		return "not there"
	}
	return text
}

// list is an order in words, an event a line.
func (r *trial) list(events order) string {
	var text strings.Builder
	for _, n := range events {
		fmt.Fprintf(&text, "\n\t%s", name(r.events[n]))
	}
	return text.String()
}
