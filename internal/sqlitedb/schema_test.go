package sqlitedb

import (
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/store"
)

func TestSchemaStepsAreTakenOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	first := openAt(t, path) // version 1 of numbers
	if err := first.Write(t.Context(), insert(1)); err != nil {
		t.Fatal(err)
	}
	newer := Schema{Name: numbers.Name, Steps: append(slices.Clone(numbers.Steps), "INSERT INTO numbers (n) SELECT n + 10 FROM numbers")}
	second, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close() //nolint:errcheck // only read from
	for range 2 {
		if err := second.Apply(t.Context(), newer); err != nil {
			t.Fatal(err)
		}
	}
	if got := stored(t, second); !slices.Equal(got, []int{1, 11}) {
		t.Errorf("stored %v, want [1 11]", got)
	}
	err = first.Apply(t.Context(), numbers)
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "newer program") {
		t.Errorf("an older program opened it: %v", err)
	}
}

func TestAFailedStepLeavesNothing(t *testing.T) {
	db := inFile(t)
	broken := Schema{Name: "broken", Steps: []string{"CREATE TABLE half (n); INSERT INTO numbers (n) VALUES (7)", "CREATE TABEL typo (n)"}}
	if err := db.Apply(t.Context(), broken); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if got := stored(t, db); len(got) != 0 {
		t.Errorf("stored %v", got)
	}
	mended := Schema{Name: "broken", Steps: []string{"CREATE TABLE half (n)"}}
	if err := db.Apply(t.Context(), mended); err != nil {
		t.Errorf("after the failure: %v", err)
	}
}

func TestSomebodyElsesDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "foreign.db")
	foreign, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = foreign.ExecContext(t.Context(), "CREATE TABLE theirs (n)")
	if err := errors.Join(err, foreign.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "not one of Aeon's") {
		t.Errorf("got %v", err)
	}
}
