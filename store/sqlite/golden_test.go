package sqlite_test

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

// update writes the golden file anew: only for a new format, see docs/stored-format.md.
var update = flag.Bool("update", false, "write the golden file")

// stored is one of everything that a store keeps.
type stored struct {
	commits  []store.Commit
	marker   store.Marker
	snapshot store.Snapshot
}

func one(t *testing.T) stored {
	t.Helper()
	at := time.Date(2026, 2, 3, 4, 5, 6, 7_000_000, time.UTC)
	var positions [2]store.Position
	for i, text := range []string{"01KGH3Q8F70000000000000000", "01KGH3Q8F7ABCDEFGHJKM00000"} {
		var err error
		if positions[i], err = store.ParsePosition(text); err != nil {
			t.Fatal(err)
		}
	}
	return stored{
		commits: []store.Commit{
			{
				Key: "counter/ü 50%", Revision: 1, Count: 1, Position: positions[0], CommittedAt: at,
				AppendID: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Events: []store.Pending{{Type: "opened"}},
			},
			{
				Key: "counter/ü 50%", Revision: 2, Count: 2, Position: positions[1], CommittedAt: at.Add(time.Second),
				AppendID: "ZYXWVUTSRQPONMLKJIHGFEDCBA", IdempotencyKey: "request-7", Events: []store.Pending{
					{
						Type: "ordered", CorrelationID: "trace-1", Metadata: map[string]string{"cause": "cart/1@7", "by": `"kim"`},
						Data: []byte(`{"total":12345678901234567890.10,"text":"\u00fc"}`),
					},
					{Type: "paid", Data: []byte(`null`)},
				},
			},
		},
		marker: store.Marker{
			Key: "counter/ü 50%", IdempotencyKey: "request-7", Revision: 2, Count: 2, Position: positions[1], CommittedAt: at.Add(time.Second),
			AppendID: "ZYXWVUTSRQPONMLKJIHGFEDCBA", Fingerprint: "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", Expires: at.Add(time.Hour).Truncate(time.Second),
		},
		snapshot: store.Snapshot{Key: "counter/ü 50%", Name: "counter", Schema: 2, Revision: 3, State: []byte(`{"count":12345678901234567890.10}`)},
	}
}

// TestGolden writes one of everything, and compares the database with what format 1 is.
func TestGolden(t *testing.T) {
	want := one(t)
	b := open(t, filepath.Join(t.TempDir(), "golden.db"))
	for i, m := range []*store.Marker{nil, &want.marker} {
		if refusal, err := b.Put(t.Context(), &want.commits[i], m); refusal != nil || err != nil {
			t.Fatal(refusal, err)
		}
	}
	if err := b.PutSnapshot(t.Context(), &want.snapshot); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "format-1.sql")
	written := dump(t, b)
	if *update {
		if err := os.WriteFile(path, []byte(written), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(golden), written); diff != "" {
		t.Errorf("%s (-golden +written):\n%s", path, diff)
	}
}

// TestOldFilesAreRead makes a database of the golden file, and reads it.
func TestOldFilesAreRead(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "format-*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			script, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "old.db")
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.ExecContext(t.Context(), string(script)); err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			mustHoldAll(t, open(t, path), one(t))
		})
	}
}

func mustHoldAll(t *testing.T, b *sqlite.Backend, want stored) {
	t.Helper()
	key := want.marker.Key
	page, err := b.Commits(t.Context(), store.CommitQuery{Key: key})
	if diff := cmp.Diff(want.commits, page.Commits); diff != "" || err != nil {
		t.Errorf("commits, %v (-want +got):\n%s", err, diff)
	}
	marker, err := b.Marker(t.Context(), key, want.marker.IdempotencyKey)
	if diff := cmp.Diff(&want.marker, marker); diff != "" || err != nil {
		t.Errorf("marker, %v (-want +got):\n%s", err, diff)
	}
	snapshot, err := b.Snapshot(t.Context(), key, want.snapshot.Name)
	if diff := cmp.Diff(&want.snapshot, snapshot); diff != "" || err != nil {
		t.Errorf("snapshot, %v (-want +got):\n%s", err, diff)
	}
}

// dump writes a database as the statements that make it.
func dump(t *testing.T, b *sqlite.Backend) string {
	t.Helper()
	lines := []string{fmt.Sprintf("PRAGMA application_id = %s;", column(t, b, "SELECT application_id FROM pragma_application_id")[0])}
	for _, statement := range column(t, b, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name") {
		lines = append(lines, statement+";")
	}
	for _, table := range column(t, b, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") {
		var quoted []string
		for _, name := range column(t, b, "SELECT name FROM pragma_table_info('"+table+"')") {
			quoted = append(quoted, "quote("+name+")")
		}
		rows := column(t, b, "SELECT "+strings.Join(quoted, " || ', ' || ")+" FROM "+table)
		slices.Sort(rows)
		for _, row := range rows {
			lines = append(lines, fmt.Sprintf("INSERT INTO %s VALUES (%s);", table, row))
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// column is what a query for texts gives.
func column(t *testing.T, b *sqlite.Backend, query string) (texts []string) {
	t.Helper()
	err := b.DB().Read(t.Context(), func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query(query)
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // read to the end
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				return err
			}
			texts = append(texts, text)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}
