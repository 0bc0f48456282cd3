package sqlite_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

func TestAFileKeepsAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	want := []store.Pending{{
		Type: "happened", CorrelationID: "c", Metadata: map[string]string{"by": "kim"}, Data: []byte(`{"n":12345678901234567890.123}`),
	}, {Type: "bare"}}
	marked := &store.AppendOptions{IdempotencyKey: "a"}
	first, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	before, err := store.New(first).Append(t.Context(), "key", store.NoStream(), want, marked)
	if err := errors.Join(err, first.Close()); err != nil {
		t.Fatal(err)
	}
	s := store.New(open(t, path))
	var got []store.Committed
	for e, err := range s.Read(t.Context(), "key", store.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	if len(got) != 2 || got[1].Position != before.Position() || !got[0].CommittedAt.Equal(before.CommittedAt) ||
		string(got[0].Data) != string(want[0].Data) || got[0].Metadata["by"] != "kim" || got[0].CorrelationID != "c" || got[1].Type != "bare" {
		t.Errorf("reopened it holds %+v", got)
	}
	again, err := s.Append(t.Context(), "key", store.NoStream(), want, marked)
	if err != nil || !again.Duplicate || again.Position() != before.Position() {
		t.Errorf("the repeat: %+v, %v", again, err)
	}
}

func TestAFileOfANewerVersionIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	b := open(t, path)
	damage(t, b, "UPDATE schemas SET version = version + 1 WHERE name = 'store'")
	_, err := sqlite.Open(path)
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "newer") || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

func TestDatabasesInMemoryAreApart(t *testing.T) {
	one, other := open(t, sqlite.Memory), open(t, sqlite.Memory)
	mustAppend(t, store.New(one), event)
	if h, err := store.New(other).Head(t.Context(), "key"); err != nil || h.Revision() != 0 {
		t.Errorf("the other database is at %d, %v", h.Revision(), err)
	}
}
