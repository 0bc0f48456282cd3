package e2e_test

import (
	"cmp"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/bootstrap"
	"github.com/aeon-es/aeon/internal/testenv/sam"
	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// stack is the root template, built.
type stack struct {
	root  string // of the repository, where the commands are given
	built string // what "sam build" made
	// template is the one to deploy; "" for the built one.
	template string
	// parameters are those to deploy with; "" for those of dev.
	parameters string
}

func TestMain(m *testing.M) { bootstrap.Main(func() { m.Run() }) }

// One build is deployed, and run function by function.
func TestStack(t *testing.T) {
	t.Parallel()
	root, err := toolsdir.Root()
	if err != nil {
		t.Fatal(err)
	}
	s := stack{root: root, built: filepath.Join(t.TempDir(), "built")}
	s.sam(t, nil, "build", "--build-dir", s.built)
	t.Run("valid", func(t *testing.T) { t.Parallel(); s.sam(t, nil, "validate") })
	t.Run("deployed", func(t *testing.T) { t.Parallel(); testDeployed(t, s) })
	t.Run("with parameters", func(t *testing.T) { t.Parallel(); testParameters(t, s) })
	t.Run("local", func(t *testing.T) { t.Parallel(); testLocal(t, s) })
}

// sam runs the SAM CLI as a developer does, with what samconfig.toml tells it in dev, but for the processor, which is this machine's.
func (s stack) sam(t *testing.T, env []string, args ...string) (stdout string) {
	t.Helper()
	stdout, _, err := sam.Run(t, s.root, env, append(args, s.settings(args[0])...)...)
	if err != nil {
		t.FailNow() // it has told why
	}
	return stdout
}

func (s stack) settings(command string) []string {
	settings := []string{"--config-file", filepath.Join(s.root, "samconfig.toml")}
	parameters := "Architecture=" + architecture()
	if command != "local" {
		settings = append(settings, "--config-env", "dev")
		parameters += " " + cmp.Or(s.parameters, "DeletionProtection=false LogRetentionDays=7") // as there: given here, they replace those
	}
	if command == "build" || command == "deploy" || command == "local" {
		settings = append(settings, "--parameter-overrides", parameters)
	}
	if command == "deploy" || command == "local" {
		settings = append(settings, "--template-file", cmp.Or(s.template, filepath.Join(s.built, "template.yaml")))
	}
	return settings
}

// architecture is the template's name for this machine's processor.
func architecture() string {
	if runtime.GOARCH == "arm64" {
		return "arm64"
	}
	return "x86_64"
}
