// Package sam runs the AWS SAM CLI that tools/install installed.
package sam

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/process"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

const (
	component = "sam"
	timeout   = 5 * time.Minute
	stopGrace = 20 * time.Second // for `sam local` to remove its containers
)

// Run runs `sam args...` in dir, and returns what it printed. Whatever of AWS the test's environment
// holds is replaced by settings that lead nowhere; env, as "NAME=value", comes on top of the rest: use
// that of the ministack and docker packages. A run that fails, or takes longer than five minutes, puts
// its output into the test's log.
//
// Mind that `sam local invoke` succeeds when the function fails: look at what it printed.
func Run(tb testing.TB, dir string, env []string, args ...string) (stdout, stderr string, err error) {
	tb.Helper()
	program, err := toolsdir.Path(component, "bin", "sam")
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = dir, environment(tb, env)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	// The builds that it starts have to end with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second

	if err = cmd.Run(); err != nil {
		err = fmt.Errorf("sam %s: %w", strings.Join(args, " "), errors.Join(err, context.Cause(ctx)))
		tb.Logf("%v\n--- stdout\n%s\n--- stderr\n%s", err, &out, &errOut)
	}
	return out.String(), errOut.String(), err
}

// Start starts a `sam local start-api` or the like, and stops it when the test ends. Use the process to
// wait until it answers.
func Start(tb testing.TB, dir string, env []string, args ...string) *process.Process {
	tb.Helper()
	program, err := toolsdir.Path(component, "bin", "sam")
	if err != nil {
		tb.Fatal(err)
	}
	p, err := process.Start(process.Command{
		Name: "sam " + strings.Join(args, " "), Path: program, Args: args, Dir: dir, Env: environment(tb, env),
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the end of what sam %s printed:\n%s", strings.Join(args, " "), p.Output())
		}
		if err := p.Stop(stopGrace); err != nil {
			tb.Error(err)
		}
	})
	return p
}

// environment is that of the test without its AWS settings, so that no test ever reaches a real account.
func environment(tb testing.TB, env []string) []string {
	tb.Helper()
	var kept []string
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "AWS_") && !strings.HasPrefix(setting, "SAM_") {
			kept = append(kept, setting)
		}
	}
	scratch := tb.TempDir()
	kept = append(kept,
		"TMPDIR="+scratch, // the CLI leaves things behind, and takes what it finds there for its own
		"AWS_CONFIG_FILE="+os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_REGION=us-east-1",
		"AWS_DEFAULT_REGION=us-east-1",
		// Nobody listens there. And no keys: with them the CLI asks for the account again and again.
		"AWS_ENDPOINT_URL=http://127.0.0.1:1",
		"SAM_CLI_TELEMETRY=0",
		"__SAM_CLI_APP_DIR="+settingsDir(tb, scratch),
	)
	return append(kept, env...)
}

// settingsDir makes a folder for the CLI's own settings. The time in it keeps the CLI from asking the
// network for a newer version of itself.
func settingsDir(tb testing.TB, scratch string) string {
	tb.Helper()
	dir := filepath.Join(scratch, "settings")
	if err := os.Mkdir(dir, 0o750); err != nil {
		tb.Fatal(err)
	}
	settings := fmt.Sprintf(`{"telemetryEnabled": false, "lastVersionCheck": %d}`, time.Now().Unix())
	if err := os.WriteFile(filepath.Join(dir, "metadata.json"), []byte(settings), 0o600); err != nil {
		tb.Fatal(err)
	}
	return dir
}
