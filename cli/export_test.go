package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/archive"
	"github.com/aeon-es/aeon/store/sqlite"
)

// filled is a store with some keys.
func filled(t *testing.T, keys int) *store.Store {
	t.Helper()
	b, err := sqlite.Open(sqlite.Memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	s := store.New(b)
	for k := range keys {
		for range 1 + k%3 {
			if _, err := s.Append(t.Context(), fmt.Sprintf("k/%d", k), store.Any(), []store.Pending{{Type: "a"}, {Type: "b"}}, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

// unpack is what a file holds.
func unpack(t *testing.T, name string) string {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	text, err := unpacked(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// An export that is stopped, or crashes, goes on to the same file: also when it is stopped again and again.
func TestExportIsGoneOnWith(t *testing.T) {
	t.Parallel()
	s := filled(t, 40)
	whole := filepath.Join(t.TempDir(), "whole")
	f, err := openPart(whole, "s")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Export(t.Context(), s, f, nil); err != nil {
		t.Fatal(err)
	}
	if err := f.complete(); err != nil {
		t.Fatal(err)
	}
	want := unpack(t, whole)
	for _, name := range []string{"a.ndjson", "a.ndjson.gz"} {
		for _, crash := range []bool{false, true} {
			name := filepath.Join(t.TempDir(), name)
			runs := exportInParts(t, s, name, crash)
			if got := unpack(t, name); got != want || runs < 5 {
				t.Errorf("%s, crash %v: %d bytes in %d runs, want %d", name, crash, len(got), runs, len(want))
			}
			if left, err := filepath.Glob(name + ".*"); err != nil || len(left) > 0 {
				t.Errorf("%s is left: %v", left, err)
			}
		}
	}
}

// exportInParts ends each run after a few keys, and answers how many runs it took. One that crashes has written more than what is kept.
func exportInParts(t *testing.T, s *store.Store, name string, crash bool) (runs int) {
	t.Helper()
	for {
		runs++
		f, err := openPart(name, "s")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		_, err = archive.Export(ctx, s, f, &archive.ExportOptions{From: f.kept.At, Progress: func(at archive.Place) error {
			if n++; crash && n == 6 {
				f.since = keepEvery
			}
			if n == 8 {
				cancel()
			}
			return f.passed(at)
		}})
		cancel()
		switch {
		case err == nil:
			if err := f.complete(); err != nil {
				t.Fatal(err)
			}
			return runs
		case !errors.Is(err, context.Canceled):
			t.Fatal(err)
		}
		if crash {
			if _, err := f.file.WriteString("half a li"); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.stop(!crash); err != nil {
			t.Fatal(err)
		}
	}
}

func TestExportOfAnotherStoreIsNotGoneOnWith(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "a.ndjson")
	f, err := openPart(name, "one.db")
	if err != nil {
		t.Fatal(err)
	}
	f.at = &archive.Place{}
	if err := f.stop(true); err != nil {
		t.Fatal(err)
	}
	var usage *usageError
	if _, err := openPart(name, "other.db"); !errors.As(err, &usage) {
		t.Errorf("another store: %v", err)
	}
	if f, err = openPart(name, "one.db"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("text")); err != nil {
		t.Fatal(err)
	}
	f.at = &archive.Place{}
	if err := f.stop(true); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(f.part, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := openPart(name, "one.db"); err == nil {
		t.Error("a file that is shorter than it was is gone on with")
	}
}
