package viewtest

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

// Rows are the rows that events have come to.
type Rows[Row any] struct {
	t      testing.TB
	view   string
	ranked bool
	outcome
}

// Given folds events, in the order given, and checks the view's code besides, as the package says. It fails the test, and ends it,
// where an event can't be folded or something is wrong with the code.
func Given[Row any](t testing.TB, v projector.View[Row], events ...store.Committed) *Rows[Row] {
	t.Helper()
	s, stored := given(t, events)
	r := &trial{t: t, view: v.Name, store: s, events: stored, define: func(p *probe) projector.Definition {
		probed := v
		probed.Version = version
		if v.Apply != nil {
			probed.Apply = func(row *Row, e store.Committed) (*Row, error) { return apply(p, row, e, v.Apply) }
		}
		if v.ApplyTo != nil {
			probed.ApplyTo = func(id string, row *Row, e store.Committed) (*Row, error) {
				return apply(p, row, e, func(row *Row, e store.Committed) (*Row, error) { return v.ApplyTo(id, row, e) })
			}
		}
		return probed
	}}
	return &Rows[Row]{t: t, view: v.Name, ranked: v.Rank != nil, outcome: r.check(v.IDs != nil)}
}

// Row is a row; false if it isn't there.
func (r *Rows[Row]) Row(id string) (row Row, ok bool) {
	r.t.Helper()
	return rowOf[Row](r.t, r.outcome, r.view, id)
}

// ExpectRow fails the test if a row is anything else than want, compared by their JSON.
func (r *Rows[Row]) ExpectRow(id string, want Row) *Rows[Row] {
	r.t.Helper()
	expectRow(r.t, r.outcome, r.view, id, want)
	return r
}

// ExpectNoRow fails the test if there is such a row.
func (r *Rows[Row]) ExpectNoRow(id string) *Rows[Row] {
	r.t.Helper()
	expectNoRow(r.t, r.outcome, r.view, id)
	return r
}

// ExpectList fails the test if the view's list isn't of just these rows: by rank, if the view has ranks, or else in whatever order.
func (r *Rows[Row]) ExpectList(ids ...string) *Rows[Row] {
	r.t.Helper()
	var got []string
	for o := (projector.ListOptions{Limit: projector.MaxList}); ; {
		page, err := r.projector.List(r.t.Context(), r.view, &o)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, row := range page.Rows {
			got = append(got, row.ID)
		}
		if o.After = page.Next; o.After == "" {
			break
		}
	}
	want := slices.Clone(ids)
	if !r.ranked {
		slices.Sort(got)
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		r.t.Errorf("the list is %q, want %q", got, want)
	}
	return r
}

// query is the JSON of a row, empty if it isn't there.
func query(t testing.TB, o outcome, view, id string) string {
	t.Helper()
	r, err := o.projector.Query(t.Context(), view, id)
	if err != nil {
		t.Fatal(err)
	}
	return string(r.Row)
}

func rowOf[Row any](t testing.TB, o outcome, view, id string) (row Row, ok bool) {
	t.Helper()
	text := query(t, o, view, id)
	if text == "" {
		return row, false
	}
	if err := json.Unmarshal([]byte(text), &row); err != nil {
		t.Fatal(err)
	}
	return row, true
}

func expectRow[Row any](t testing.TB, o outcome, view, id string, want Row) {
	t.Helper()
	text, err := json.Marshal(&want)
	if err != nil {
		t.Fatal(err)
	}
	if got := query(t, o, view, id); got != string(text) {
		t.Errorf("row %q is %s, want %s", id, orNothing(got), text)
	}
}

func expectNoRow(t testing.TB, o outcome, view, id string) {
	t.Helper()
	if got := query(t, o, view, id); got != "" {
		t.Errorf("row %q is %s, want none", id, got)
	}
}
