// Package bootstrap builds the binaries of Lambda functions for tests, as `sam build` does.
package bootstrap

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/aeon-es/aeon/internal/testenv/toolsdir"
)

// built are the binaries of this test process, each built once.
var built struct {
	mu  sync.Mutex
	dir string
	err map[string]error
}

// Main runs the tests of a package, by run, and removes what was built for them:
//
//	func TestMain(m *testing.M) { bootstrap.Main(func() { dynamolocal.Main(m) }) }
func Main(run func()) {
	run()
	built.mu.Lock()
	defer built.mu.Unlock()
	if built.dir == "" {
		return
	}
	if err := os.RemoveAll(built.dir); err != nil {
		panic(err)
	}
	built.dir, built.err = "", nil
}

// Function builds one of the project's functions, such as "project", by the Makefile that `sam build` uses, for this
// machine's processor, and gives the path of its binary.
func Function(tb testing.TB, name string) string {
	tb.Helper()
	return FunctionFor(tb, name, architecture())
}

// FunctionFor is Function for another processor, by the template's name for it: arm64 or x86_64.
func FunctionFor(tb testing.TB, name, architecture string) string {
	tb.Helper()
	return build(tb, name+"-"+architecture, func(root, dir string) *exec.Cmd {
		makefile := filepath.Join("functions", "build", architecture, "Makefile")
		cmd := exec.Command("make", "--makefile", makefile, "build-"+strings.ToUpper(name[:1])+name[1:]+"Function")
		cmd.Dir, cmd.Env = root, append(os.Environ(), "ARTIFACTS_DIR="+dir)
		return cmd
	})
}

// Package builds the main package in a folder, which is relative to that of the test.
func Package(tb testing.TB, folder string) string {
	tb.Helper()
	return build(tb, folder, func(_, dir string) *exec.Cmd {
		// As the functions are built: what both are made of is compiled once.
		cmd := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", filepath.Join(dir, "bootstrap"), ".")
		cmd.Dir, cmd.Env = folder, append(os.Environ(), "CGO_ENABLED=0")
		return cmd
	})
}

// architecture is the template's name for this machine's processor.
func architecture() string {
	if runtime.GOARCH == "arm64" {
		return "arm64"
	}
	return "x86_64"
}

// build runs a command that puts the binary "bootstrap" into a folder of its own, once.
func build(tb testing.TB, name string, command func(root, dir string) *exec.Cmd) string {
	tb.Helper()
	path, err := buildOnce(name, command)
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

func buildOnce(name string, command func(root, dir string) *exec.Cmd) (string, error) {
	built.mu.Lock()
	defer built.mu.Unlock()
	if built.dir == "" {
		var err error
		if built.dir, err = os.MkdirTemp("", "aeon-bootstrap-"); err != nil {
			return "", err
		}
		built.err = map[string]error{}
	}
	dir := filepath.Join(built.dir, strings.ReplaceAll(name, string(filepath.Separator), "+"))
	err, done := built.err[dir]
	if !done {
		err = run(dir, command)
		built.err[dir] = err
	}
	return filepath.Join(dir, "bootstrap"), err
}

func run(dir string, command func(root, dir string) *exec.Cmd) error {
	root, err := toolsdir.Root()
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o750); err != nil {
		return err
	}
	cmd := command(root, dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	return nil
}
