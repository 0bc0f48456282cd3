package process

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A shell with a child of its own, both of which would run for a minute.
const family = `sleep 60 & echo child $!; wait`

func start(t *testing.T, script string) *Process {
	t.Helper()
	p, err := Start(Command{Name: "the script", Path: "/bin/sh", Args: []string{"-c", script}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(0); err != nil {
			t.Error(err)
		}
	})
	return p
}

// printed waits until the process has printed the text.
func printed(p *Process, text string) func(context.Context) error {
	return func(context.Context) error {
		if strings.Contains(p.Output(), text) {
			return nil
		}
		return errors.New("not printed yet: " + text)
	}
}

func TestStopEndsTheChildAndItsChildren(t *testing.T) {
	for name, grace := range map[string]time.Duration{"at once": 0, "gently": 10 * time.Second} {
		t.Run(name, func(t *testing.T) {
			p := start(t, family)
			if err := p.WaitUntil(t.Context(), printed(p, "\n")); err != nil {
				t.Fatal(err)
			}
			if err := p.Stop(grace); err != nil {
				t.Fatal(err)
			}
			waitUntilGone(t, p.PID())
			waitUntilGone(t, childOf(t, p.Output()))
		})
	}
}

func TestStopKillsWhatIgnoresTheSignal(t *testing.T) {
	p := start(t, `trap '' TERM; echo deaf; while :; do sleep 1; done`)
	if err := p.WaitUntil(t.Context(), printed(p, "deaf")); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(100 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	waitUntilGone(t, p.PID())
}

func TestWaitUntilTellsWhatTheChildSaidWhenItEnded(t *testing.T) {
	p := start(t, `echo address in use >&2; exit 3`)
	err := p.WaitUntil(t.Context(), func(context.Context) error { return errors.New("no answer") })
	if err == nil || !strings.Contains(err.Error(), "address in use") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("WaitUntil: %v; want the output and the exit status", err)
	}
}

func TestWaitUntilEndsWithItsContext(t *testing.T) {
	p := start(t, `echo busy; sleep 60`)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := p.WaitUntil(ctx, func(context.Context) error { return errors.New("no answer") })
	if err == nil || !strings.Contains(err.Error(), "the script didn't answer in time: no answer") {
		t.Errorf("WaitUntil: %v; want the last answer", err)
	}
}

func TestStartOfWhatIsNotThere(t *testing.T) {
	if _, err := Start(Command{Name: "nothing", Path: "/nonexistent"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Start: %v, want that it doesn't exist", err)
	}
}

func TestOutputKeepsTheEnd(t *testing.T) {
	p := start(t, `seq 1 10000`)
	<-p.Ended()
	if got := p.Output(); !strings.HasPrefix(got, "… ") || !strings.HasSuffix(got, "9999\n10000\n") || len(got) > tailSize+10 {
		t.Errorf("kept %d bytes: %.20q … %q", len(got), got, got[len(got)-20:])
	}
}

func childOf(t *testing.T, output string) int { return numberAfter(t, output, "child ") }

func numberAfter(t *testing.T, output, word string) int {
	t.Helper()
	_, rest, _ := strings.Cut(output, word)
	line, _, _ := strings.Cut(rest, "\n")
	number, err := strconv.Atoi(line)
	if err != nil {
		t.Fatalf("no number after %q in %q", word, output)
	}
	return number
}

// waitUntilGone waits for the end of a process; one that nobody has waited for yet counts as gone.
func waitUntilGone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		state, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
		if err != nil || strings.HasPrefix(string(state), "Z") {
			return
		}
	}
	t.Errorf("process %d still runs", pid)
}
