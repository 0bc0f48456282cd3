package main_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// onTerminal runs aeon with a terminal for its outputs, and answers what it prints there.
func onTerminal(t *testing.T, folder string, env []string, args ...string) string {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	if err := unix.IoctlSetPointerInt(int(terminal.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = folder, other, other
	cmd.Env = append(append(os.Environ(), "TERM=xterm"), env...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = other.Close()
	out, err := io.ReadAll(terminal)
	if err != nil && !errors.Is(err, syscall.EIO) { // which says that nobody has the other end any more
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("aeon %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// On a terminal there are colours and bars; with NO_COLOR there are no colours; and elsewhere neither.
func TestOnATerminal(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	writeArchive(t, filepath.Join(folder, "in.ndjson"), 40_000)
	const colour, back = "\x1b[", "\r"
	out := onTerminal(t, folder, nil, "import", "in.ndjson")
	if !strings.Contains(out, "importing: ") || !strings.Contains(out, "%") || !strings.Contains(out, back) || !strings.Contains(out, " left") {
		t.Errorf("an import has no bar with its rate and the time left:\n%q", out)
	}
	if out := onTerminal(t, folder, nil, "read", "account/000001"); !strings.Contains(out, colour) {
		t.Errorf("no colours: %q", out)
	}
	if out := onTerminal(t, folder, []string{"NO_COLOR=1"}, "read", "account/000001"); strings.Contains(out, colour) || !strings.Contains(out, "incremented") {
		t.Errorf("colours, in spite of NO_COLOR: %q", out)
	}
	for _, args := range [][]string{{"import", "in.ndjson"}, {"read", "account/000001"}} {
		if out, told, code := aeon(t, folder, "none", args...); code != 0 || strings.ContainsAny(out+told, "\x1b\r") {
			t.Errorf("aeon %v: %d, %q %q", args, code, out, told)
		}
	}
}
