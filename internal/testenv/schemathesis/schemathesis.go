// Package schemathesis has an HTTP API asked what its OpenAPI file allows, and what it forbids, by the schemathesis that tools/install
// installed: each answer has to be one that the file describes.
package schemathesis

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/long"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

const (
	component = "schemathesis"
	timeout   = 30 * time.Minute
)

// Options say how much is asked.
type Options struct {
	// Phases are those of schemathesis, in order; none means "examples", "coverage" and "fuzzing".
	Phases []string
	// Examples is how many requests are made up for each operation.
	Examples int
	// Right leaves out the requests that the file forbids: what stands before an API may turn them away in its own way.
	Right bool
	// Reading leaves out what stores something.
	Reading bool
	// Excluded are the checks that what stands before the API doesn't pass.
	Excluded []string
}

// Run asks the API at that address what openapi.yaml of this repository says, and fails the test for each kind of answer that is not
// as the file says. The same requests are asked each time; other ones in the long tests, by a seed that is put into the test's log.
func Run(t *testing.T, address string, o Options) {
	t.Helper()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	program, err := toolsdir.Path(component, "bin", component)
	if err != nil {
		t.Fatal(err)
	}
	seed := long.Or(time.Now().Unix(), 1)
	t.Logf("seed %d", seed)
	if len(o.Phases) == 0 {
		o.Phases = []string{"examples", "coverage", "fuzzing"}
	}
	settings := filepath.Join(root, "tools", component)
	args := []string{
		"--config-file", filepath.Join(settings, "schemathesis.toml"), "run", filepath.Join(root, "api", "openapi.yaml"), "--url", address,
		"--phases", strings.Join(o.Phases, ","), "--max-examples", strconv.Itoa(o.Examples), "--seed", strconv.FormatInt(seed, 10),
		"--generation-database", "none", "--continue-on-failure", "--no-color", "--request-timeout", "120",
	}
	if o.Right {
		args = append(args, "--mode", "positive")
	}
	if o.Reading {
		args = append(args, "--exclude-method", "POST")
	}
	if len(o.Excluded) > 0 {
		args = append(args, "--exclude-checks", strings.Join(o.Excluded, ","))
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = t.TempDir() // it leaves things behind
	cmd.Env = append(os.Environ(), "SCHEMATHESIS_HOOKS="+filepath.Join(settings, "hooks.py"), "PYTHONDONTWRITEBYTECODE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), " generated") {
		t.Errorf("%v\n%s", err, out)
		return
	}
	_, cases, _ := strings.Cut(string(out), "Test cases:\n")
	cases, _, _ = strings.Cut(strings.TrimSpace(cases), "\n")
	t.Log(cases)
}
