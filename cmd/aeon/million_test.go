package main_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/aeon-es/aeon/internal/testenv/long"
)

// writeArchive writes an archive of so many events: keys of 1 to 20 commits of 1 to 10 events.
func writeArchive(t *testing.T, name string, events int) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	_, _ = fmt.Fprintln(w, `{"aeon":"archive","format":1}`) // errors of a bufio.Writer stay until Flush
	began := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	keys, commits, written := 0, 0, 0
	for written < events {
		revision := 1
		for c := range 1 + keys%20 {
			n := min(1+(keys+c)%10, events-written)
			if n == 0 {
				break
			}
			at := began.Add(time.Duration(commits) * time.Millisecond)
			var entropy [10]byte
			entropy[0], entropy[7] = byte(keys), byte(c)
			position := ulid.MustNew(ulid.Timestamp(at), bytes.NewReader(entropy[:]))
			_, _ = fmt.Fprintf(w, `{"key":"account/%06d","revision":%d,"position":"%s","committedAt":"%s","appendId":"A%025d","events":[`,
				keys, revision, position, at.Format("2006-01-02T15:04:05.000Z"), commits)
			for i := range n {
				if i > 0 {
					_ = w.WriteByte(',')
				}
				_, _ = fmt.Fprintf(w, `{"type":"incremented","correlationId":"request-%d","data":{"by":%d,"note":"<some text, as there may be>"}}`, commits, i+1)
			}
			_, _ = fmt.Fprintln(w, "]}")
			revision, commits, written = revision+n, commits+1, written+n
		}
		keys++
	}
	_, _ = fmt.Fprintf(w, `{"end":{"keys":%d,"commits":%d,"events":%d}}`+"\n", keys, commits, written)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func digest(t *testing.T, name string) [32]byte {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		t.Fatal(err)
	}
	return [32]byte(h.Sum(nil))
}

// measured runs aeon, and answers the most memory that it had, in MB.
func measured(t *testing.T, events int, args ...string) int {
	t.Helper()
	cmd := exec.Command(binary, args...)
	var told bytes.Buffer
	cmd.Stderr = &told
	began := time.Now()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("aeon %q: %v\n%s", args, err, told.String())
	}
	took := time.Since(began)
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("the system doesn't tell how much memory it took")
	}
	mb := int(usage.Maxrss >> 10)
	t.Logf("aeon %s: %.0f events/s, %d MB at most\n%s%s", args[0], float64(events)/took.Seconds(), mb, told.String(), out)
	return mb
}

// Very many events come out as they went in, however often that is done, and the memory for it stays the same.
func TestMillionEvents(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	in, db, out := filepath.Join(folder, "in.ndjson"), filepath.Join(folder, "aeon.db"), filepath.Join(folder, "out.ndjson")
	events := long.Or(1_000_000, 5_000)
	writeArchive(t, in, events)
	most := measured(t, events, "import", in, "--store", db)
	most = max(most, measured(t, events, "import", in, "--store", db))
	most = max(most, measured(t, events, "export", out, "--store", db))
	most = max(most, measured(t, events, "export", out+".gz", "--store", db))
	most = max(most, measured(t, events, "sweep", "--store", db))
	most = max(most, measured(t, events, "verify", "--store", db))
	if digest(t, in) != digest(t, out) {
		t.Error("what was exported isn't what was imported")
	}
	const limit = 256
	if most > limit {
		t.Errorf("it took %d MB, the limit is %d", most, limit)
	}
}
