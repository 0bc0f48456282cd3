package examples_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/conversation"
)

// patience is how long something may take that comes by itself.
const patience = 2 * time.Minute

// hold gives the README's commands, one after another, to what serves at address, and expects what the README says.
func (r readme) hold(t *testing.T, address string) {
	t.Helper()
	for _, c := range r.talk {
		c.line = strings.ReplaceAll(c.line, "127.0.0.1:8080", address)
		c.expect(t)
	}
}

// expect runs a command. What comes of events may take a moment: a command that only asks is given again.
func (c command) expect(t *testing.T) {
	t.Helper()
	want := conversation.Mask(c.output)
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		got := conversation.Mask(shell(t, c.line))
		if got == want {
			return
		}
		if strings.Contains(c.line, "-X POST") || time.Now().After(end) {
			t.Fatalf("%s\nprints\n%s\nthe README says\n%s", c.line, got, want)
		}
	}
}

func shell(t *testing.T, line string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var problem strings.Builder
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Stderr, cmd.Dir = &problem, ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, problem.String())
	}
	return string(out)
}
