package sqlitedb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
)

// numbers is a table to write to.
var numbers = Schema{Name: "numbers", Steps: []string{"CREATE TABLE numbers (n INTEGER PRIMARY KEY)"}}

func openAt(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	if err := db.Apply(t.Context(), numbers); err != nil {
		t.Fatal(err)
	}
	return db
}

func inFile(t *testing.T) *DB { return openAt(t, filepath.Join(t.TempDir(), "test.db")) }

// everywhere runs test on a database in a file and on one in memory.
func everywhere(t *testing.T, test func(t *testing.T, db *DB)) {
	t.Run("file", func(t *testing.T) { test(t, inFile(t)) })
	t.Run("memory", func(t *testing.T) { test(t, openAt(t, Memory)) })
}

func insert(n int) func(*Tx) error {
	return func(tx *Tx) error {
		_, err := tx.Exec("INSERT INTO numbers (n) VALUES (?)", n)
		return err
	}
}

// stored is the numbers in the table.
func stored(t *testing.T, db *DB) []int {
	t.Helper()
	found := []int{}
	err := db.Read(t.Context(), func(tx *Tx) error {
		rows, err := tx.Query("SELECT n FROM numbers ORDER BY n")
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // rows.Err tells
		for rows.Next() {
			var n int
			if err := rows.Scan(&n); err != nil {
				return err
			}
			found = append(found, n)
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestWhatWasWrittenIsRead(t *testing.T) {
	everywhere(t, func(t *testing.T, db *DB) {
		var all sync.WaitGroup
		for n := range 100 {
			all.Go(func() {
				if err := db.Write(t.Context(), insert(n)); err != nil {
					t.Error(err)
				}
				if !slices.Contains(stored(t, db), n) {
					t.Errorf("%d was written and is not there", n)
				}
			})
		}
		all.Wait()
		if got := stored(t, db); len(got) != 100 {
			t.Errorf("%d rows, want 100", len(got))
		}
	})
}

func TestReadCannotWrite(t *testing.T) {
	everywhere(t, func(t *testing.T, db *DB) {
		if err := db.Read(t.Context(), insert(1)); err == nil {
			t.Error("Exec within a Read succeeded")
		}
		if got := stored(t, db); len(got) != 0 {
			t.Errorf("stored %v", got)
		}
	})
}

func TestReadersDoNotWaitForTheWriter(t *testing.T) {
	db := inFile(t)
	err := db.Write(t.Context(), func(tx *Tx) error {
		if err := insert(1)(tx); err != nil {
			return err
		}
		if got := stored(t, db); len(got) != 0 {
			t.Errorf("a reader sees %v before it is committed", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What a kill leaves behind depends on these.
func TestSettingsOfAFile(t *testing.T) {
	db := inFile(t)
	err := db.Write(t.Context(), func(tx *Tx) error {
		for setting, want := range map[string]string{"journal_mode": "wal", "synchronous": "1"} {
			var got string
			if err := tx.QueryRow("PRAGMA " + setting).Scan(&got); err != nil || got != want {
				t.Errorf("%s is %q (%v), want %q", setting, got, err, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPathsOfAnyKind(t *testing.T) {
	for _, name := range []string{"a b.db", "what?.db", "50%.db", "#1.db", "ü.db", "a&_pragma=x.db", "file:x.db"} {
		path := filepath.Join(t.TempDir(), name)
		db := openAt(t, path)
		if err := db.Write(t.Context(), insert(1)); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	t.Chdir(t.TempDir())
	openAt(t, "file:relative.db")
	if _, err := os.Stat("file:relative.db"); err != nil {
		t.Error(err)
	}
}

func TestClose(t *testing.T) {
	everywhere(t, func(t *testing.T, db *DB) {
		begun, goOn, outcome := make(chan struct{}), make(chan struct{}), make(chan error, 1)
		go func() {
			outcome <- db.Write(context.Background(), func(tx *Tx) error {
				close(begun)
				<-goOn
				return insert(1)(tx)
			})
		}()
		<-begun
		closed := make(chan error, 1)
		go func() { closed <- db.Close() }()
		select {
		case err := <-closed:
			t.Fatalf("closed while a write was under way: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		close(goOn)
		if err := errors.Join(<-outcome, <-closed, db.Close()); err != nil {
			t.Error(err)
		}
		for what, err := range map[string]error{
			"write": db.Write(t.Context(), insert(2)),
			"read":  db.Read(t.Context(), func(*Tx) error { return nil }),
		} {
			if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "closed") {
				t.Errorf("%s after Close: %v", what, err)
			}
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"an empty path": "", "a directory": dir, "no such directory": filepath.Join(dir, "no", "test.db"), "another kind of file": text,
	} {
		if _, err := Open(path); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
