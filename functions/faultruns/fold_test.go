package faultruns_test

import (
	"context"
	"slices"
	"testing"

	"github.com/aeon-es/aeon/internal/trial"
)

// append stores so many commits over so many keys, of one to three events each.
func (w *world) append(ctx context.Context, t *testing.T, commits, keys int, seed uint64) {
	t.Helper()
	if err := w.load.Append(ctx, commits, keys, seed); err != nil {
		t.Fatal(err)
	}
}

// expectViews says whether the table holds what was appended, each view shows exactly what the table's events make, and the
// keys with an event that can't be counted are parked, and no others. It gives those.
func (w *world) expectViews(t *testing.T) (poisoned []string) {
	t.Helper()
	report, err := w.load.Check(t.Context(), w.projector)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Differences {
		t.Error(d)
	}
	return report.Poisoned
}

// rows are what the rows of a key have to be.
func (w *world) rows(t *testing.T, key string) trial.Rows {
	t.Helper()
	rows, err := w.load.Rows(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// expectParked says whether just these keys are parked in a view.
func (w *world) expectParked(t *testing.T, view string, want ...string) {
	t.Helper()
	var report trial.Report
	if err := w.load.Parked(t.Context(), w.projector, &report, view, slices.Sorted(slices.Values(want))); err != nil {
		t.Fatal(err)
	}
	for _, d := range report.Differences {
		t.Error(d)
	}
}
