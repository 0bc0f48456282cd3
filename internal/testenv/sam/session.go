package sam

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

//go:embed session.py
var program string

// Session is a process of the CLI that runs one command after another. What a command does is the same as by [Run], but for the
// time that the CLI takes to start, which is most of what many take.
type Session struct {
	mu      sync.Mutex // one command at a time
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *bufio.Reader
}

// Open starts a session, which ends with the test. Its environment is as by [Run], for all of its commands.
func Open(tb testing.TB, env []string) *Session {
	tb.Helper()
	python, err := toolsdir.Path(component, "bin", "python")
	if err != nil {
		tb.Fatal(err)
	}
	s := &Session{cmd: exec.Command(python, "-c", program)}
	s.cmd.Env, s.cmd.Stderr = environment(tb, env), os.Stderr
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the builds that it starts have to end with it
	s.in, err = s.cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	s.answers = bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		// It ends when its input does; a command that hangs is killed.
		kill := time.AfterFunc(stopGrace, func() { _ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
		defer kill.Stop()
		if err := errors.Join(s.in.Close(), s.cmd.Wait()); err != nil {
			tb.Errorf("the end of a session of sam: %v", err)
		}
	})
	return s
}

// Run runs `sam args...` in dir, and returns what it printed. A run that fails puts that into the test's log; one that takes longer than
// five minutes ends the session.
func (s *Session) Run(tb testing.TB, dir string, args ...string) (output string, err error) {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	kill := time.AfterFunc(timeout, func() { _ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) })
	defer kill.Stop()
	var answer struct{ Failed, Output string }
	err = json.NewEncoder(s.in).Encode(map[string]any{"dir": dir, "args": args})
	if err == nil {
		var line []byte
		if line, err = s.answers.ReadBytes('\n'); err == nil {
			err = json.Unmarshal(line, &answer)
		}
	}
	if err == nil && answer.Failed != "" {
		err = errors.New(answer.Failed)
	}
	if err != nil {
		err = fmt.Errorf("sam %s: %w", strings.Join(args, " "), err)
		tb.Logf("%v\n%s", err, answer.Output)
	}
	return answer.Output, err
}
