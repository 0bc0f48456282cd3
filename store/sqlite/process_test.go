package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aeon-es/aeon/store"
	"github.com/aeon-es/aeon/store/sqlite"
)

// childEnv tells a process of this test binary to append to a file instead of running tests: "path|name|appends".
const childEnv = "AEON_TEST_APPEND_TO"

func TestMain(m *testing.M) {
	if task, ok := os.LookupEnv(childEnv); ok {
		if err := appendUntilKilled(task, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// writers is how many goroutines of a child append at once.
const writers = 4

// appendUntilKilled appends commits of 1 to 3 events to a key of each writer and to one for all, as often as the task
// says, and prints "key first last" for each as soon as it is acknowledged.
func appendUntilKilled(task string, out io.Writer) error {
	path, rest, _ := strings.Cut(task, "|")
	name, count, _ := strings.Cut(rest, "|")
	appends, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	b, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	defer b.Close() //nolint:errcheck // what counts is what was acknowledged
	s := store.New(b)
	var mu sync.Mutex
	var all sync.WaitGroup
	errs := make(chan error, writers)
	for w := range writers {
		all.Go(func() {
			for i := range appends {
				key := "shared"
				if i%3 > 0 {
					key = fmt.Sprintf("%s/%d", name, w)
				}
				a, err := s.Append(context.Background(), key, store.Any(), make3(1+i%3, key), nil)
				if err != nil {
					errs <- err
					return
				}
				mu.Lock()
				fmt.Fprintln(out, key, a.First, a.Revision()) //nolint:errcheck // the parent misses it then
				mu.Unlock()
			}
		})
	}
	all.Wait()
	close(errs)
	return <-errs
}

func make3(n int, key string) []store.Pending {
	events := make([]store.Pending, n)
	for i := range events {
		events[i] = store.Pending{Type: "happened", Data: []byte(strconv.Quote(key))}
	}
	return events
}

// child starts a process that appends; its acknowledgements come out of the scanner.
func child(t *testing.T, path, name string, appends int) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%s|%d", childEnv, path, name, appends))
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

// told is the last revision of each key that a child has acknowledged.
type told map[string]store.Revision

func (to told) take(t *testing.T, line string) {
	t.Helper()
	var key string
	var first, last store.Revision
	if n, err := fmt.Sscan(line, &key, &first, &last); n != 3 {
		return // cut off by the kill
	} else if err != nil {
		t.Fatal(err)
	}
	to[key] = max(to[key], last)
}

// mustHold makes sure that every key is dense and holds at least what was told.
func (to told) mustHold(t *testing.T, b *sqlite.Backend) {
	t.Helper()
	s := store.New(b)
	for key, last := range to {
		next := store.Revision(1)
		for e, err := range s.Read(t.Context(), key, store.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			if e.Revision != next || string(e.Data) != strconv.Quote(key) {
				t.Fatalf("%q: revision %d with %s, want revision %d", key, e.Revision, e.Data, next)
			}
			next++
		}
		if next <= last {
			t.Errorf("%q: %d was acknowledged, the last revision is %d", key, last, next-1)
		}
	}
}

func TestKilledAmidAppends(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	acknowledged := told{}
	for round := range 4 {
		cmd, out := child(t, path, "child", 1_000_000)
		for n := 0; n < 300+100*round && out.Scan(); n++ {
			acknowledged.take(t, out.Text())
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for out.Scan() {
			acknowledged.take(t, out.Text())
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child ended before it was killed")
		}
		b, err := sqlite.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		acknowledged.mustHold(t, b)
		if _, err := store.New(b).Append(t.Context(), "shared", store.Any(), make3(1, "shared"), nil); err != nil {
			t.Errorf("append after the kill: %v", err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if acknowledged["shared"] < 100 {
		t.Errorf("only %v was acknowledged", acknowledged)
	}
}

// Processes that open a new file at once, and append to the same keys.
func TestSeveralProcesses(t *testing.T) {
	const processes, appends = 4, 60
	path := filepath.Join(t.TempDir(), "test.db")
	var mu sync.Mutex
	acknowledged := told{}
	var all sync.WaitGroup
	for p := range processes {
		cmd, out := child(t, path, fmt.Sprint("child", p), appends)
		all.Go(func() {
			for out.Scan() {
				mu.Lock()
				acknowledged.take(t, out.Text())
				mu.Unlock()
			}
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	b := open(t, path)
	acknowledged.mustHold(t, b)
	if len(acknowledged) != processes*writers+1 {
		t.Errorf("%d keys, want %d", len(acknowledged), processes*writers+1)
	}
	page, err := b.Keys(t.Context(), store.KeyQuery{Segments: 1})
	if err != nil || page.Next != "" || len(page.Keys) != len(acknowledged) {
		t.Fatalf("%d keys, want %d; next %q, %v", len(page.Keys), len(acknowledged), page.Next, err)
	}
	for _, key := range page.Keys {
		head, err := store.New(b).Head(t.Context(), key)
		if err != nil || acknowledged[key] != head.Revision() {
			t.Errorf("%q is at %d, %d was acknowledged; %v", key, head.Revision(), acknowledged[key], err)
		}
	}
}

func TestChangesOfAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	b := open(t, path)
	waited := make(chan error, 1)
	go func() { waited <- b.WaitForChange(t.Context(), 0) }()
	cmd, out := child(t, path, "child", 1)
	for out.Scan() {
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-waited:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("not told of what another process has appended")
	}
}
