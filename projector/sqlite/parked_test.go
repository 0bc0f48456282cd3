package sqlite_test

import (
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/projector/sqlite"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// Listing what is parked reads nothing but that, however many rows there are.
func TestParkedIsListedByItsIndex(t *testing.T) {
	t.Parallel()
	events, _ := openAt(t, storesqlite.Memory)
	var plan []string
	err := events.DB().Read(t.Context(), func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query("EXPLAIN QUERY PLAN "+sqlite.SelectParked, "counters", 1, -1, "", 10)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				return err
			}
			plan = append(plan, step)
		}
		return rows.Err()
	})
	if err != nil || len(plan) != 1 || !strings.Contains(plan[0], "USING INDEX parked (view=? AND version=? AND (kind,id)>(?,?))") {
		t.Errorf("the plan is %q, %v", plan, err)
	}
}
