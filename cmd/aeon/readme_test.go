package main_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aeon-es/aeon/internal/conversation"
	"github.com/aeon-es/aeon/internal/testenv/port"
	"github.com/aeon-es/aeon/internal/testenv/process"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// listed is a command of a listing, and what the listing says that it prints.
type listed struct{ command, output string }

// listing is what the README has somebody type who has Go and nothing else: the command that runs everything, and those that
// talk to it, at this address.
func listing(t testing.TB, root, address string) (run string, talk []listed) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(strings.ReplaceAll(string(text), "127.0.0.1:8080", address)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "go run ./cmd/aeon dev ") && run == "" {
			run = line
		}
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			talk = append(talk, listed{command: command})
		} else if n := len(talk); n > 0 && talk[n-1].output == "" {
			talk[n-1].output = line
		}
	}
	if run == "" || len(talk) != 3 || !strings.Contains(run, address) {
		t.Fatalf("README.md has %q and %q", run, talk)
	}
	return run, talk
}

// The commands of the README print what it says.
func TestReadme(t *testing.T) {
	t.Parallel()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	reserved, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	run, talk := listing(t, root, reserved.Address())
	runWithGoAlone(t, root, run, "http://"+reserved.Address())
	for _, l := range talk {
		expectOutput(t, l)
	}
}

// runWithGoAlone runs a command where Go is the only program there is, and waits until it serves.
func runWithGoAlone(t testing.TB, root, command, url string, settings ...string) {
	t.Helper()
	bin := goAlone(t)
	words := strings.Fields(command)
	p, err := process.Start(process.Command{
		Name: command, Path: filepath.Join(bin, words[0]), Args: words[1:], Dir: root, Env: append(append(goEnvironment(), "PATH="+bin), settings...),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(10 * time.Second); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // it compiles
	defer cancel()
	err = p.WaitUntil(ctx, func(ctx context.Context) error {
		a, err := conversation.HTTP(url, nil)(ctx, conversation.Request{Method: http.MethodGet, Target: "/health"})
		if err == nil && a.Status != http.StatusOK {
			return fmt.Errorf("health: %d %s", a.Status, a.Body)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// goAlone is the folder of Go's own programs.
func goAlone(t testing.TB) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "bin")
}

// goEnvironment are the settings that say where Go keeps and gets things, and nothing else.
func goEnvironment() []string {
	var kept []string
	for _, setting := range os.Environ() {
		name, _, _ := strings.Cut(setting, "=")
		if strings.HasPrefix(name, "GO") || name == "HOME" || name == "XDG_CACHE_HOME" || strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			kept = append(kept, setting)
		}
	}
	return kept
}

// expectOutput runs a command. A view may take a moment: what only asks is asked again.
func expectOutput(t testing.TB, l listed) {
	t.Helper()
	want := conversation.Mask(l.output)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		out, err := exec.Command("sh", "-c", l.command).Output()
		if err != nil {
			t.Fatalf("%s: %v", l.command, err)
		}
		got := conversation.Mask(string(out))
		if got == want {
			return
		}
		if strings.Contains(l.command, " -d ") || time.Now().After(deadline) {
			t.Fatalf("%s\nprints\n  %s\nREADME.md says\n  %s", l.command, got, want)
		}
	}
}
