package sqlite_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/aeon-es/aeon/internal/killed"
	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/projector"
	"github.com/aeon-es/aeon/projector/sqlite"
	"github.com/aeon-es/aeon/store"
	storesqlite "github.com/aeon-es/aeon/store/sqlite"
)

// childEnv tells a process of this test binary to rebuild instead of running tests: "path|stop", where stop is the number of events
// after which it is to be killed; 0: it isn't.
const childEnv = "AEON_TEST_REBUILD"

func TestMain(m *testing.M) {
	if killed.Main(followUntilKilled) {
		return
	}
	if task, ok := os.LookupEnv(childEnv); ok {
		if err := rebuildUntilKilled(task, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// ordered is a row that tells whether each event was folded once, and in order.
type ordered struct {
	Events int    `json:"events"`
	Hash   uint32 `json:"hash"`
}

// ordering is the view "ordered". applied is called for each event that is folded.
func ordering(version int, applied func()) projector.View[ordered] {
	return projector.View[ordered]{Name: "ordered", Version: version, Apply: func(row *ordered, e store.Committed) (*ordered, error) {
		applied()
		if row == nil {
			row = &ordered{}
		}
		row.Events++
		row.Hash = row.Hash*31 + uint32(e.Revision)
		return row, nil
	}}
}

// rebuildUntilKilled rebuilds the view into version 2, and tells how far it is: "progress <keys> <segments ended>", "kill me", after
// which it goes on for a while, and in the end "done <rows that are the same> <others> <events folded> <heap early> <heap late>".
func rebuildUntilKilled(task string, out io.Writer) error {
	path, rest, _ := strings.Cut(task, "|")
	var stop int64
	if _, err := fmt.Sscan(rest, &stop); err != nil {
		return err
	}
	events, err := storesqlite.Open(path)
	if err != nil {
		return err
	}
	defer events.Close() //nolint:errcheck // the rows are read again by the parent
	rows, err := sqlite.New(context.Background(), events)
	if err != nil {
		return err
	}
	var applied atomic.Int64
	o := &projector.Options{ApplyLimit: time.Hour}
	p, err := projector.New(store.New(events), rows, o, ordering(1, func() {}), ordering(2, func() {
		switch n := applied.Add(1); {
		case stop > 0 && n == stop:
			fmt.Fprintln(out, "kill me") //nolint:errcheck // nobody does then, and the test fails
		case stop > 0 && n > stop+stop/4:
			select {} // it is late
		}
	}))
	if err != nil {
		return err
	}
	var heaps []uint64
	c, err := p.Rebuild(context.Background(), "ordered", 2, &projector.RebuildOptions{Progress: func(now projector.Progress) {
		fmt.Fprintln(out, "progress", now.Keys, now.Ended) //nolint:errcheck // the parent misses it then
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		heaps = append(heaps, memory.HeapAlloc)
	}})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "done", c.Same, c.Different, applied.Load(), heaps[0], heaps[len(heaps)-1])
	return err
}

// TestRebuildIsKilled has a process rebuild a view, kills it twice, and makes sure that the third one goes on and ends right, with
// no more memory in the end than at the beginning.
func TestRebuildIsKilled(t *testing.T) {
	t.Parallel()
	keys, each := long.Or(100_000, 2500), long.Or(10, 4)
	path := filepath.Join(t.TempDir(), "aeon.db")
	began := time.Now()
	prepare(t, path, keys, each)
	t.Logf("%d events of %d keys are there after %v", keys*each, keys, time.Since(began))

	total := keys * each
	for _, stop := range []int{total * 2 / 5, total / 5} {
		cmd, out := rebuilding(t, path, stop)
		last := listen(t, out)
		if last.line != "kill me" {
			t.Fatalf("the rebuild said %q", last.line)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the rebuild ended before it was killed")
		}
		t.Logf("killed, from %d to %d keys", last.from, last.keys)
	}
	began = time.Now()
	cmd, out := rebuilding(t, path, 0)
	last := listen(t, out)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	var same, different, applied, early, late int
	if _, err := fmt.Sscanf(last.line, "done %d %d %d %d %d", &same, &different, &applied, &early, &late); err != nil {
		t.Fatalf("the rebuild said %q: %v", last.line, err)
	}
	t.Logf("the rest, from %d to %d keys, took %v: %d of %d events; heap from %d to %d KB",
		last.from, last.keys, time.Since(began), applied, total, early>>10, late>>10)
	if same != keys || different != 0 || last.keys < keys || last.ended != projector.DefaultSegments {
		t.Errorf("%d rows are the same, %d are different; the last progress was %d keys, %d segments", same, different, last.keys, last.ended)
	}
	if applied > total/2 {
		t.Errorf("the third one folded %d of %d events: it didn't go on where the others were", applied, total)
	}
	if long.Enabled() && last.from < keys/4 { // the place is kept every two seconds
		t.Errorf("the third one began at %d of %d keys", last.from, keys)
	}
	if late > early+16<<20 {
		t.Errorf("the heap grew from %d to %d bytes", early, late)
	}
	expectOrdered(t, path, keys, each)
}

// prepare fills a store, and the view's version 1.
func prepare(t *testing.T, path string, keys, each int) {
	t.Helper()
	events, rows := openAt(t, path)
	s := store.New(events)
	var all errgroup.Group
	all.SetLimit(16)
	for i := range keys {
		all.Go(func() error {
			_, err := s.Append(t.Context(), fmt.Sprint("key/", i), store.NoStream(), slices.Repeat([]store.Pending{{Type: "happened"}}, each), nil)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	p, err := projector.New(s, rows, nil, ordering(1, func() {}))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Sweep(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// rebuilding starts a process that rebuilds; what it says comes out of the scanner.
func rebuilding(t *testing.T, path string, stop int) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%d", childEnv, path, stop))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// said is what a process said last, and what its progress was at first and at last.
type said struct {
	line              string
	from, keys, ended int
}

// listen takes what a process says, until it has done its part.
func listen(t *testing.T, out *bufio.Scanner) said {
	t.Helper()
	var last said
	for out.Scan() {
		var keys, ended int
		if n, _ := fmt.Sscanf(out.Text(), "progress %d %d", &keys, &ended); n != 2 {
			last.line = out.Text()
			break
		}
		if keys < last.keys || ended < last.ended {
			t.Errorf("the progress went back from %d keys to %d, or from %d segments to %d", last.keys, keys, last.ended, ended)
		}
		if last.keys, last.ended = keys, ended; last.from == 0 {
			last.from = keys
		}
	}
	return last
}

// expectOrdered makes sure of all rows of version 2.
func expectOrdered(t *testing.T, path string, keys, each int) {
	t.Helper()
	_, rows := openAt(t, path)
	want := ordered{}
	for n := range each {
		want.Events++
		want.Hash = want.Hash*31 + uint32(n+1)
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for q := (projector.ListQuery{View: "ordered", Version: 2, Limit: 1000}); ; {
		page, err := rows.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Rows {
			if n++; string(row.Row) != string(text) || row.Seen != store.Revision(each) {
				t.Errorf("%q: %s at revision %d, want %s at %d", row.ID, row.Row, row.Seen, text, each)
			}
		}
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if n != keys {
		t.Errorf("%d rows, want %d", n, keys)
	}
}
