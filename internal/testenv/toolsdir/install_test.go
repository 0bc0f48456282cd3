package toolsdir_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

func root(t *testing.T) string {
	t.Helper()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// tools is a copy of tools/install with components of its own.
type tools struct{ dir string }

func newTools(t *testing.T, components map[string]string) *tools {
	t.Helper()
	s := &tools{dir: t.TempDir()}
	for _, name := range []string{"install", "lib.sh"} {
		text, err := os.ReadFile(filepath.Join(root(t), "tools", name))
		if err != nil {
			t.Fatal(err)
		}
		s.write(t, name, string(text))
	}
	for name, script := range components {
		s.write(t, name+"/component.sh", script)
	}
	return s
}

func (s *tools) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(s.dir, "tools", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// install runs tools/install, and gives its exit code and what it printed.
func (s *tools) install(t *testing.T, names ...string) (code int, stdout, stderr string) {
	t.Helper()
	cmd := exec.Command("bash", append([]string{filepath.Join(s.dir, "tools", "install")}, names...)...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errOut.String()
}

// matches expects a text to match a pattern, all of it.
func matches(t *testing.T, what, text, pattern string) {
	t.Helper()
	if !regexp.MustCompile(`^(?s:` + pattern + `)$`).MatchString(text) {
		t.Errorf("%s is\n%s\nwant it to match\n%s", what, text, pattern)
	}
}

const (
	first  = "title='the first'\ninstall() { echo 1 >\"$dest/it\"; }\n"
	second = "title='the second'\ninstall() { echo 2 >\"$dest/it\"; }\n"
)

// It tells what it installs and how far it is, does nothing twice, and does again what has changed.
func TestInstallTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	s := newTools(t, map[string]string{"one": first, "two": second})
	code, out, errOut := s.install(t, "one", "two")
	if code != 0 || errOut != "" {
		t.Fatalf("exit code %d: %s", code, errOut)
	}
	matches(t, "the output", out, `tools: installing one two \(side by side, into \.tools\)\n`+
		`\[1/2\] the (first|second) … installed in \d+ s\n\[2/2\] the (first|second) … installed in \d+ s\n`)
	for name, want := range map[string]string{"one": "1\n", "two": "2\n"} {
		if got, err := os.ReadFile(filepath.Join(s.dir, ".tools", name, "it")); err != nil || string(got) != want {
			t.Errorf("installed as %s: %q, %v", name, got, err)
		}
	}
	_, out, _ = s.install(t, "one", "two")
	matches(t, "the output of the second time", out, `tools: in place: one two\n`)
	s.write(t, "two/component.sh", second+"verify() { [ -e \"$dest/it\" ]; }\n")
	_, out, _ = s.install(t, "one", "two")
	matches(t, "the output after a change", out, `tools: installing two .*\n\[1/1\] the second … installed in \d+ s\n`)
	if err := os.Remove(filepath.Join(s.dir, ".tools", "two", "it")); err != nil {
		t.Fatal(err)
	}
	_, out, _ = s.install(t, "two")
	matches(t, "the output after what it made is gone", out, `tools: installing two .*\n\[1/1\] the second … installed in \d+ s\n`)
}

// A component that fails fails the whole, and tells why and what to do; the others are there.
func TestInstallTellsWhatFailed(t *testing.T) {
	t.Parallel()
	s := newTools(t, map[string]string{"one": first, "broken": "title='the broken'\ninstall() { echo 'no such registry'; false; echo never; }\n"})
	code, out, errOut := s.install(t, "one", "broken")
	if code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	matches(t, "the output", out, `tools: installing one broken .*\[\d/2\] the first … installed in \d+ s\n`)
	matches(t, "the error", errOut, `\[\d/2\] the broken … FAILED after \d+ s\. The end of its log, \.tools/broken\.log:\n`+
		` +no such registry\n +Put that right, then run: tools/install broken\n`)
	if code, _, _ = s.install(t, "broken"); code != 1 {
		t.Errorf("exit code %d the second time, want 1", code)
	}
	code, _, errOut = s.install(t, "nonesuch")
	if code != 2 || !strings.Contains(errOut, `there is no component "nonesuch"; known: broken one`) {
		t.Errorf("an unknown component: exit code %d, %s", code, errOut)
	}
}

// Every target of make says what it is for.
func TestMakeListsItsTargets(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(filepath.Join(root(t), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(makefile), "\n.PHONY:")
	targets, _, _ := strings.Cut(rest, "\n")
	cmd := exec.Command("make")
	cmd.Dir = root(t)
	out, err := cmd.CombinedOutput()
	if err != nil || targets == "" {
		t.Fatalf("%v\n%s", err, out)
	}
	for target := range strings.FieldsSeq(targets) {
		if !regexp.MustCompile(`(?m)^  make ` + target + ` +\w.+$`).Match(out) {
			t.Errorf("make doesn't list %s with what it is for:\n%s", target, out)
		}
	}
}

// Continuous integration runs the one test command, wherever it is called from.
func TestCIRunsTheTestCommand(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	stub := "#!/bin/sh\necho \"$PWD: $*\"\n"
	if err := os.WriteFile(filepath.Join(bin, "make"), []byte(stub), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(root(t), ".ci", "run"))
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	if want := root(t) + ": --no-print-directory test\n"; err != nil || string(out) != want {
		t.Errorf("it runs %q (%v), want %q", out, err, want)
	}
}
