package sqlite

import (
	"fmt"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/store"
)

// markers counts the markers that are stored.
func markers(t *testing.T, b *Backend) (n int) {
	t.Helper()
	err := b.db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM markers").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestExpiredMarkersGo(t *testing.T) {
	b, err := Open(Memory)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() //nolint:errcheck // in memory
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	b.now = func() time.Time { return now }
	s := store.New(b, store.WithClock(b.now), store.WithIdempotencyTTL(time.Hour))
	appendWith := func(name string, ttl time.Duration) store.Appended {
		t.Helper()
		a, err := s.Append(t.Context(), "key", store.Any(), []store.Pending{{Type: name}},
			&store.AppendOptions{IdempotencyKey: name, IdempotencyTTL: ttl})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for i := range 20 {
		appendWith(fmt.Sprint("old", i), 0)
	}
	appendWith("forever", store.KeepForever)

	now = now.Add(time.Hour - time.Second)
	appendWith("before it is time", 0)
	if n := markers(t, b); n != 22 {
		t.Errorf("%d markers before any has expired, want 22", n)
	}
	now = now.Add(time.Second)
	if a := appendWith("old3", 0); !a.Duplicate {
		t.Error("an expired marker counts until it is removed")
	}
	for i := range 10 {
		appendWith(fmt.Sprint("new", i), 0)
	}
	if n := markers(t, b); n != 12 {
		t.Errorf("%d markers, want the 10 new ones and the 2 that have not expired", n)
	}
	for _, name := range []string{"forever", "before it is time", "new0"} {
		if a := appendWith(name, 0); !a.Duplicate {
			t.Errorf("%q is forgotten", name)
		}
	}
	if a := appendWith("old3", 0); a.Duplicate {
		t.Error("a removed marker still counts")
	}
}
