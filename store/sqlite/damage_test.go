package sqlite_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/sqlitedb"
	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

// damage changes what is stored, as somebody with a SQLite shell could.
func damage(t *testing.T, b *sqlite.Backend, statement string, args ...any) {
	t.Helper()
	err := b.DB().Write(t.Context(), func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(statement, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestADamagedCommitIsNamed(t *testing.T) {
	for column, value := range map[string]any{
		"events":   `[{"type":"happened","data":{"n":1}`, // cut off
		"position": "nowhere",
		"count":    2,
		"revision": -2,
	} {
		b := open(t, sqlite.Memory)
		s := store.New(b)
		mustAppend(t, s, event)
		mustAppend(t, s, event)
		damage(t, b, "UPDATE commits SET "+column+" = ? WHERE revision = 2", value)
		var last error
		if column == "revision" {
			_, last = b.Changes(t.Context(), 0, 10)
		} else {
			_, _, last = s.ReadLatest(t.Context(), "key")
		}
		damaged, ok := errors.AsType[*store.DamagedError](last)
		if !ok || !strings.HasPrefix(damaged.Item, `commit "key" @ `) {
			t.Errorf("%s: %v", column, last)
		}
	}
}

// What somebody puts into the database by hand and no append makes is named by whatever read meets it, with its key and its revision;
// what doesn't meet it works.
func TestRowsThatCannotBeAreNamed(t *testing.T) {
	for _, count := range []int{0, -2} {
		s := withAStrangeRow(t, "count", count)
		for _, r := range []store.Range{{}, {Start: 1}, {Backward: true}, {Limit: 10}} {
			var last error
			for _, last = range s.Read(t.Context(), "key", r) {
			}
			damaged, ok := errors.AsType[*store.DamagedError](last)
			if !ok || damaged.Item != `commit "key" @ 4` || !strings.HasPrefix(damaged.Problem, fmt.Sprint("count is ", count)) {
				t.Errorf("count %d, %+v: %v", count, r, last)
			}
		}
	}
}

// What somebody puts below the first revision is not in the way of anything: no commit can be there.
func TestRowsBelowTheFirstRevisionArePassedOver(t *testing.T) {
	for _, revision := range []int{-1, 0} {
		s := withAStrangeRow(t, "revision", revision)
		for _, r := range []store.Range{{}, {Start: 1}, {Backward: true}, {Limit: 10}, {End: 3}} {
			n := 0
			for _, err := range s.Read(t.Context(), "key", r) {
				if n++; err != nil {
					t.Errorf("%+v: %v", r, err)
				}
			}
			if n != 3 {
				t.Errorf("revision %d, %+v: %d events", revision, r, n)
			}
		}
		if e, _, err := s.ReadLatest(t.Context(), "key"); err != nil || e.Revision != 3 {
			t.Errorf("revision %d: the latest is %d, %v", revision, e.Revision, err)
		}
	}
}

// withAStrangeRow has three commits of one event, and a row beside them that no append can have made.
func withAStrangeRow(t *testing.T, column string, value int) *store.Store {
	t.Helper()
	b := open(t, sqlite.Memory)
	s := store.New(b)
	for range 3 {
		mustAppend(t, s, event)
	}
	damage(t, b, "INSERT INTO commits SELECT 9, key, 4, count, '01KDVDNAZ80000000000000000', committedAt, appendId, idempotencyKey, events FROM commits WHERE revision = 1")
	damage(t, b, "UPDATE commits SET "+column+" = ? WHERE revision = 4", value)
	return s
}

func TestWhatElseEventsMayNotBe(t *testing.T) {
	for _, text := range []string{
		"", "null", "[]", "{}", `[{}]`, `[{"type":""}]`, `[{"type":1}]`, `[{"type":"a"},]`, `[{"type":"a"}] x`, `[{"type":"a","data":01}]`,
		`[{"type":"a","data":{"n":}}]`, `[{"type":"a","data":"\x"}]`, `[{"type":"a","data":"` + "\n" + `"}]`, `[{"type":"a","other":}]`,
		`[{"type":"a","metadata":{"n":1}}]`, `[{"type":"a","metadata":["n"]}]`, `[{"type":"a","data":tru}]`, `[{"type":"a","data":1e}]`,
		`[{"type":"a","data":[1 2]}]`, `[{"type":"a","data":"open]`, `[{"type":"a"}`, `[{"type":"a","data":"\u12"}]`, `[{"type":"a","data":-}]`,
		`[{"type":"a"},{"type":"b"}]`, "[{\"type\":\"a\xff\"}]", `[{"type":"a","data":` + strings.Repeat("[", 5_000_000),
	} {
		b := open(t, sqlite.Memory)
		s := store.New(b)
		mustAppend(t, s, event)
		damage(t, b, "UPDATE commits SET events = ?", text)
		if e, _, err := s.ReadLatest(t.Context(), "key"); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%q is read as %+v, %v", text, e, err)
		}
	}
}

// What is damaged doesn't stop appends behind it, as they need its place alone, and what can't be read at all says so.
func TestAppendsBehindDamage(t *testing.T) {
	b := open(t, sqlite.Memory)
	mustAppend(t, store.New(b), event)
	damage(t, b, "UPDATE commits SET events = 'x'")
	mustAppend(t, store.New(b), event)
	damage(t, b, "UPDATE commits SET position = 'x' WHERE revision = 1")
	_, err := store.New(b).Append(t.Context(), "key", store.NoStream(), event, nil)
	if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestADamagedMarkerIsNamed(t *testing.T) {
	for column, value := range map[string]any{"position": "x", "revision": 0, "count": -1, "count ": 0, "revision ": -1} {
		b := open(t, sqlite.Memory)
		marked := &store.AppendOptions{IdempotencyKey: "a"}
		if _, err := store.New(b).Append(t.Context(), "key", store.Any(), event, marked); err != nil {
			t.Fatal(err)
		}
		damage(t, b, "UPDATE markers SET "+column+" = ?", value)
		s := store.New(b)
		_, err := s.Append(t.Context(), "key", store.Any(), event, marked)
		if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), `marker of idempotency key "a" in key "key"`) {
			t.Errorf("%s = %v: %v", column, value, err)
		}
		if _, err := s.Append(t.Context(), "key", store.Any(), event, nil); err != nil {
			t.Errorf("without the idempotency key, %s = %v: %v", column, value, err)
		}
	}
}

func TestADamagedSnapshotIsNamed(t *testing.T) {
	for _, column := range []string{"revision", "schema"} {
		b := open(t, sqlite.Memory)
		kept := &store.Snapshot{Key: "key", Name: "sum", Schema: 1, Revision: 3, State: []byte("{}")}
		if err := b.PutSnapshot(t.Context(), kept); err != nil {
			t.Fatal(err)
		}
		damage(t, b, "UPDATE snapshots SET "+column+" = -1")
		got, err := b.Snapshot(t.Context(), "key", "sum")
		if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), `snapshot "sum" of key "key"`) {
			t.Errorf("%s: %+v, %v", column, got, err)
		}
	}
}

