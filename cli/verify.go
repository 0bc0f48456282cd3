package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/aeon-es/aeon/internal/platform"
	"github.com/aeon-es/aeon/internal/storecheck"
	"github.com/aeon-es/aeon/projector"
	projectorsqlite "github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// errWrong says that something was found to be wrong.
var errWrong = errors.New("what is stored isn't as it should be")

// findingLine is something that is wrong, as JSON.
type findingLine struct {
	Found    string          `json:"found"` // where: "events" or "view"
	View     string          `json:"view,omitempty"`
	Version  int             `json:"version,omitempty"`
	ID       string          `json:"id,omitempty"` // of the row
	Key      string          `json:"key,omitempty"`
	Revision store.Revision  `json:"revision,omitempty"`
	Problem  string          `json:"problem"`
	Stored   json.RawMessage `json:"stored,omitempty"`
	Folded   json.RawMessage `json:"folded,omitempty"`
}

// eventsLine is what was found of the events.
type eventsLine struct {
	Verified string `json:"verified"` // "events"
	Keys     int    `json:"keys"`
	Events   int    `json:"events"`
	Indexed  *int   `json:"indexed,omitempty"` // absent where there is no index of positions
	Wrong    int    `json:"wrong"`
}

// viewLine is what was found of a version of a view.
type viewLine struct {
	Verified string `json:"verified"` // "view"
	View     string `json:"view"`
	Version  int    `json:"version"`
	Keys     int    `json:"keys"`
	Rows     int    `json:"rows"`
	Behind   int    `json:"behind"`
	Parked   int    `json:"parked"`
	Moving   int    `json:"moving"`
	Wrong    int    `json:"wrong"`
}

func (r *run) verifyCommand() *cobra.Command {
	eventsOnly := false
	c := &cobra.Command{
		Use:   "verify [VIEW...]",
		Short: "Check the whole store: events, index and views",
		Long: `Check the whole store, while it is in use: that each key's events are there, one revision behind the other, with positions that
increase and are each there once; that the index of positions holds what the table holds; and that the rows of all views, or those
named, are the fold of the events that they have seen, by the code of this program. Keys that are behind or parked are counted
apart: they aren't wrong, and up to where they are they are compared. Nothing is changed.

It exits with 6 where something is wrong. It reads the whole table of events, its index, and once more for each view. It reads the
database itself: --store is a file or dynamodb, not a server.`,
		Example: `  aeon verify
  aeon verify counters --store dynamodb
  aeon verify --events --json`,
		RunE: func(c *cobra.Command, args []string) error {
			if eventsOnly && len(args) > 0 {
				return usagef("--events leaves out the views: name none")
			}
			return r.withPlatform(c.Context(), func(p *platform.Platform) error {
				if len(args) == 0 && !eventsOnly {
					args = p.Projector.Views()
				}
				for _, view := range args {
					if _, err := p.Projector.Keyed(view); err != nil {
						return err
					}
				}
				wrong, err := r.verifyEvents(c.Context(), p)
				for _, view := range args {
					if err != nil {
						return err
					}
					var more int
					more, err = r.verifyView(c.Context(), p, view)
					wrong += more
				}
				if err == nil && wrong > 0 {
					err = fmt.Errorf("%w: %d findings; restore what is wrong about events from a backup, and rebuild views", errWrong, wrong)
				}
				return err
			})
		},
	}
	c.Flags().BoolVar(&eventsOnly, "events", false, "leave out the views")
	return c
}

