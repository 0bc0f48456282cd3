package main_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/long"
)

// untilItIsLeftAlone runs a command again and again, and kills it after a little, which is a little more each time, until it ends by
// itself, or was killed when all was done. It answers how often it was killed.
func untilItIsLeftAlone(t *testing.T, done func() bool, args ...string) (kills int) {
	t.Helper()
	for after := time.Millisecond; ; after += after / 3 {
		cmd := exec.Command(binary, args...)
		var told bytes.Buffer
		cmd.Stdout, cmd.Stderr = &told, &told
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		killer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		killer.Stop()
		switch {
		case err == nil:
			return kills
		case cmd.ProcessState.Exited():
			t.Fatalf("aeon %v: %v\n%s", args, err, &told)
		}
		if kills++; done() {
			return kills
		}
	}
}

// However often an import and an export are killed, wherever they are, they end in the same.
func TestKilled(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	in, db, out := filepath.Join(folder, "in.ndjson"), filepath.Join(folder, "aeon.db"), filepath.Join(folder, "out.ndjson")
	writeArchive(t, in, long.Or(1_000_000, 20_000))
	imports := untilItIsLeftAlone(t, func() bool { return false }, "import", in, "--store", db)
	exports := untilItIsLeftAlone(t, func() bool { _, err := os.Stat(out); return err == nil }, "export", out, "--store", db)
	t.Logf("killed %d imports and %d exports", imports, exports)
	if digest(t, in) != digest(t, out) {
		t.Error("what was exported isn't what was imported")
	}
	if imports == 0 || exports == 0 {
		t.Error("nothing was killed")
	}
	if _, told, code := aeon(t, folder, "none", "verify", "--events"); code != 0 {
		t.Error(told)
	}
	if left, err := filepath.Glob(out + ".*"); err != nil || len(left) > 0 {
		t.Errorf("%v is left: %v", left, err)
	}
	if _, err := os.Stat(out); err != nil {
		t.Error(err)
	}
}
