package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
	"github.com/aeon-es/aeon/store/storetest"
)

// open opens a backend and closes it when the test ends.
func open(t testing.TB, path string) *sqlite.Backend {
	t.Helper()
	b, err := sqlite.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return b
}

func TestBackendInAFile(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Backend { return open(t, filepath.Join(t.TempDir(), "test.db")) })
}

func TestBackendInMemory(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Backend { return open(t, sqlite.Memory) })
}
