package main_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/port"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// BenchmarkNewcomer is what somebody waits for who has cloned the repository, and types what the first screen of the README says, with no
// module and nothing compiled on the machine: until the modules are there (s-download), until the command is compiled (s-compile; cpu-s-compile is what
// processors do for it, half of which an idle machine with two of them takes), and until the view has the first events (s-view).
func BenchmarkNewcomer(b *testing.B) {
	root, err := toolsdir.Root()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		caches := []string{"GOMODCACHE=" + b.TempDir(), "GOCACHE=" + b.TempDir(), "GOFLAGS=-modcacherw"} // to be removed again
		began := time.Now()
		since := func() float64 {
			took := time.Since(began).Seconds()
			began = time.Now()
			return took
		}
		withCaches(b, root, caches, "list", "-deps", "./cmd/aeon")
		b.ReportMetric(since(), "s-download")
		b.ReportMetric(withCaches(b, root, caches, "build", "-o", os.DevNull, "./cmd/aeon"), "cpu-s-compile")
		b.ReportMetric(since(), "s-compile")
		reserved, err := port.Reserve()
		if err != nil {
			b.Fatal(err)
		}
		run, talk := listing(b, root, reserved.Address())
		runWithGoAlone(b, root, run, "http://"+reserved.Address(), caches...)
		for _, l := range talk[:2] {
			expectOutput(b, l)
		}
		b.ReportMetric(since(), "s-view")
	}
}

// withCaches runs go, and answers the seconds of processors that it took.
func withCaches(b *testing.B, root string, caches []string, args ...string) float64 {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Minute)
	defer cancel()
	bin := goAlone(b) // without a C compiler other code is compiled than with one
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "go"), args...)
	cmd.Dir, cmd.Env = root, append(append(goEnvironment(), "PATH="+bin), caches...)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("go %v: %v\n%s", args, err, out)
	}
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
}