func (r *run) verifyEvents(ctx context.Context, p *platform.Platform) (int, error) {
	bar := r.progressOf(ctx, "checking the events", "keys", p)
	var indexBar *progress
	var failed error
	report, err := storecheck.Run(ctx, p.Store, storecheck.Options{
		Found: func(f storecheck.Finding) {
			err := r.printFinding(findingLine{Found: "events", Key: f.Key, Revision: f.Revision, Problem: f.Problem})
			failed = errors.Join(failed, err)
		},
		Progress: func(now storecheck.Report) {
			if now.Indexed == 0 {
				bar.at(now.Keys, now.Keys, fmt.Sprintf("%d events", now.Events))
				return
			}
			if indexBar == nil {
				bar.end()
				indexBar = r.progress("checking the index", "events", now.Events)
			}
			indexBar.at(now.Indexed, now.Indexed, "")
		},
	})
	bar.end()
	if indexBar != nil {
		indexBar.end()
	}
	if err = errors.Join(err, failed); err != nil {
		return report.Found, err
	}
	line := eventsLine{Verified: "events", Keys: report.Keys, Events: report.Events, Wrong: report.Found}
	if !report.NoIndex {
		line.Indexed = &report.Indexed
	}
	if r.json {
		return report.Found, r.printJSON(line)
	}
	index := fmt.Sprintf("%d of them settled, and compared with the index of positions", report.Indexed)
	if report.NoIndex {
		index = "not compared with an index of positions, which this store hasn't"
	}
	return report.Found, r.printf("%s %d in %d keys, %s: %s\n", bold("events"), report.Events, report.Keys, index, verdict(report.Found))
}

func verdict(wrong int) string {
	if wrong > 0 {
		return red(wrong, " wrong")
	}
	return green("right")
}

func (r *run) printFinding(f findingLine) error {
	if r.json {
		return r.printJSON(f)
	}
	var where string
	switch {
	case f.View != "":
		where = fmt.Sprintf("%s#%d %s", f.View, f.Version, bold(printable(f.ID)))
	case f.Revision > 0:
		where = fmt.Sprintf("%s @ %d", bold(printable(f.Key)), f.Revision)
	default:
		where = bold("events")
	}
	if err := r.printf("%s %s: %s\n", red("wrong"), where, onOneLine(f.Problem)); err != nil {
		return err
	}
	if f.Stored == nil && f.Folded == nil {
		return nil
	}
	return r.printf("  stored %s\n  folded %s\n", orNothing(f.Stored), orNothing(f.Folded))
}

func orNothing(row json.RawMessage) string {
	if row == nil {
		return "no row"
	}
	return string(row)
}

// verifyView verifies a view. Rows made of several keys are folded anew in a file that is thrown away.
func (r *run) verifyView(ctx context.Context, p *platform.Platform, view string) (wrong int, err error) {
	folder, err := os.MkdirTemp("", "aeon-verify-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	scratch, err := storesqlite.Open(filepath.Join(folder, "scratch.db"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	rows, err := projectorsqlite.New(ctx, scratch)
	if err != nil {
		return 0, err
	}
	bar := r.progressOf(ctx, "checking view "+view, "keys", p)
	var failed error
	found, err := p.Projector.Verify(ctx, view, &projector.VerifyOptions{
		Scratch: rows, Progress: func(now projector.Progress) { bar.atKeys(now) },
		Wrong: func(w projector.WrongRow) {
			err := r.printFinding(findingLine{
				Found: "view", View: w.View, Version: w.Version, ID: w.ID, Problem: w.Problem, Stored: w.Stored, Folded: w.Folded,
			})
			failed = errors.Join(failed, err)
		},
	})
	bar.end()
	if err = errors.Join(err, failed); err != nil {
		return 0, err
	}
	for _, v := range found {
		wrong += v.Wrong
		if err := r.printVerified(v); err != nil {
			return wrong, err
		}
	}
	return wrong, nil
}

func (r *run) printVerified(v projector.Verified) error {
	if r.json {
		return r.printJSON(viewLine{
			Verified: "view", View: v.View, Version: v.Version, Keys: v.Keys, Rows: v.Rows, Behind: v.Behind, Parked: v.Parked,
			Moving: v.Moving, Wrong: v.Wrong,
		})
	}
	more := ""
	for _, n := range []struct {
		n    int
		what string
	}{{v.Behind, "keys behind"}, {v.Parked, "keys parked"}, {v.Moving, "rows that kept moving, and weren't compared"}} {
		if n.n > 0 {
			more += fmt.Sprintf(", %d %s", n.n, n.what)
		}
	}
	return r.printf("%s %d rows of %d keys%s: %s\n", bold(v.View, "#", v.Version), v.Rows, v.Keys, more, verdict(v.Wrong))
}