// Somebody who writes rows by hand may lay them out otherwise.
func TestEventsInAnotherLayout(t *testing.T) {
	b := open(t, sqlite.Memory)
	s := store.New(b)
	mustAppend(t, s, event)
	damage(t, b, "UPDATE commits SET events = ?", " [\n{ \"data\" : { \"n\" : 1 } , \"metadata\":{ },\t\"correlationId\":\"\\u0063\",\r\n\"type\":\"h\\u0061ppened\" } ] ")
	e, _, err := s.ReadLatest(t.Context(), "key")
	if err != nil || e.Type != "happened" || e.CorrelationID != "c" || string(e.Data) != `{ "n" : 1 }` {
		t.Errorf("read %+v, %v", e, err)
	}
}

// What a newer version may add to an event is passed over, and stays where it is.
func TestFieldsOfTheFutureArePassedOver(t *testing.T) {
	b := open(t, sqlite.Memory)
	s := store.New(b)
	mustAppend(t, s, event)
	newer := `[{"newer":{"a":[1,{}]},"type":"happened","data":{"n":1},"newest":null}]`
	damage(t, b, "UPDATE commits SET events = ?", newer)
	e, _, err := s.ReadLatest(t.Context(), "key")
	if err != nil || e.Type != "happened" || string(e.Data) != `{"n":1}` {
		t.Errorf("read %+v, %v", e, err)
	}
}

func TestUnavailable(t *testing.T) {
	b := open(t, filepath.Join(t.TempDir(), "test.db"))
	s := store.New(b)
	mustAppend(t, s, event)
	damage(t, b, "DROP TABLE commits")
	_, err := s.Append(t.Context(), "key", store.Any(), event, nil)
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "commits") {
		t.Errorf("append without the table: %v", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("ping without the table: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Head(t.Context(), "key"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("closed: %v", err)
	}
}
