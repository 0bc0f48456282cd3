package main_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// commandsOf are the commands that a help lists.
func commandsOf(help string) []string {
	var names []string
	for _, found := range regexp.MustCompile(`(?m)^  ([a-z]+) +[A-Z]`).FindAllStringSubmatch(help, -1) {
		names = append(names, found[1])
	}
	return names
}

// page is docs/cli.md.
func page(t *testing.T) string {
	t.Helper()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "cli.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// docs/cli.md has every command, and every command has examples and says what it does.
func TestDocs(t *testing.T) {
	t.Parallel()
	text := page(t)
	help, _, _ := aeon(t, ".", "none", "--help")
	names := commandsOf(help)
	if len(names) < 20 {
		t.Fatalf("the help lists %v", names)
	}
	for _, name := range names {
		if name == "help" {
			continue
		}
		if !strings.Contains(text, "`aeon "+name) && !strings.Contains(text, "aeon "+name+" bash") {
			t.Errorf("docs/cli.md doesn't have %q", name)
		}
		own, _, code := aeon(t, ".", "none", name, "--help")
		if code != 0 {
			t.Errorf("aeon %s --help: %d", name, code)
		}
		if name != "completion" && name != "tables" && !strings.Contains(own, "Examples:\n  aeon "+name) {
			t.Errorf("aeon %s --help has no example:\n%s", name, own)
		}
	}
}

// The fields that docs/cli.md promises for --json are there.
func TestJSONIsAsDocumented(t *testing.T) {
	t.Parallel()
	text := page(t)
	folder := t.TempDir()
	for _, step := range []struct {
		command string
		fields  string // the first words of the row, which name the fields
	}{
		{"append k incremented --correlation-id c --metadata a=b", "`append`"},
		{"append broken incremented \"x\"", "`append`"},
		{"read k", "`read`, `all`, `tail`"},
		{"all", "`read`, `all`, `tail`"},
		{"tail", "`read`, `all`, `tail`"},
		{"head k", "`head`"},
		{"view counters k", "`view VIEW ID`"},
		{"view counters", "`view VIEW`"},
		{"export x.ndjson", "`export`"},
		{"import x.ndjson", "`import`"},
		{"sweep", "`sweep`"},
		{"rebuild streams", "`rebuild`"},
		{"switch streams 1", "`switch`"},
		{"parked", "`parked`"},
		{"skip counters broken 1 --reason x", "`redrive`, `skip`"},
		{"parked counters broken", "`parked`"},
		{"status", "`status`"},
		{"verify", "`verify`"},
		{"bench --events 20 --keys 3", "`bench`"},
	} {
		out, told, code := aeon(t, folder, "none", append(strings.Fields(step.command), "--json")...)
		if code != 0 {
			t.Errorf("aeon %s: %d %s", step.command, code, told)
		}
		row := rowOf(text, step.fields)
		if row == "" {
			t.Errorf("docs/cli.md has no row for %s", step.fields)
		}
		for line := range strings.Lines(out) {
			for _, field := range fieldsOf(t, line) {
				if !strings.Contains(row, "`"+field+"`") {
					t.Errorf("aeon %s prints %q, of which docs/cli.md has no word", step.command, field)
				}
			}
		}
		if out == "" {
			t.Errorf("aeon %s prints nothing", step.command)
		}
	}
}

// rowOf is the row of a table that begins so, with those that go on with it.
func rowOf(text, begin string) string {
	_, rest, _ := strings.Cut(text, "\n| "+begin+" |")
	row, rest, _ := strings.Cut(rest, "\n")
	for strings.HasPrefix(rest, "| |") {
		var more string
		more, rest, _ = strings.Cut(rest, "\n")
		row += more
	}
	return row
}

// fieldsOf are the fields of an object.
func fieldsOf(t *testing.T, line string) []string {
	t.Helper()
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(line), &object); err != nil {
		t.Errorf("%s is no object: %v", line, err)
	}
	return slices.Collect(maps.Keys(object))
}
