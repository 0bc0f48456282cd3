package workflows

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

type workflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		Permissions map[string]string
		RunsOn      string `yaml:"runs-on"`
		Timeout     int    `yaml:"timeout-minutes"`
		Needs       string
		Steps       []step
	}
}

type step struct {
	Uses, Run, Shell, Name, If string
	With                       map[string]any
	Env                        map[string]string
	WorkingDirectory           string `yaml:"working-directory"`
}

// read reads a workflow, of which only the triggers and the concurrency may be anything.
func read(t *testing.T, root, name string) (w workflow, text string) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(root, ".github", "workflows", name))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Name, On, Concurrency any
		workflow              `yaml:",inline"`
	}
	d := yaml.NewDecoder(strings.NewReader(string(source)))
	d.KnownFields(true)
	if err := d.Decode(&all); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if all.Name == nil || all.On == nil || len(all.Jobs) == 0 {
		t.Errorf("%s has no name, no triggers or no jobs", name)
	}
	return all.workflow, string(source)
}

// commands are the lines of a workflow's scripts, job by job.
func (w workflow) commands() (all []string) {
	for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
		for _, s := range w.Jobs[name].Steps {
			for line := range strings.Lines(s.Run) {
				all = append(all, strings.TrimSpace(line))
			}
		}
	}
	return all
}

var pinned = regexp.MustCompile(`uses: [a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+\n`)

// Workflows run actions of certain commits only, may read the repository and nothing else unless a job says so, end at some time, and
// put nothing that a stranger can choose into a script.
func TestWorkflowsAreSafe(t *testing.T) {
	t.Parallel()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	for name, mayWrite := range map[string]string{"ci.yml": "", "release.yml": "publish"} {
		w, text := read(t, root, name)
		if n := len(pinned.FindAllString(text, -1)); n == 0 || n != strings.Count(text, "uses:") {
			t.Errorf("%s: %d of %d actions are of a certain commit, with its version", name, n, strings.Count(text, "uses:"))
		}
		if !maps.Equal(w.Permissions, map[string]string{"contents": "read"}) {
			t.Errorf("%s: permissions %v", name, w.Permissions)
		}
		for job, j := range w.Jobs {
			if job == mayWrite != (len(j.Permissions) > 0) || j.Timeout == 0 || j.RunsOn == "" || strings.HasSuffix(j.RunsOn, "latest") {
				t.Errorf("%s: %s: %+v", name, job, j)
			}
			for _, s := range j.Steps {
				if strings.Contains(s.Run, "${{") || (s.Run == "") == (s.Uses == "") {
					t.Errorf("%s: %s: %+v", name, job, s)
				}
				if strings.HasPrefix(s.Uses, "actions/checkout@") && (s.With["persist-credentials"] != false || len(j.Permissions) > 0) {
					t.Errorf("%s: %s runs code of the repository with a token at hand", name, job)
				}
			}
		}
	}
}

// CI runs what a developer runs, and a release is built by the command that docs/cli.md tells, whose checksums are what is in dist/.
func TestWorkflowsRunTheSameCommands(t *testing.T) {
	t.Parallel()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	ci, _ := read(t, root, "ci.yml")
	if got := ci.commands(); len(got) != 1 || !strings.HasSuffix(got[0], " .ci/run") {
		t.Errorf("CI runs %q", got)
	}
	if script, err := os.ReadFile(filepath.Join(root, ".ci", "run")); err != nil || !strings.HasSuffix(string(script), " test\n") {
		t.Errorf(".ci/run doesn't end in make test: %v", err)
	}
	release, _ := read(t, root, "release.yml")
	if got := release.commands(); !slices.Contains(got, `make dist "VERSION=$VERSION"`) || !slices.Contains(got, "sha256sum --check --strict checksums.txt") {
		t.Errorf("a release runs %q", got)
	}
	if release.Jobs["publish"].Needs != "build" {
		t.Error("a release is published before it is built")
	}
	dry := exec.Command("make", "--dry-run", "dist", "VERSION=v1.2.3")
	dry.Dir = root
	if out, err := dry.CombinedOutput(); err != nil || !strings.Contains(string(out), "./internal/dist/build -version 'v1.2.3' -targets ''") {
		t.Errorf("make dist: %v\n%s", err, out)
	}
}
