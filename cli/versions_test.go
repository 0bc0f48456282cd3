package cli_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/aeon-es/aeon/cli"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/store"
)

type tally struct {
	N int `json:"n"`
}

// counting is a version of a view, which counts in steps as large as its version.
func counting(version int) projector.Definition {
	return projector.View[tally]{Name: "tally", Version: version, Apply: func(row *tally, _ store.Committed) (*tally, error) {
		if row == nil {
			row = &tally{}
		}
		row.N += version
		return row, nil
	}}
}

// anHourLater has the last switch be an hour ago, so that nobody has to wait.
func anHourLater(t *testing.T, file string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	const statement = "UPDATE items SET row = json_set(row, '$.since', ?) WHERE id LIKE 'versions/%'"
	if _, err := db.ExecContext(t.Context(), statement, time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)); err != nil {
		t.Fatal(err)
	}
}

// A view's new version is filled beside the old one, switched to, back and forth, and the old one dropped: by an application of one's own.
func TestVersions(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "shop.db")
	views := []projector.Definition{counting(1)}
	expect := func(command, want string) {
		t.Helper()
		c := cli.App{Name: "shop", Views: views}.Command()
		var out strings.Builder
		c.SetOut(&out)
		c.SetErr(&out)
		c.SetArgs(append(strings.Fields(command), "--store", db))
		if err := c.ExecuteContext(t.Context()); err != nil {
			out.WriteString(err.Error())
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("shop %s: %s\nwant %s", command, out.String(), want)
		}
	}
	expect("append k happened", "k is at revision 1")
	expect("append k happened", "k is at revision 2")
	expect("view tally k", `{"n":2}`)
	views = append(views, counting(2))
	expect("switch tally 2", "not complete")
	expect("rebuild tally", "version 2 of tally is complete: 1 keys; 0 rows are as in the live version, 1 are not")
	expect("view tally k", `{"n":2}`)
	expect("switch tally 2", "queries see version 2 of tally")
	expect("view tally k", `{"n":4}`)
	expect("append k happened", "k is at revision 3")
	expect("switch tally 1 --json", `{"live":1,"since":"20`)
	expect("view tally k", `{"n":3}`)
	expect("drop tally 1", "version 1 is live")
	expect("rebuild tally --to 2 --switch --json", `{"live":2,"since":"20`)
	expect("drop tally 1", "some queries may see the one before still: try again in 10s")
	anHourLater(t, db)
	expect("drop tally 1 --json", `{"removed":1,"version":1,"view":"tally"}`)
	expect("status --json", `"view":"tally","version":2,"live":true`)
	expect("drop tally 0", `VERSION "0" is no number from 1 on`)
	expect("drop nothing 1", "unknown view")
}
